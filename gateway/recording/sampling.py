"""Which requests are recorded, and what is heard of one while it runs.

In charge of choosing, and of holding on to what comes. Must never wait, fail, or keep
a call under way for which nobody else waits.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from random import random
from typing import Protocol

from gateway.clock import Clock, Deadline
from gateway.connectors.base import Call
from gateway.execution.calls.calling import Calling
from gateway.execution.calls.sending import Sending
from gateway.execution.calls.sharing import Flight, Landed
from gateway.expression import EvaluationError, Expression
from gateway.plan.model import Plan
from gateway.record import Model
from gateway.recording.making import made
from gateway.recording.model import MadeBy, Taken, TakenCall, Taking
from gateway.request.model import Asking, PlanWish, RequestContext
from gateway.response.model import Answer


class Sink(Protocol):
    """Takes what is to be written, and writes it aside."""

    def offer(self, make: Callable[[], bytes]) -> None:
        """Write what ``make`` gives, in its own time, or drop it. Never waits."""

    @property
    def counts(self) -> Mapping[str, int]:
        """What became of what was offered, and of what could not be."""

    def miss(self, why: str) -> None:
        """Count one that cannot be offered."""


class Sampler(Model, frozen=True):
    """Chooses a ``share`` of the requests of which ``when`` is true."""

    share: float
    when: Expression | None
    taking: Taking
    made_by: MadeBy
    sink: Sink
    clock: Clock
    dice: Callable[[], float] = random

    def taken(self, request: RequestContext) -> OneTape | None:
        """The tape of a request that is recorded."""
        return OneTape(self, request) if self._wanted(request) else None

    def missed(self, request: RequestContext, why: str) -> None:
        """One that would be recorded, went it another way."""
        if self._wanted(request):
            self.sink.miss(why)

    @property
    def counts(self) -> Mapping[str, int]:
        """What became of those that were chosen."""
        return self.sink.counts

    def _wanted(self, request: RequestContext) -> bool:
        if self.dice() >= self.share or request.plan is PlanWish.DRY_RUN:
            return False
        if self.when is None:
            return True
        try:
            return self.when(request.surroundings) is True
        except EvaluationError:
            return False


@dataclass(slots=True)
class _Heard:
    """One call; ``ended`` on the gateway's clock."""

    step: str
    source: str
    call: Call[object]
    flight: Flight[Landed]
    began: float
    ended: float | None = None

    def over(self, clock: Clock, before: Callable[[], None] | None) -> None:
        self.ended = clock.now()
        if before is not None:
            before()

    def taken(self) -> TakenCall:
        landed = self.flight.value if self.flight.is_over else None
        seconds = None if self.ended is None else self.ended - self.began
        own = landed.reply if landed is not None else None
        return TakenCall(
            self.step,
            self.source,
            self.call,
            landed if own is not None else None,
            seconds,
        )


@dataclass(slots=True)
class OneTape:
    """One request, heard from beginning to end."""

    sampler: Sampler
    request: RequestContext
    heard: None = None
    calls: dict[int, _Heard] = field(default_factory=dict)

    def __call__(
        self, sending: Sending, calling: Calling, deadline: Deadline
    ) -> tuple[Flight[Landed], bool]:
        """A call as it is always made."""
        clock, step = self.sampler.clock, calling.step
        began, call = clock.now(), calling.way.call
        flight, shared = sending.flight(calling, deadline)
        if id(flight) not in self.calls:
            name = f"{step.origin}.{step.name}"
            one = _Heard(name, step.source or "", call, flight, began)
            if flight.is_over:
                one.ended = began
            else:
                flight.after = partial(one.over, clock, flight.after)
            self.calls[id(flight)] = one
        return flight, shared

    def end(self, asking: Asking, plan: Plan | None, answer: Answer) -> None:
        """It was answered."""
        if plan is None:
            return  # refused: no source was asked
        sampler, request = self.sampler, self.request
        calls = tuple(one.taken() for one in self.calls.values())
        seconds = sampler.clock.now() - request.started
        by = sampler.made_by
        taken = Taken(asking, request, plan, calls, answer, by, seconds)
        sampler.sink.offer(partial(made, taken, sampler.taking))
