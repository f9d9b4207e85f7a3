"""A planned step of type `stream` → what is listened to, and what an event comes to.

Decides and never waits.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping

from gateway.clock import Deadline
from gateway.connectors.base import Call
from gateway.connectors.streams.base import StreamEvent, stream_of
from gateway.errors import Code, UpstreamError
from gateway.execution.attempt import inputs_of
from gateway.execution.calls.caching import audience_of
from gateway.execution.model import (
    Failed,
    Failure,
    Ok,
    ResultStore,
    Skipped,
    StepResult,
)
from gateway.execution.reading import Reader, evaluated
from gateway.execution.streams.listening import Asked
from gateway.execution.upstream import Upstreams
from gateway.expression import ABSENT, EvaluationError
from gateway.plan.model import PlannedStep
from gateway.profile.model import Sharing
from gateway.record import Model
from gateway.request.model import Bindings, RequestContext
from gateway.values import canonical

_NO_TIME = Deadline(0.0)


class Feed(Model, frozen=True):
    """The step that feeds one subscription, with what its expressions read.

    ``resumes``: a subscriber may name the event after which he goes on.
    """

    planned: PlannedStep
    scope: Mapping[str, object]
    asked: Asked

    @property
    def resumes(self) -> bool:
        return bool(getattr(self.planned.step.target, "resumes", False))

    @property
    def tells_how_it_stands(self) -> bool:
        """Whether who joins is told the last event first, so that he misses nothing."""
        return bool(getattr(self.planned.step.target, "states", False))

    def unwanted(self, event: StreamEvent) -> StepResult | bool:
        """Whether the step's filter rules an event out; a failure where it cannot."""
        wanted = self.planned.step.success_if
        if wanted is None:
            return False
        truth = evaluated(wanted, {**self.scope, "response": _response(event)})
        return truth if isinstance(truth, Failed) else truth is not True

    def about(self, event: StreamEvent) -> Hashable | None:
        """What an event is about, where of two about one thing the later is enough."""
        key = getattr(self.planned.step.target, "key", None)
        if key is None:
            return None
        try:
            found = key({"response": _response(event)})
        except EvaluationError:
            return None
        return None if found is None or found is ABSENT else canonical(found)

    def result(
        self, event: StreamEvent, bindings: Bindings, request: RequestContext
    ) -> StepResult:
        """What the step comes to by an event, at the event's own time."""
        step = self.planned.step
        if step.select is None:
            return Ok(event.body)
        reader = Reader(ResultStore(), bindings, request.surroundings)
        scope = reader.scope(self.planned.scope, None)
        if isinstance(scope, Skipped):
            return scope
        value = evaluated(step.select, {**scope, "response": _response(event)})
        return value if isinstance(value, Failed) else Ok(value)


def feed_of(
    planned: PlannedStep,
    upstreams: Upstreams,
    bindings: Bindings,
    request: RequestContext,
) -> Feed | Failure:
    """What feeds a subscription; why it cannot be fed."""
    surroundings, step = request.surroundings, planned.step
    if step.held is not None:
        message = f"Step '{step.name}' does not listen: operators hold it back."
        return Failure(Code.STEP_HELD, message)
    scope = Reader(ResultStore(), bindings, surroundings).scope(planned.scope, None)
    inputs = scope if isinstance(scope, Skipped) else inputs_of(step, scope)
    if isinstance(inputs, Failed):
        return inputs.failure
    if not isinstance(inputs, dict) or isinstance(scope, Skipped):
        message = f"Step '{step.name}' cannot listen: a value that it needs is missing."
        return Failure(Code.STEP_INPUT, message)
    upstream = upstreams[step.source or ""]
    try:
        headers = upstream.headers_for(request, surroundings)
        call: Call[object] = Call(step.name, step.target, inputs, _NO_TIME, headers)
        wire = stream_of(upstream.source, step.target).render(call)
    except EvaluationError as error:
        message = "A header of the source cannot be made for this request."
        return Failure(Code.UPSTREAM_REJECTED, message, detail=error.message)
    except UpstreamError as error:
        return failure_of(error)
    key: Hashable | None = None
    if step.share is Sharing.ALL:
        key = id(upstream.source), wire.key, audience_of(None, request)
    asked = Asked(upstream, call._replace(wire=wire), key, step.timeout, step.endpoint)
    return Feed(planned, scope, asked)


def failure_of(error: UpstreamError) -> Failure:
    """A source's failure for the one who subscribed."""
    return Failure(error.code, error.message, 1, error.status, error.detail)


def _response(event: StreamEvent) -> Mapping[str, object]:
    return {"status": 200, "headers": event.headers, "body": event.body}
