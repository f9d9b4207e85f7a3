"""What a shadow hears of a request's calls, and what it is told in place of its own.

In charge of which calls are the same, and of which a shadow may make: none that
writes, is billed, or finds little room. Must never change what a request is told.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol, cast

from gateway.clock import Deadline
from gateway.errors import ErrorClass, UpstreamError
from gateway.execution.at_work import AtWork
from gateway.execution.attempt import Tally
from gateway.execution.calls.calling import Calling
from gateway.execution.calls.dash import Dash
from gateway.execution.calls.runway import Flying, Runway
from gateway.execution.calls.runways import runways_of
from gateway.execution.calls.sayings import failed
from gateway.execution.calls.sending import Sending
from gateway.execution.calls.sharing import Flight, Landed
from gateway.execution.course import Course
from gateway.execution.upstream import Upstream, Upstreams
from gateway.profile.model import Step
from gateway.values import StepId

MARK = "headwater-shadow"
"""The header of calls that a shadow makes itself."""
_ROOM = 2
"""A source is asked where it has this many times the calls that run to spare."""
_MOST_COURSES = 1_000

Key = tuple[int, object]
"""The source that a call goes to, and what goes over the wire."""


class Listening(Protocol):
    """The ear of a request, which remembers its calls."""

    calls: dict[Key, Flight[Landed]]


@dataclass(slots=True)
class Replies:
    """The ear of a shadow: what the request was told serves; else it asks.

    ``unfit``: it would have asked what it must not.
    """

    known: Mapping[Key, Landed]
    counts: Counter[str]
    unfit: bool = False

    def __call__(
        self, sending: Sending, calling: Calling, deadline: Deadline
    ) -> Flying:
        landed = self.known.get(key_of(calling))
        if landed is not None:
            self.counts["calls_shared"] += 1
            return _landed(landed, deadline), True
        if not _may(calling.step, calling.way.upstream):
            self.unfit = True
            error = UpstreamError("A shadow does not ask it.", kind=ErrorClass.REJECTED)
            return _landed(Landed(failed(error, 0), 0), deadline), False
        self.counts["calls_made"] += 1
        _mark(calling)
        return sending.flight(calling, deadline)


class HeardRunway(Runway):
    """A runway of a request: what leaves on it is remembered."""

    __slots__ = ()

    @classmethod
    def like(cls, one: Runway) -> HeardRunway:
        """The same, and its calls are heard."""
        return cls(one.planned, one.upstream, one.lane, alone=one.alone)

    def to(
        self, address: str, work: AtWork, tally: Tally, parent: object = None
    ) -> Flying | None:
        found = Runway.to(self, address, work, tally, parent)
        if found is not None:
            ear = cast("Listening", work.engine.ear)
            key = id(self.upstream.source), (self.lane.family, address)
            ear.calls[key] = found[0]
        return found


class ToldRunway(Runway):
    """A runway of a shadow: a reply that is known, or a call that says whose it is."""

    __slots__ = ()

    @classmethod
    def like(cls, one: Runway) -> ToldRunway | None:
        """The same with marked calls."""
        telling = getattr(one.lane, "telling", None)
        lane = telling({MARK: "1"}) if telling is not None else None
        if lane is None:
            return None
        return cls(one.planned, one.upstream, lane, alone=one.alone)

    def to(
        self, address: str, work: AtWork, tally: Tally, parent: object = None
    ) -> Flying | None:
        ear = cast("Replies", work.engine.ear)
        key = id(self.upstream.source), (self.lane.family, address)
        landed = ear.known.get(key)
        if landed is not None:
            ear.counts["calls_shared"] += 1
            flight = tally.flight = _landed(landed, work.deadlines[self.planned.root])
            return flight, True
        if not self.alone or not _may(self.step, self.upstream):
            return None  # the long way says what that means
        dash = tally.flight = self.dash(address, work, tally, parent, _MarkedDash)
        if dash is None:
            return None
        ear.counts["calls_made"] += 1
        return dash, False


class _MarkedDash(Dash, eq=False, kw_only=True):
    """A call of a shadow."""

    def _unfold(self) -> None:
        super()._unfold()
        _mark(self._calling)


@dataclass(slots=True)
class Runways:
    """The runways of one generation's plans, made once: `Engine.heard`."""

    like: Callable[[Runway], Runway | None]
    upstreams: Upstreams
    _known: dict[int, tuple[Course, Mapping[StepId, Runway]]] = field(
        default_factory=dict
    )

    def __call__(self, course: Course) -> Mapping[StepId, Runway]:
        """Those of a plan."""
        known = self._known.get(id(course))
        if known is None:
            if len(self._known) >= _MOST_COURSES:
                self._known.clear()
            found = runways_of(course.plan, self.upstreams)
            like = {id_: self.like(one) for id_, one in found.items()}
            made = {id_: one for id_, one in like.items() if one is not None}
            known = self._known[id(course)] = course, made
        return known[1]


def _may(step: Step, upstream: Upstream) -> bool:
    """Whether a shadow may ask: it reads, costs nothing, and there is room."""
    held = upstream.bulkhead
    has_room = not held.waiting and held.running * _ROOM < held.allowed
    return not (step.writes or upstream.metered) and has_room


def _mark(calling: Calling) -> None:
    """Say that it is a shadow's; one attempt is all that it makes."""
    way = calling.way
    call = way.call._replace(headers={**way.call.headers, MARK: "1"})
    wire = way.upstream.source.render(call)._replace(whose=way.wire.whose)
    calling.way, calling.further = way._replace(call=call, wire=wire), None


def key_of(calling: Calling) -> Key:
    """What makes a call the same as another."""
    return id(calling.way.upstream.source), calling.way.wire.key


def _landed(landed: Landed, until: Deadline) -> Flight[Landed]:
    flight = Flight[Landed](until)
    flight.land(landed)
    return flight
