"""An entity step's calls: an outcome for each of its parents.

Parents whose calls are equal share one; each gets its own outcome, so one bad key
never spoils the others. Plain functions that are told of what came: a call that waits
for nothing but its reply needs no task.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from gateway.execution.attempt import Prepared, Sent, Tally, concluded, prepare
from gateway.execution.calls.allowing import BEYOND
from gateway.execution.calls.runway import Runway
from gateway.execution.calls.sending import sent
from gateway.execution.calls.sharing import Flight, Trip
from gateway.execution.model import (
    Join,
    Provenance,
    Skipped,
    StepResult,
    is_failure,
)
from gateway.execution.objects.awaiting import Awaiting
from gateway.execution.objects.join import parents_of
from gateway.execution.pages.paging import Paging
from gateway.profile.model import Step

_NO_SCOPE: Mapping[str, object] = {}


@dataclass(slots=True, eq=False)
class _Group:
    """Parents of an equal call, each with the scope that its reply is read in.

    ``address`` is where the call goes on the step's runway; ``call`` what it is on the
    long way, made when it takes that.
    """

    tally: Tally
    call: Prepared | None = None
    address: str | None = None
    shared: bool = False
    parents: list[tuple[object, Mapping[str, object]]] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Joining(Awaiting):
    """One entity step that has a call for each parent.

    Its calls wait for their turns: so many at a time as its source allows.
    """

    runway: Runway | None = None
    _ahead: deque[_Group] = field(default_factory=deque)
    _starting: bool = False

    def begin(self) -> None:
        parents = parents_of(self.planned, self.work.reader)
        groups = None if self.runway is None else self._bound(self.runway, parents)
        if groups is None:
            self.tally.join = Join()
            self._ahead.extend(self._grouped(parents))
        else:
            self._ahead.extend(groups)
        if (count := len(self._ahead)) > 1:
            self._bound_to(self.work.allowed(count - 1) + 1)
        self._start()

    def takes(
        self, parent: object, tally: Tally, flight: Flight[Any], *, shared: bool
    ) -> None:
        """Hear of a call that has left for its only parent."""
        join = self.tally.join = Join(parents=[], awaited=[parent])
        join.counts.asked = join.counts.unique = 1
        group = _Group(tally, shared=shared)
        group.parents.append((parent, _NO_SCOPE))
        self.wait(group, flight)()

    def _bound_to(self, most: int) -> None:
        """Make so many calls; whose are beyond are told."""
        while len(self._ahead) > most:
            for parent, _ in self._ahead.pop().parents:
                self.join.settle(parent, BEYOND)

    @property
    def is_busy(self) -> bool:
        return bool(self._starting or self._ahead)

    def leave(self) -> None:
        self._ahead.clear()
        super(Joining, self).leave()

    # -- which calls ------------------------------------------------------------------

    def _bound(
        self, runway: Runway, parents: Iterable[Mapping[str, object]]
    ) -> Iterable[_Group] | None:
        """The calls that leave on the runway; None where one of them cannot."""
        join, address_of = Join(), runway.lane.address
        groups: dict[str, _Group] = {}
        for parent in parents:
            address = address_of(parent)
            if address is None:
                return None
            group = groups.get(address)
            if group is None:
                fresh = Tally(self.tally.started)
                group = groups[address] = _Group(fresh, address=address)
            group.parents.append((parent, _NO_SCOPE))
            join.awaited.append(parent)
        join.counts.asked, join.counts.unique = len(join.awaited), len(groups)
        self.tally.join = join
        return groups.values()

    def _grouped(self, parents: Iterable[object]) -> Iterable[_Group]:
        """The calls of those that have one; the others settle."""
        step, join = self.planned.step, self.join
        groups: dict[Hashable, _Group] = {}
        for parent in parents:
            scope = self.work.reader.scope(self.planned.scope, parent)
            if isinstance(scope, Skipped):
                join.settle(parent, scope)
                continue
            ready = prepare(step, scope)
            if not isinstance(ready, Prepared):
                join.settle(parent, ready)
                continue
            key = ready.key
            if _reads_parent(step):
                key = (key, id(parent))
            if key not in groups:
                groups[key] = _Group(Tally(self.tally.started))
            groups[key].call = ready
            groups[key].parents.append((parent, scope))
            join.counts.asked += 1
            join.awaited.append(parent)
        join.counts.unique = len(groups)
        return groups.values()

    # -- the calls --------------------------------------------------------------------

    def _start(self) -> None:
        """Let those fly whose turn it is: in turn, not in depth."""
        if self._starting:
            return
        self._starting = True
        try:
            ahead, flying, width = self._ahead, self.flying, self._width()
            while ahead and len(flying) < width:
                self._begin(ahead.popleft())
        finally:
            self._starting = False

    def _width(self) -> int:
        if self.runway is not None:
            return self.runway.upstream.bulkhead.limit
        return self.work.sending.width(self.planned.step)

    def _begin(self, group: _Group) -> None:
        begun: Sent | tuple[Flight[Any], bool] | None = None
        if group.address is not None and self.runway is not None:
            parent = group.parents[0][0]
            began = self.work.engine.clock.now()
            group.tally.started = began
            begun = self.runway.to(group.address, self.work, group.tally, parent)
        if begun is None:
            begun = self._sent_out(group)
        if isinstance(begun, Sent):
            self._settle(group, begun)
            return
        flight, group.shared = begun
        self.wait(group, flight)()

    def _sent_out(self, group: _Group) -> Sent | tuple[Flight[Any], bool]:
        """Its call the long way."""
        group.tally.whole = self.tally
        planned, work = self.planned, self.work
        step, sending = planned.step, work.sending
        deadline, call = work.deadlines[planned.root], group.call
        if call is None:
            scope = work.reader.scope(planned.scope, group.parents[0][0])
            assert isinstance(scope, dict), "its address was made of it"  # noqa: S101
            call = prepare(step, scope)  # type: ignore[assignment]
        assert isinstance(call, Prepared), "as above"  # noqa: S101
        if step.pages is None:
            return sending.begin(step, call, deadline, group.tally)
        paging = Paging(step, step.pages, sending, deadline, group.tally)

        async def pages(_: Trip) -> StepResult:
            return await paging.result(call)

        return Flight.start(deadline, pages), False

    # -- what comes -------------------------------------------------------------------

    def came(self, asked: _Group, value: Any) -> None:
        if self.planned.step.pages is None:
            self._settle(asked, sent(value, shared=asked.shared))
        else:
            self._count(asked.tally, None)
            for parent, _ in asked.parents:
                self.join.settle(parent, value)
        self._start()

    def _settle(self, group: _Group, came: Sent) -> None:
        step, join = self.planned.step, self.join
        self._count(group.tally, came.provenance)
        kept = group.tally.flight.kept if group.tally.flight else None
        for parent, scope in group.parents:
            result = concluded(step, came, scope)
            join.settle(parent, result)
            if kept is not None and is_failure(result):
                join.kept[id(parent)] = (kept, scope)

    def _count(self, tally: Tally, came: Provenance | None) -> None:
        self.tally.sent += tally.sent
        counts = self.join.counts
        counts.calls += tally.sent > 0
        counts.cached += came is Provenance.CACHE
        counts.shared += came is Provenance.SHARED


def _reads_parent(step: Step) -> bool:
    """Whether which pages are needed depends on the parent, not on the calls alone."""
    if step.pages is None:
        return False
    about = (step.select, step.success_if, step.pages.next, step.pages.total)
    return any(one is not None and "self" in one.roots for one in about)
