"""Which requests are traced and which are slow, said when they have ended.

In charge of choosing: what the start chose, and of the rest whatever failed, in part or
whole, or took too long. Spans are made of what the request left, so one that is not
traced pays for a look at it alone. Must never wait.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Protocol

from gateway.execution.model import Failed, Ok, StepResult
from gateway.execution.tries import shown
from gateway.record import Model, field
from gateway.telemetry.watching import RequestSlow
from gateway.values import JsonValue
from gateway.watching.context import trace_id
from gateway.watching.conventions import Conventions
from gateway.watching.ends import Ends, Why
from gateway.watching.model import Ended


class About(Model, frozen=True):
    """What spans say besides what a request left: its trace, and ``why`` it is kept."""

    trace: str
    why: Why
    conventions: Conventions


class Spans(Protocol):
    """Takes the spans of requests to where they are kept."""

    def offer(self, ended: Ended, about: About) -> None:
        """Hand a request over, to be made spans of. Never waits."""


class Tracing(Model, frozen=True):
    """By the rules of one deployment; ``slow`` is in seconds.

    ``conventions`` say what its calls are, ``ends`` counts whom it traces.
    """

    spans: Spans | None
    slow: float | None
    conventions: Conventions = field(default_factory=lambda: Conventions({}))
    ends: Ends = field(default_factory=Ends)

    def over(self, ended: Ended, observe: Callable[[RequestSlow], None]) -> None:
        """A request has ended."""
        slow = self.slow is not None and ended.seconds >= self.slow
        why = _why(ended, slow=slow)
        if why is None:
            return
        told = trace_id(ended.request.trace, ended.request.request_id)
        at = ended.request.started + ended.seconds
        if self.spans is not None and self.ends.takes(why, at):
            self.spans.offer(ended, About(told, why, self.conventions))
        if slow:
            observe(_slow(ended, told))


def _why(ended: Ended, *, slow: bool) -> Why | None:
    """Why a request is told of; None: it is not."""
    trace = ended.request.trace
    if trace is not None and trace.sampled:
        return "chosen"
    if ended.verdict == "failed":
        return "failed"
    if slow:
        return "slow"
    return "partial" if ended.verdict == "partial" else None


def _slow(ended: Ended, trace: str) -> RequestSlow:
    plan = ended.plan
    return RequestSlow(
        ended.request.request_id,
        trace,
        ended.operation,
        ended.verdict,
        ended.seconds,
        plan.digest if plan else None,
        plan.served if plan else (),
        tuple(waterfall(ended)),
        ended.generation.mark,
    )


def waterfall(ended: Ended) -> Iterator[Mapping[str, JsonValue]]:
    """The steps as they began: when after the request, how long, and what came."""
    if ended.plan is None or ended.store is None:
        return
    timings, began = ended.store.timings, ended.request.started
    steps = (step for step in ended.plan.steps if step.id in timings)
    for step in sorted(steps, key=lambda step: timings[step.id].started):
        timing = timings[step.id]
        yield {
            "step": f"{step.step.origin}.{step.step.name}",
            "source": step.step.source,
            "at": round((timing.started - began) * 1000, 2),
            "ms": round((timing.ended - timing.started) * 1000, 2),
            "calls": timing.attempts,
            "came": came(ended.store[step.id]),
            **({"tries": shown(timing.tries, began)} if timing.tries else {}),
        }


def came(result: StepResult) -> str:
    """What a step came to, in a word: where from, why not, or which failure."""
    if isinstance(result, Ok):
        return result.provenance.value
    if isinstance(result, Failed):
        return result.failure.code.value
    return f"skipped: {result.reason.value}"
