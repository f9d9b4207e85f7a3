"""Entity steps: the parents that are there, their calls, an outcome for each.

Parents whose calls are equal share one; each gets its own outcome, so one bad key
never spoils the others.
"""

from __future__ import annotations

import asyncio
from collections.abc import (
    Awaitable,
    Callable,
    Coroutine,
    Hashable,
    Iterable,
    Iterator,
    Mapping,
)
from dataclasses import dataclass
from functools import partial
from itertools import islice, pairwise

from gateway.clock import Deadline
from gateway.execution.attempt import Prepared, Tally, concluded, prepare
from gateway.execution.calls.sending import Sending
from gateway.execution.model import (
    Failed,
    Join,
    Ok,
    Provenance,
    Skipped,
    StepResult,
    is_failure,
)
from gateway.execution.pages.paging import Paging
from gateway.execution.reading import Reader, type_of
from gateway.plan.model import Hop, PlannedStep
from gateway.profile.model import Step


def parents_of(planned: PlannedStep, reader: Reader) -> list[Mapping[str, object]]:
    """The objects an entity step runs for, each once, in the order of the answer."""
    assert planned.parents is not None, "only entity steps have parents"  # noqa: S101
    route = planned.parents.route
    found: Iterable[object] = _flat(reader.read(route[0].field.read, None))
    for before, hop in pairwise(route):
        found = _hop(reader, found, before, hop)
    last, on = route[-1], planned.parents.on
    unique = {
        id(value): value
        for value in found
        if (value.__class__ is dict or isinstance(value, Mapping))
        and (on is None or _is(value, on, last))
    }
    return list(unique.values())


def _hop(
    reader: Reader, objects: Iterable[object], before: Hop, hop: Hop
) -> Iterator[object]:
    for value in objects:
        plain = value.__class__ is dict or isinstance(value, Mapping)
        if plain and _is(value, hop.on, before):
            yield from _flat(reader.read(hop.field.read, value))


def _is(value: object, wanted: str | None, last: Hop) -> bool:
    """Abstract parents are of several types; the step runs for its own."""
    return wanted is None or type_of(value, last.field) == wanted


def _flat(value: object) -> Iterator[object]:
    if isinstance(value, Skipped) and value.stands_in and not value.is_failure:
        value = value.stands_in.value  # objects that stand in are parents, too
    if isinstance(value, list | tuple):
        for item in value:
            if item.__class__ is dict:
                yield item
            else:
                yield from _flat(item)
    elif value is not None and not isinstance(value, Failed | Skipped):
        yield value


@dataclass(frozen=True, slots=True)
class Joining:
    """One entity step at work."""

    planned: PlannedStep
    reader: Reader
    sending: Sending
    deadline: Deadline
    tally: Tally

    async def outcome(self) -> StepResult:
        """An `Ok` that holds a `Join`; failures are the parents' own."""
        join = self.tally.join = Join()
        groups: dict[Hashable, list[tuple[object, Mapping[str, object]]]] = {}
        calls: dict[Hashable, Prepared] = {}
        for parent in parents_of(self.planned, self.reader):
            scope = self.reader.scope(self.planned.scope, parent)
            if isinstance(scope, Skipped):
                join.settle(parent, scope)
                continue
            ready = prepare(self.planned.step, scope)
            if not isinstance(ready, Prepared):
                join.settle(parent, ready)
                continue
            key = ready.key
            if _reads_parent(self.planned.step):
                key = (key, id(parent))
            calls[key] = ready
            groups.setdefault(key, []).append((parent, scope))
            join.counts.asked += 1
            join.awaited.append(parent)
        join.counts.unique = len(calls)
        settling = (
            partial(self._settle, join, calls[key], group)
            for key, group in groups.items()
        )
        await in_turns(settling, self.sending.width(self.planned.step))
        return Ok(join, Provenance.UPSTREAM)

    async def _settle(
        self,
        join: Join,
        call: Prepared,
        group: list[tuple[object, Mapping[str, object]]],
    ) -> None:
        step = self.planned.step
        tally = Tally(self.tally.started)
        if step.pages is not None:
            paging = Paging(step, step.pages, self.sending, self.deadline, tally)
            outcome = await paging.result(call)
            self._count(join, tally, None)
            for parent, _ in group:
                join.settle(parent, outcome)
            return
        sent = await self.sending.send(step, call, self.deadline, tally)
        self._count(join, tally, sent.provenance)
        kept = tally.flight.kept if tally.flight else None
        for parent, scope in group:
            result = concluded(step, sent, scope)
            join.settle(parent, result)
            if kept is not None and is_failure(result):
                join.kept[id(parent)] = (kept, scope)

    def _count(self, join: Join, tally: Tally, came: Provenance | None) -> None:
        self.tally.sent += tally.sent
        join.counts.calls += tally.sent > 0
        join.counts.cached += came is Provenance.CACHE
        join.counts.shared += came is Provenance.SHARED


async def in_turns(jobs: Iterable[Callable[[], Awaitable[None]]], width: int) -> None:
    """Do all the jobs, so many at a time: their number is no number of tasks."""
    ahead = iter(jobs)

    async def work(first: Callable[[], Awaitable[None]]) -> None:
        await first()
        for job in ahead:
            await job()

    await together([work(first) for first in islice(ahead, width)])


async def together(works: list[Coroutine[object, object, None]]) -> None:
    """Wait for all of them; one alone needs no task."""
    if len(works) == 1:
        await works[0]
    else:
        await asyncio.gather(*works)


def _reads_parent(step: Step) -> bool:
    """Whether which pages are needed depends on the parent, not on the calls alone."""
    if step.pages is None:
        return False
    about = (step.select, step.success_if, step.pages.next, step.pages.total)
    return any(one is not None and "self" in one.roots for one in about)
