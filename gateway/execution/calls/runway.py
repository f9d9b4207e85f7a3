"""Where the usual calls of a usual step leave: what all requests have in common.

A step whose calls differ by a few texts has a `Runway`, made for a plan and the sources
that serve it. A call that leaves on it is a `dash.Dash`. Wherever anything is not as
usual the step goes the way of all others. Must never do what `sending` would not.
"""

from __future__ import annotations

import asyncio
from collections.abc import Hashable, Mapping
from typing import TYPE_CHECKING, TypeAlias

from gateway.connectors.hearing import Lane
from gateway.execution.attempt import Prepared, Tally, inputs_of
from gateway.execution.calls.dash import Dash
from gateway.execution.calls.keyed import Keyed
from gateway.execution.calls.sharing import Flight, Landed
from gateway.execution.calls.way import patience
from gateway.execution.reading import Reader
from gateway.execution.upstream import Upstream
from gateway.lapses import Lapses
from gateway.plan.model import PlannedStep
from gateway.profile.model import Sharing
from gateway.values import StepId

if TYPE_CHECKING:
    from gateway.execution.at_work import AtWork

_NONE: Mapping[str, object] = {}
Flying: TypeAlias = tuple[Flight[Landed], bool]
"""A call's flight, and whether it is another's."""


class Runway:
    """Where the calls of one planned step leave, under one generation.

    ``alone``: no other step of its plan can make an equal call. What never changes
    for its calls, down to the breaker of their endpoint, is looked up once.
    """

    __slots__ = (
        "_family",
        "_lapses",
        "_patience",
        "_shares",
        "_source",
        "alone",
        "breaker",
        "for_all",
        "is_told",
        "lane",
        "planned",
        "reads",
        "root",
        "step",
        "times",
        "upstream",
    )

    def __init__(
        self, planned: PlannedStep, upstream: Upstream, lane: Lane, *, alone: bool
    ) -> None:
        self.planned, self.upstream = planned, upstream
        self.step, self.lane, self.alone = planned.step, lane, alone
        step = planned.step
        self.breaker = upstream.breakers.of(step.endpoint)
        self.times = upstream.latencies.of(step.endpoint)
        self._family, self._patience = lane.family, patience(step)
        self._source, self.root = id(upstream.source), planned.scope.root
        self.for_all = step.share is Sharing.ALL
        """Whether whoever asks for an equal call meanwhile, joins it."""
        self._shares = step.share is not Sharing.NONE and not alone
        told = step.select is not None or step.success_if is not None
        self.reads = planned.scope if told or step.on_status else None
        """In which scope the step looks into a reply; None where it does not."""
        retry = step.retry
        looked_into = step.success_if is not None
        self.is_told = retry is not None and (looked_into or bool(retry.condition))
        """Whether it depends on what a reply says if the call is made again."""
        self._lapses: Lapses | None = None

    def start(self, work: AtWork, tally: Tally) -> Flying | None:
        """The step's call under way, and whether it is another's.

        None: it is not as usual, and nothing has happened.
        """
        reader = work.reader
        address = self.lane.address(reader.bindings.get(self.root, _NONE))
        if address is None:
            return None
        if self.reads is not None:
            scope = reader.scope(self.reads, None)
            if not isinstance(scope, dict):
                return None
            tally.scope = scope
        return self.to(address, work, tally)

    def to(
        self, address: str, work: AtWork, tally: Tally, parent: object = None
    ) -> Flying | None:
        """The call to an address of its lane, for a parent where the step has some.

        Whoever else asks for it is joined: other steps, and other requests. None: it
        cannot leave here and now, and nothing has happened.
        """
        own = (self.step.source, self._asked(address)) if self._shares else None
        if own is not None:
            known = work.sending.flights.known(own)
            if known is not None:
                tally.flight = known
                return known, True
        air, wide = work.air if self.for_all else None, None
        flight: Flight[Landed] | None = None
        if air is not None:
            wide = self.spot(address, work.audience)
            flight = air.known(wide)
        shared = flight is not None
        if flight is None:
            flight = self.dash(address, work, tally, parent)
            if flight is None:
                return None
            if air is not None:
                air.keep(wide, flight)
        if own is not None:
            work.sending.flights.keep(own, flight)
        tally.flight = flight
        return flight, shared

    def prepared(self, reader: Reader, parent: object) -> Prepared:
        """What the long way calls with, for a parent or for the keys of a batch."""
        step, scope = self.step, self.planned.scope
        if isinstance(parent, Keyed):
            made = parent.prepared()
            assert isinstance(made, Prepared), "its address was made so"  # noqa: S101
            return made
        known = reader.scope(scope, parent)
        assert isinstance(known, dict), "a runway's step needs no other"  # noqa: S101
        inputs = inputs_of(step, known)
        assert isinstance(inputs, dict), "its address was made of them"  # noqa: S101
        return Prepared(inputs, known)

    def _asked(self, address: str) -> Hashable:
        """Equal for equal calls of its source."""
        return (self._family, address), None, self._patience, False

    def spot(self, address: str, audience: tuple[str, ...]) -> Hashable:
        """Where whoever may share a call looks for it."""
        asked = (self._family, address), None, self._patience, False
        return self._source, asked, audience

    @property
    def sprints(self) -> bool:
        """Whether a call of it needs nothing but an answer, and no other's."""
        plain = self.planned.gate is None and not self.planned.unless
        return plain and not self._shares and not self.is_told

    def dash(
        self,
        address: str,
        work: AtWork,
        tally: Tally,
        parent: object,
        kind: type[Dash] | None = None,
    ) -> Dash | None:
        """A call that leaves now; None, and nothing has happened, where none can."""
        planned = self.planned
        dash = (kind or Dash)(
            work.deadlines[planned.root],
            runway=self,
            work=work,
            tally=tally,
            parent=parent,
            form=work.forms.get(planned.id),
        )
        now = tally.started
        if not self.leaves(dash, address, now):
            return None
        dash.timer = self.lapses().begin(now + self.step.timeout, dash.late)
        tally.sent += 1
        return dash

    def leaves(self, dash: Dash, address: str, now: float) -> bool:
        """Let a dash leave; False, and nothing has happened, where it cannot.

        Whoever lets it leave sees to its time.
        """
        breaker, upstream = self.breaker, self.upstream
        if (breaker is not None and breaker.since is not None) or (
            not upstream.bulkhead.enter_at_once()
        ):
            return False
        try:
            dash.carrier = carrier = self.lane.begin(address, dash)
        except BaseException:
            upstream.bulkhead.leave()  # a bug costs one step, and no slot for good
            raise
        if carrier is None:
            upstream.bulkhead.leave()
            return False
        upstream.budget.sent += 1
        dash.began = now
        return True

    def lapses(self) -> Lapses:
        """The spans that are its attempts' time, on the loop that runs."""
        known, loop = self._lapses, asyncio.get_running_loop()
        if known is None or known.loop is not loop:
            known = self._lapses = self.upstream.lapses(self.step.timeout, loop)
        return known


NO_RUNWAYS: Mapping[StepId, Runway] = {}
"""Those of a plan of which every step goes the long way."""
