"""A candidate runs what was answered once more, aside, and the answers are compared.

In charge of what a shadow may do: nothing that writes or is billed, no call that the
request itself has made, none of a source that has little room, and nothing in the
way of a request. See Note [run aside].
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import dataclass, field
from itertools import chain
from random import random

from gateway.clock import Deadline
from gateway.comparing.answers import data_differences, error_differences
from gateway.errors import ErrorClass, UpstreamError
from gateway.execution.calls.calling import Calling
from gateway.execution.calls.sayings import failed
from gateway.execution.calls.sending import Sending
from gateway.execution.calls.sharing import Flight, Landed
from gateway.generation import Generation
from gateway.pipeline import Pipeline
from gateway.plan.model import Plan, PlannedField
from gateway.release.terms import Terms
from gateway.request.model import Asking, OperationKind, PlanWish, RequestContext
from gateway.response.model import Answer
from gateway.splitting import Given
from gateway.taping import heard_by
from gateway.telemetry.events import Crashed
from gateway.trying.differing import Differences
from gateway.trying.trial import Trial
from gateway.values import Coordinate, JsonValue

MOST = 4
"""Requests that are run aside at one time; further ones are dropped."""
BUDGET = 5.0
"""Seconds that one may take."""
_ROOM = 2
"""A source is asked where it has this many times the calls that run to spare."""
MARK = "headwater-shadow"
"""The header of calls that a shadow makes itself."""

Hidden = Callable[[Generation], frozenset[Coordinate]]
"""Fields of a generation whose values nobody is shown."""
_Key = tuple[int, object]


@dataclass(slots=True)
class Shadow:
    """Runs a share of the requests of what serves again. `Splitting` and `Sampling`.

    ``hidden`` are fields whose values nobody is shown.
    """

    terms: Terms
    candidate: Generation
    pipeline: Pipeline
    release: str
    hidden: frozenset[Coordinate]
    found: Differences
    answers: Mapping[str, Counter[str]]
    dice: Callable[[], float] = random
    running: set[asyncio.Task[None]] = field(default_factory=set)
    _sampled: tuple[Generation, Generation] | None = None
    """What serves, and the same with the shadow as its `Sampling`."""

    def given(
        self,
        stable: tuple[Pipeline, Generation],
        request: RequestContext,
        headers: Mapping[str, str],  # noqa: ARG002 - all run in what serves
    ) -> Given:
        """What serves; of a share its calls are heard."""
        pipeline, generation = stable
        if (
            generation.sampling is None  # one that is recorded has its own ear
            and request.plan is not PlanWish.DRY_RUN
            and self.dice() < self.terms.share
        ):
            if len(self.running) < MOST:
                heard = self._heard(generation)
                return Given(pipeline, heard, request, told=False)
            self.found.counts["dropped"] += 1
        return Given(pipeline, generation, request, told=False)

    def _heard(self, generation: Generation) -> Generation:
        if self._sampled is None or self._sampled[0] is not generation:
            made = copy(generation)
            object.__setattr__(made, "sampling", self)
            self._sampled = generation, made
        return self._sampled[1]

    def taken(self, request: RequestContext) -> Taken:
        """`Sampling`: every request that was given the sampled generation."""
        return Taken(self, request)

    def begin(self, taken: Taken, asking: Asking, plan: Plan, answer: Answer) -> None:
        """Run it again, unless it is none that may be."""
        roots = [root.field.name for root in plan.roots]
        wanted = self.terms.operations
        if plan.kind is not OperationKind.QUERY or (
            wanted and not set(wanted).issuperset(roots)
        ):
            return
        if len(self.running) >= MOST:
            self.found.counts["dropped"] += 1
            return
        task = asyncio.create_task(self._aside(taken, asking, plan, answer))
        self.running.add(task)
        task.add_done_callback(self.running.discard)

    async def _aside(
        self, taken: Taken, asking: Asking, plan: Plan, answer: Answer
    ) -> None:
        ear = _Replies({k: f.value for k, f in taken.calls.items() if f.value}, self)
        pipeline = heard_by(self.pipeline, ear, self.candidate)
        started = self.pipeline.clock.now()
        request = taken.request._replace(started=started, plan=PlanWish.NONE)
        try:
            async with asyncio.timeout(BUDGET):
                other = await pipeline.answer(self.candidate, asking, request)
            if ear.unfit:
                self.found.counts["unfit"] += 1
                return
            self._compare(plan, answer, other)
        except TimeoutError:
            self.found.counts["failed"] += 1
        except Exception as error:  # noqa: BLE001 - a bug of ours costs the comparison
            self.found.counts["failed"] += 1
            self.pipeline.observe(Crashed(request.request_id, "shadow", error))

    def _compare(self, plan: Plan, answer: Answer, other: Answer) -> None:
        before, after = answer.as_json(), other.as_json()
        differences = chain(
            data_differences(before.get("data"), after.get("data")),
            error_differences(_coded(answer), _coded(other)),
        )
        name = ",".join(root.field.name for root in plan.roots)
        keys = frozenset(k for r in plan.roots for k in _keys(r.field, self.hidden))
        self.found.add(name, differences, keys)

    def end(self) -> None:
        """Nothing is run aside any more."""
        for task in tuple(self.running):
            task.cancel()


def unheard(candidate: Generation) -> Generation:
    """The candidate as a shadow has it."""
    made = copy(candidate)
    for name in ("auditing", "sampling"):
        object.__setattr__(made, name, None)
    return made


def shadow_of(
    trial: Trial,
    held: Generation,
    answers: Mapping[str, Counter[str]],
    hidden: Hidden,
) -> Shadow:
    """The shadow of a trial. It records and audits nothing: nobody is given it."""
    candidate = unheard(held)
    return Shadow(
        trial.terms,
        candidate,
        trial.pipeline,
        trial.entry.bundle,
        hidden(trial.beside) | hidden(candidate),
        trial.differences,
        answers,
    )


@dataclass(slots=True)
class Taken:
    """One request, whose calls are heard: `Tape`."""

    shadow: Shadow
    request: RequestContext
    calls: dict[_Key, Flight[Landed]] = field(default_factory=dict)

    def __call__(
        self, sending: Sending, calling: Calling, deadline: Deadline
    ) -> tuple[Flight[Landed], bool]:
        """A call as it is always made."""
        flight, shared = sending.flight(calling, deadline)
        self.calls[_key(calling)] = flight
        return flight, shared

    def end(self, asking: Asking, plan: Plan | None, answer: Answer) -> None:
        """It was answered; what was refused has nothing to compare."""
        if plan is not None:
            self.shadow.begin(self, asking, plan, answer)


@dataclass(slots=True)
class _Replies:
    """The ear of a shadow: what the request was told serves; else it asks."""

    known: Mapping[_Key, Landed]
    shadow: Shadow
    unfit: bool = False

    def __call__(
        self, sending: Sending, calling: Calling, deadline: Deadline
    ) -> tuple[Flight[Landed], bool]:
        counts = self.shadow.found.counts
        landed = self.known.get(_key(calling))
        if landed is not None:
            counts["calls_shared"] += 1
            return _landed(landed, deadline), True
        if not _may(calling):
            self.unfit = True
            error = UpstreamError("A shadow does not ask it.", kind=ErrorClass.REJECTED)
            return _landed(Landed(failed(error, 0), 0), deadline), False
        counts["calls_made"] += 1
        _mark(calling)
        return sending.flight(calling, deadline)


def _may(calling: Calling) -> bool:
    """Whether a shadow may ask: it reads, costs nothing, and there is room."""
    upstream = calling.way.upstream
    held = upstream.bulkhead
    has_room = not held.waiting and held.running * _ROOM < held.allowed
    return not (calling.step.writes or upstream.metered) and has_room


def _mark(calling: Calling) -> None:
    """Say that it is a shadow's; one attempt is all that it makes."""
    way = calling.way
    call = way.call._replace(headers={**way.call.headers, MARK: "1"})
    wire = way.upstream.source.render(call)._replace(whose=way.wire.whose)
    calling.way, calling.further = way._replace(call=call, wire=wire), None


def _key(calling: Calling) -> _Key:
    return id(calling.way.upstream.source), calling.way.wire.key


def _landed(landed: Landed, until: Deadline) -> Flight[Landed]:
    flight = Flight[Landed](until)
    flight.land(landed)
    return flight


def _coded(answer: Answer) -> list[Mapping[str, JsonValue]]:
    return [
        {"path": list(one.path or ()), "code": str(one.code)} for one in answer.errors
    ]


def _keys(planned: PlannedField, hidden: frozenset[Coordinate]) -> set[str]:
    """The response keys under which hidden fields stand."""
    found: set[str] = set()
    for concrete, below in planned.fields.items():
        for one in below.values():
            if Coordinate(concrete, one.name) in hidden:
                found.add(one.key)
            found |= _keys(one, hidden)
    return found


# Note [run aside]
# The request is answered first; its calls were only listened to. A call that equals one
# of them by what goes over the wire gets its reply again: an unchanged step costs its
# source nothing and cannot differ by the time of asking. What is left is asked once,
# marked, within the candidate's own breakers, where the source is at most half in use:
# a shadow that waits for a slot would stand before somebody who is waited for.
