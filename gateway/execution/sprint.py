"""A plan whose steps all call at once, each on its runway: in few steps, with no `Run`.

Most requests are so. In charge of the usual end alone, in which every call is answered.
Whatever else happens (no connection is free, a call fails or takes too long, the client
has gone), a `Run` takes over what has settled and what is under way. What one step of
it comes to is a leg's. Must never do what a run would not.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from math import inf
from typing import TYPE_CHECKING

from gateway.clock import Deadline
from gateway.execution.attempt import Sent, concluded
from gateway.execution.calls.runway import Runway
from gateway.execution.calls.sharing import InFlight
from gateway.execution.course import Course
from gateway.execution.legs import Leg, Ride
from gateway.execution.model import Join, Ok, StepResult, Timing
from gateway.execution.objects.join import parents_of
from gateway.execution.objects.packing import Pack, packed, plain_key
from gateway.execution.reading import Reader
from gateway.execution.settled import settled
from gateway.lapses import Lapse
from gateway.plan.model import PlannedStep
from gateway.record import Model, Struct, field
from gateway.request.model import RequestContext
from gateway.typed import Form
from gateway.values import StepId

if TYPE_CHECKING:
    from gateway.execution.engine import Engine
    from gateway.execution.run import Run

_NONE: Mapping[str, object] = {}


class Track(Model, frozen=True):
    """The runways of a plan's steps, where a sprint can run it. Times are in seconds.

    ``first`` are those of the steps that wait for nobody; ``then`` has, by the step
    that they wait for, those of steps of objects, and ``keys`` has the `plain_key` of
    each batch. ``hasty`` has the smallest timeout of the first, ``longest`` is the
    greatest of all; ``shortest`` and ``latest`` are deadlines of its roots.
    """

    first: tuple[Runway, ...]
    then: Mapping[StepId, tuple[Runway, ...]]
    keys: Mapping[StepId, str | None]
    hasty: Runway
    steps: int
    longest: float
    shortest: float
    latest: float

    @classmethod
    def of(cls, course: Course, runways: Mapping[StepId, Runway]) -> Track | None:
        """None where a step may do anything but call, or waits for several others."""
        steps, roots = course.plan.steps, course.plan.roots
        all_known = all(step.id in runways for step in steps)
        if course.alarmed or course.sleeps or not steps or not all_known:
            return None
        if not all(runways[step.id].sprints for step in steps):
            return None
        if not all(_begins(step) or _follows(step) for step in steps):
            return None
        first = tuple(runways[step.id] for step in course.first)
        then = {
            id_: tuple(runways[step.id] for step in those)
            for id_, those in course.dependents.items()
        }
        deadlines = [root.deadline for root in roots if root.steps]
        longest = max(step.step.timeout for step in steps)
        times = longest, min(deadlines), max(deadlines)
        hasty = min(first, key=lambda runway: runway.step.timeout)
        keys = {s.id: plain_key(s) for s in steps if s.step.batch is not None}
        return cls(first, then, keys, hasty, len(steps), *times)


def _begins(step: PlannedStep) -> bool:
    """Whether it is one call of the operation, for no object."""
    return not step.depends_on and step.parents is None


def _follows(step: PlannedStep) -> bool:
    """Whether it asks for the objects in the one answer that it waits for."""
    return len(step.depends_on) == 1 and step.parents is not None


def _is_over(ride: Ride) -> bool:
    return ride.flight.is_over


class Sprint(Struct, eq=False):
    """One such plan under way. ``done`` is told when everything has settled.

    ``left`` steps have not; ``run`` is who has taken over.
    """

    engine: Engine
    request: RequestContext
    reader: Reader
    course: Course
    track: Track
    forms: Mapping[StepId, Form]
    air: InFlight | None
    audience: tuple[str, ...]
    done: Callable[[Reader], None] | None
    left: int = 0
    legs: list[Leg] = field(default_factory=list)
    rides: list[Ride] = field(default_factory=list)
    run: Run | None = None
    lapse: Lapse | asyncio.TimerHandle | None = None
    """When the first of what it waits for has no more time: then a run takes over."""
    rings: float = inf
    """When that is, on the gateway's clock."""
    all_own: bool = True
    """Whether every step so far came to the answer of one call of its own."""

    def begins(self) -> bool:
        """Let every step call, now. False: nothing has happened."""
        track, asked, forms = self.track, self.request.started, self.forms
        now, bindings = self.engine.clock.now(), self.reader.bindings
        if now + track.longest > asked + track.shortest:
            return False  # a deadline might pass while an attempt has time
        legs, until = self.legs, Deadline(asked + track.latest)
        for runway in track.first:
            address = runway.lane.address(bindings.get(runway.root, _NONE))
            if address is None:
                legs.clear()  # they refer to us
                return False
            form = forms.get(runway.planned.id) if forms else None
            legs.append(Leg(until, runway=runway, work=self, form=form, to=address))
        self.left = track.steps
        try:
            for leg in legs:
                if not leg.leaves(self, now):
                    break
            else:
                self._keep_time(track.hasty, now)
                return True
        except Exception:  # noqa: BLE001, S110 - the long way meets it too, and tells it
            pass
        self.long_way()
        return True

    def leave(self) -> None:
        """Nobody wants to know of it any more."""
        if self.left or self.run is not None:
            self.long_way().leave()

    def long_way(self) -> Run:
        """The `Run` that goes on, with what has settled and what is under way."""
        run = self.run
        if run is None:
            engine, legs, rides = self.engine, self.legs, self.rides
            course, request = self.course, self.request
            run = self.run = engine.run(course, request, self.reader, self.forms)
            done, self.done = self.done, None
            self.legs, self.rides, self.left = [], [], 0
            if self.lapse is not None:
                self.lapse.cancel()
            rides.sort(key=_is_over)  # one that is may break its root: what flies, ends
            run.go_on(done, [*(leg for leg in legs if leg.has_left), *rides])
        return run

    def follow(self, runways: tuple[Runway, ...], now: float) -> None:
        """Let those call who have waited for an answer that is there now."""
        try:
            # A run that one of them has brought in lets the others call itself.
            followed = all(
                self.run is not None or self._follows(runway, now) for runway in runways
            )
        except Exception:  # noqa: BLE001 - the long way meets it too, and tells of it
            followed = False
        if not followed:
            self.long_way()

    def _follows(self, runway: Runway, now: float) -> bool:
        track, asked, planned = self.track, self.request.started, runway.planned
        if now + track.longest > asked + track.shortest:
            return False
        parents, pack = parents_of(planned, self.reader), None
        if planned.step.batch is not None:
            pack = packed(planned, parents, track.keys[planned.id])
            if pack is None:
                return False
            address = self._together(runway, pack)
        else:
            address = runway.lane.address(parents[0]) if len(parents) == 1 else None
        if not parents:
            self.all_own = False
            self.came(planned, Ok(Join()), Timing(now, now, 0))
            return True
        if address is None:
            return False
        until, form = Deadline(asked + track.latest), self.forms.get(planned.id)
        leg = Leg(until, runway=runway, work=self, form=form, to=address, pack=pack)
        leg.parent = parents[0] if pack is None else None
        self.legs.append(leg)
        left = leg.leaves(self, now)
        if left:
            self._keep_time(runway, now)
        return left

    def _together(self, runway: Runway, pack: Pack) -> str | None:
        """Where the one call for all keys goes; None where it is not one."""
        step = runway.step
        batch = step.batch
        if batch is None or batch.join is None or len(pack.keys) > batch.most:
            return None
        if self.engine.waits_for_others(step):
            return None
        return runway.lane.address({"keys": batch.join.join(pack.keys)})

    # Note [one look at the clock]
    # Each attempt has its own time, and each root; hardly any of it ever passes. So a
    # sprint looks at the clock once, when the first of these would be over: whoever has
    # not come by then goes on in a run, where each has a timer of its own.
    def _keep_time(self, runway: Runway, now: float) -> None:
        """Look when a call that leaves now has no more time, unless before that."""
        rings = now + runway.step.timeout
        if rings < self.rings:
            if self.lapse is not None:
                self.lapse.cancel()
            self.lapse, self.rings = runway.lapses().begin(rings, self._late), rings

    def keep_time(self) -> None:
        """Look when the first root's time is up: another's call may take longer."""
        rings, abroad = self.request.started + self.track.shortest, self.engine.abroad
        if rings >= self.rings or abroad is None:
            return
        if self.lapse is not None:
            self.lapse.cancel()
        seconds, loop = self.track.shortest, asyncio.get_running_loop()
        spans = abroad.commons.deadlines(seconds, loop)
        self.lapse, self.rings = spans.begin(rings, self._late), rings

    def _late(self) -> None:
        self.long_way()

    def came(self, planned: PlannedStep, result: StepResult, timing: Timing) -> None:
        """A step has settled, and whoever else waited for its call has heard."""
        self.reader.store.settle(planned.id, result, timing)
        if not self.engine.quiet:
            self.tell(planned, result, timing)
        self.left = left = self.left - 1
        if not left:
            self.over()
        elif (then := self.track.then) and planned.id in then:
            self.follow(then[planned.id], timing.ended)

    def over(self) -> None:
        """Every step has settled."""
        if self.lapse is not None:
            self.lapse.cancel()
        done, self.done = self.done, None
        self.legs.clear()
        self.reader.store.all_own = self.all_own
        if done is not None:
            done(self.reader)

    def tell(self, planned: PlannedStep, result: StepResult, timing: Timing) -> None:
        """Say that a step was answered."""
        asked, took = self.request.request_id, timing.ended - timing.started
        engine = self.engine
        engine.observe(settled(asked, planned, result, took, engine.mark))

    def read(self, planned: PlannedStep, came: Sent) -> StepResult | None:
        """What a reply means to a step that looks into it."""
        scope = self.reader.scope(planned.scope, None)
        return concluded(planned.step, came, scope) if isinstance(scope, dict) else None
