"""A case of a subscription: the reply of its stream's step is the event.

In charge of one event. How a subscription lives and ends is no matter of profiles.
"""

from __future__ import annotations

from gateway.connectors.streams.base import StreamEvent
from gateway.errors import RequestError, UpstreamError
from gateway.execution.model import Failed, StepResult
from gateway.execution.streams.asking import Feed, failure_of
from gateway.generation import Generation
from gateway.pipeline import Pipeline
from gateway.request.model import Asking, OperationKind, RequestContext
from gateway.response.model import Answer
from gateway.subscribing.footing import Footing, footing_of
from gateway.testing.source import ScriptedSource


async def told(
    pipeline: Pipeline, generation: Generation, asking: Asking, request: RequestContext
) -> Answer | None:
    """The answer to the event; None where the request is no subscription that runs.

    An event that the step's filter rules out has no data and no errors.
    """
    if "subscription" not in asking.document:
        return None
    live = asking._replace(live=True)
    try:
        footing = footing_of(pipeline, generation, live, request)
    except RequestError:
        return None
    if footing.ready.plan.kind is not OperationKind.SUBSCRIPTION:
        return None
    seeds = {}
    if footing.feed is not None:
        result = await _result(footing, footing.feed)
        if result is None:
            return Answer(None)
        seeds[footing.feed.planned.id] = result
    ready = footing.ready
    return await pipeline.answer_event(generation, live, request, ready, seeds)


async def _result(footing: Footing, feed: Feed) -> StepResult | None:
    """What the step comes to; None where its filter rules the event out."""
    call, source = feed.asked.call, feed.asked.upstream.source
    try:
        reply = await source.call(call)
    except UpstreamError as error:
        return Failed(failure_of(error))
    finally:
        if isinstance(source, ScriptedSource):
            source.calls.remove(call)  # it is listened to, and nobody counts that
    event = StreamEvent(reply.body, headers=reply.headers)
    unwanted = feed.unwanted(event)
    if isinstance(unwanted, bool):
        bindings, request = footing.ready.bindings, footing.request
        return None if unwanted else feed.result(event, bindings, request)
    return unwanted
