"""What a subscription stands on under one generation: its plan, and what feeds it.

Made once a generation, since nothing of it depends on an event. No I/O.
"""

from __future__ import annotations

from gateway.clock import Clock
from gateway.connectors.streams.base import StreamEvent
from gateway.errors import RequestError
from gateway.execution.model import Failure
from gateway.execution.streams.asking import Feed, feed_of
from gateway.execution.streams.mailbox import Room, Slow
from gateway.generation import Generation
from gateway.holding import arrives, runs
from gateway.pipeline import Pipeline
from gateway.plan.model import PlannedStep
from gateway.prepared import Ready
from gateway.record import Model, replace
from gateway.request.model import (
    Asking,
    OperationKind,
    PlanWish,
    RequestContext,
    numbered,
)

_STREAM = "stream"


class Footing(Model, frozen=True):
    """``feed`` is None where there is nothing to hear: one answer, and the end."""

    generation: Generation
    request: RequestContext
    ready: Ready
    room: Room
    feed: Feed | None = None

    def request_of(
        self, identity: str, number: int, event: StreamEvent, clock: Clock
    ) -> RequestContext:
        """The request that an event is: the subscriber's, now."""
        return self.request._replace(
            request_id=numbered(identity, number, self.request),
            started=clock.now(),
            time=clock.wall(),
            caused=event.headers.get("traceparent"),
        )

    def rests_on(self, generation: Generation) -> bool:
        """Whether it holds under a generation for whoever asks."""
        return generation is self.generation and generation.resolver is None

    def still_holds(self, generation: Generation, request: RequestContext) -> bool:
        """Whether a caller, as he is now, is offered what this was planned for."""
        offered = generation.offered
        return generation is self.generation and offered(request) is offered(
            self.request
        )

    @property
    def is_unserved(self) -> bool:
        """Whether no profile says what feeds it."""
        streams = any(_feeds(step) for step in self.ready.plan.steps)
        return not streams and self.request.plan is not PlanWish.DRY_RUN


async def subscribes(
    pipeline: Pipeline,
    generation: Generation,
    asking: Asking,
    request: RequestContext,
) -> bool:
    """Whether a request is a subscription, or says so and cannot be planned.

    What cannot be is told by opening it: what is amiss, not that it came this way.
    """
    if "subscription" not in asking.document:
        return False
    if not pipeline.preparing.knows(generation, asking, request):
        await pipeline.turn(generation, asking, request)
    try:
        live = asking._replace(live=True)
        plan = pipeline.prepare(generation, live, request).plan
    except RequestError:
        return True
    return plan.kind is OperationKind.SUBSCRIPTION


async def arrived(
    pipeline: Pipeline,
    generation: Generation,
    asking: Asking,
    request: RequestContext,
) -> None:
    """Somebody subscribes, which counts as a request; and waits for his turn.

    Raises:
        LimitError: he asks too much.
        RequestError: too many wait.
    """
    if generation.limiting is not None:
        arrives(pipeline, generation.limiting, request)
    if not pipeline.preparing.knows(generation, asking, request):
        await pipeline.turn(generation, asking, request)


def first_footing(
    pipeline: Pipeline,
    generation: Generation,
    asking: Asking,
    request: RequestContext,
) -> Footing:
    """The one that a subscription begins with: it is counted as one use.

    Raises:
        RequestError: as `footing_of`.
    """
    made = footing_of(pipeline, generation, asking, request)
    if generation.limiting is not None:
        runs(pipeline, generation.limiting, request, made.ready)
    counting = pipeline.preparing.counting
    if counting is not None:
        counting(generation.schema, asking, request, made.ready.document)
    if generation.sampling is not None:
        generation.sampling.missed(request, "subscription")
    return made


def footing_of(
    pipeline: Pipeline,
    generation: Generation,
    asking: Asking,
    request: RequestContext,
) -> Footing:
    """The subscription under a generation.

    Raises:
        RequestError: it cannot run as it stands, or cannot be fed.
    """
    ready = pipeline.prepare(generation, asking, request)
    plan, rules = ready.plan, generation.subscriptions
    made = Footing(generation, request, ready, rules.room)
    if plan.kind is not OperationKind.SUBSCRIPTION or not plan.roots:
        return made
    profile = plan.roots[0].profile
    if profile is not None and profile.slow_consumer is not None:
        room = replace(rules.room, slow=Slow(profile.slow_consumer))
        made = replace(made, room=room)
    stream = next((one for one in plan.steps if _feeds(one)), None)
    if stream is None or stream.gate is not None or request.plan is PlanWish.DRY_RUN:
        return made
    feed = feed_of(stream, generation.upstreams, ready.bindings, request)
    if isinstance(feed, Failure):
        raise RequestError(feed.message, code=feed.code)
    return replace(made, feed=feed)


def _feeds(step: PlannedStep) -> bool:
    return step.step.type == _STREAM and step.parents is None
