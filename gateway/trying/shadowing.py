"""A candidate runs what was answered once more, aside, and the answers are compared.

In charge of which requests a shadow runs, and how many at a time: never in the way of
a request. See Note [run aside].
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import dataclass, field
from random import random

from gateway.clock import Deadline
from gateway.execution.calls.calling import Calling
from gateway.execution.calls.sending import Sending
from gateway.execution.calls.sharing import Flight, Landed
from gateway.execution.engine import HeardOn
from gateway.generation import Generation
from gateway.pipeline import Pipeline
from gateway.plan.model import Plan
from gateway.record import Model
from gateway.recording.base import Tape
from gateway.release.terms import Terms
from gateway.request.model import Asking, OperationKind, PlanWish, RequestContext
from gateway.response.model import Answer
from gateway.splitting import Given
from gateway.taping import heard_by
from gateway.trying.aside import Aside, Place, Told, missed
from gateway.trying.differing import Differences
from gateway.trying.hearing import (
    HeardRunway,
    Key,
    Replies,
    Runways,
    ToldRunway,
    key_of,
)
from gateway.trying.trial import Trial
from gateway.values import Coordinate

MOST = 4
"""Requests that are run aside at one time; further ones are dropped."""

Hidden = Callable[[Generation], frozenset[Coordinate]]
"""Fields of a generation whose values nobody is shown."""


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
    running: set[Aside] = field(default_factory=set)
    _sampled: _Sampled | None = None
    _runways: Runways | None = None

    def given(
        self,
        stable: tuple[Pipeline, Generation],
        request: RequestContext,
        headers: Mapping[str, str],  # noqa: ARG002 - all run in what serves
    ) -> Given:
        """What serves; of a share its calls are heard."""
        pipeline, generation = stable
        if self.dice() < self.terms.share and request.plan is not PlanWish.DRY_RUN:
            if len(self.running) < MOST:
                heard = self._heard(generation)
                return Given(pipeline, heard, request, told=False)
            self._drop()
        return Given(pipeline, generation, request, told=False)

    @property
    def counts(self) -> Mapping[str, int]:
        """What came of its requests."""
        return self.found.counts

    def _drop(self) -> None:
        missed(self.found, self.release, self.pipeline.observe, "dropped")

    def _heard(self, generation: Generation) -> Generation:
        known = self._sampled
        if known is None or known.serves is not generation:
            known = self._sampled = _Sampled.of(self, generation)
        return known.heard

    def begin(self, told: Told, known: Mapping[Key, Landed]) -> None:
        """Run it again, unless it is none that may be."""
        plan, wanted = told.plan, self.terms.operations
        if plan.kind is not OperationKind.QUERY or (
            wanted and not set(wanted).issuperset(told.roots)
        ):
            return
        if len(self.running) >= MOST:
            self._drop()
            return
        candidate, counts = self.candidate, self.found.counts
        if self._runways is None or self._runways.upstreams is not candidate.upstreams:
            self._runways = Runways(ToldRunway.like, candidate.upstreams)
        ear = Replies(known, counts)
        pipeline = heard_by(self.pipeline, ear, candidate, self._runways)
        place = Place(pipeline, candidate, self.release, self.found, self.hidden)
        started = pipeline.clock.now()
        request = told.request._replace(
            started=started, plan=PlanWish.NONE, origin=None
        )
        own = told._replace(request=request)
        aside = Aside(own, place, ear, self.running.discard)
        self.running.add(aside)
        asyncio.get_running_loop().call_soon(aside.begin)

    def end(self) -> None:
        """Nothing is run aside any more."""
        for aside in tuple(self.running):
            aside.leave()


class _Sampled(Model, frozen=True):
    """What serves, and the same with a shadow as its `Sampling`."""

    shadow: Shadow
    serves: Generation
    heard: Generation
    runways: Runways

    @classmethod
    def of(cls, shadow: Shadow, serves: Generation) -> _Sampled:
        heard = copy(serves)
        made = cls(shadow, serves, heard, Runways(HeardRunway.like, serves.upstreams))
        object.__setattr__(heard, "sampling", made)
        return made

    def taken(self, request: RequestContext) -> Taken:
        """Every request that was given it; what records others may record it, too."""
        sampling = self.serves.sampling
        tape = sampling.taken(request) if sampling is not None else None
        runways = self.runways if tape is None else None
        return Taken(self.shadow, request, runways, tape)


@dataclass(slots=True)
class Taken:
    """One request, whose calls are heard: `Tape`. ``tape`` hears of them as well."""

    shadow: Shadow
    request: RequestContext
    heard: HeardOn | None
    tape: Tape | None = None
    calls: dict[Key, Flight[Landed]] = field(default_factory=dict)

    def __call__(
        self, sending: Sending, calling: Calling, deadline: Deadline
    ) -> tuple[Flight[Landed], bool]:
        """A call as it is always made."""
        key = key_of(calling)
        if self.tape is None:
            found = sending.flight(calling, deadline)
        else:
            found = self.tape(sending, calling, deadline)
        self.calls[key] = found[0]
        return found

    def end(self, asking: Asking, plan: Plan | None, answer: Answer) -> None:
        """It was answered; what was refused has nothing to compare."""
        if self.tape is not None:
            self.tape.end(asking, plan, answer)
        if plan is not None:
            known = {k: f.value for k, f in self.calls.items() if f.value is not None}
            self.shadow.begin(Told(asking, self.request, plan, answer), known)


def unheard(candidate: Generation) -> Generation:
    """The candidate as a shadow has it."""
    made = copy(candidate)
    for name in ("auditing", "limiting", "sampling"):
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


# Note [run aside]
# The request is answered first; its calls were only listened to. A call that equals one
# of them by what goes over the wire gets its reply again: an unchanged step costs its
# source nothing and cannot differ by the time of asking. What is left is asked once,
# marked, within the candidate's own breakers, where the source is at most half in use:
# a shadow that waits for a slot would stand before somebody who is waited for.
