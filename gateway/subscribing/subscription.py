"""One subscription: for each event its plan runs anew, in order, one at a time.

In charge of its life: it begins under one generation, goes on under the next ones as
long as its document is valid there, and ends in one of the ways of `End`. Must never
hold a generation between events, nor run a plan of one that does not serve any more.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Final

from gateway.errors import Code, RequestError, UpstreamError
from gateway.execution.streams.mailbox import Item, Mailbox
from gateway.refusing import refused
from gateway.request.model import Asking, PlanWish, RequestContext
from gateway.response.model import Answer, FieldError, Verdict, refusal
from gateway.subscribing.ear import Ear
from gateway.subscribing.footing import Footing, arrived, first_footing, footing_of
from gateway.subscribing.model import (
    QUIET,
    Beginning,
    End,
    Ending,
    Quiet,
    Serves,
    Update,
    changed,
    seconds_left,
)
from gateway.subscribing.taking import Taking
from gateway.telemetry.events import Crashed
from gateway.telemetry.listening import (
    EventsDropped,
    SubscriptionEnded,
    SubscriptionStarted,
)

_LONGEST_LIFE: Final = 10 * 365 * 86_400.0
_EXPIRED = FieldError("The token has expired.", Code.UNAUTHENTICATED)
_CRASHED = FieldError("Internal error.", Code.INTERNAL_SERVER_ERROR)
_UNAUTHENTICATED = 401
_AT_ONCE = frozenset({End.SLOW, End.EXPIRED, End.CHANGED, End.LEFT})
"""Ends after which nothing that waits is delivered."""


@dataclass(slots=True, eq=False)
class Subscription:
    """Opened once, asked for `next` until None, and closed whatever happens.

    ``begin`` says who subscribes, as each generation reads it; ``after`` is the event
    after which he goes on. ``ending`` is set where it is over. Whatever is sent to him
    is sent by way of ``taking``.
    """

    serving: Serves
    asking: Asking
    begin: Beginning
    after: str | None = None
    ending: Ending | None = None
    taking: Taking = field(default_factory=Taking)
    delivered: int = 0
    _footing: Footing | None = None
    _ear: Ear | None = None
    _identity: str = ""
    _started: float = 0.0
    _timer: asyncio.TimerHandle | None = None

    # -- its life ----------

    async def open(self) -> Answer | None:
        """Begin; the answer of one that cannot.

        One that needs no events is open too: `next` has its one answer.
        """
        pipeline, generation = self.serving.pipeline, self.serving.current
        asking = self.asking = self.asking._replace(live=True)
        try:
            request = self.begin(generation)
            self._identity, self._started = request.request_id, request.started
            self._watch_expiry(request)
            await arrived(pipeline, generation, asking, request)
            footing = first_footing(pipeline, generation, asking, request)
            await self._begin(footing)
            if footing.is_unserved:
                answer = await self._answer(footing, request, None)
                self._end(Ending(End.REFUSED))
                return refusal(*answer.errors)
        except RequestError as error:
            self._end(Ending(End.REFUSED))
            return refused(error, asking, generation)
        except UpstreamError as error:
            self._end(Ending(End.FAILED))
            return refusal(FieldError(error.message, error.code), status=502)
        return None

    async def next(self, idle: float | None = None) -> Update | Quiet | None:
        """The answer to the next event; None where it is over.

        `QUIET` where nothing came for ``idle`` seconds.
        """
        ear = self._ear
        if ear is None:
            return await self._only()
        while True:
            await self._go_on(ear)
            if self.ending is not None and self.ending.end in _AT_ONCE:
                return None
            item = ear.mailbox.take()
            if item is not None:
                return await self._update(item)
            if self.ending is not None:
                return None
            ear.mailbox.stirred.clear()
            try:
                async with asyncio.timeout(idle):
                    await ear.mailbox.stirred.wait()
            except TimeoutError:
                return QUIET

    def close(self) -> None:
        """Leave; whatever is under way for it is the caller's to cancel."""
        if self._timer is not None:
            self._timer.cancel()
        self._end(Ending(End.LEFT))
        pipeline, ear = self.serving.pipeline, self._ear
        if ear is None or self not in pipeline.live.members:
            return
        ear.stop()
        pipeline.live.leave(self)
        assert self.ending is not None, "it has ended just now"  # noqa: S101
        ended = SubscriptionEnded(
            self._identity,
            self.operation,
            self.ending.end.value,
            self.delivered,
            ear.dropped,
            pipeline.clock.now() - self._started,
        )
        pipeline.observe(ended)

    @property
    def operation(self) -> str:
        """The root field; empty where it is not known."""
        roots = self._footing.ready.plan.roots if self._footing else ()
        return roots[0].field.name if roots else ""

    # -- what it is told of all subscriptions ----------

    def stir(self) -> None:
        """`Member`: another generation serves."""
        self._wake()

    def drain(self) -> None:
        """`Member`: the process ends."""
        if self._ear is not None:
            self._ear.stop()
        self._end(Ending(End.DRAINED))

    def expire(self) -> None:
        """The token of the one who subscribed is valid no more."""
        if self._ear is not None:
            self._ear.stop()
            self._ear.mailbox.clear()
        self._end(Ending(End.EXPIRED, (_EXPIRED,)))

    # -- its beginning ----------

    async def _begin(self, footing: Footing) -> None:
        """Listen, where there is something to hear.

        Raises:
            RequestError: there are too many subscriptions.
            UpstreamError: the source cannot be listened to.
        """
        self._footing, feed = footing, footing.feed
        if feed is None:
            return
        pipeline, generation = self.serving.pipeline, footing.generation
        pipeline.live.admit(self, generation.subscriptions.most)
        mailbox = Mailbox(footing.room)
        self._ear = Ear(pipeline.live, self._end, mailbox, feed)
        after = self.after if feed.resumes else None
        self._ear.place = after
        mailbox.missed = self.after is not None and after is None
        await self._ear.join(feed, generation, after)
        resumed = after is not None
        pipeline.observe(SubscriptionStarted(self._identity, self.operation, resumed))

    def _watch_expiry(self, request: RequestContext) -> None:
        """End with the token.

        Raises:
            RequestError: UNAUTHENTICATED, it has expired already.
        """
        left = seconds_left(request, self.serving.pipeline.clock)
        if left is None:
            return
        if left <= 0:
            message, status = _EXPIRED.message, _UNAUTHENTICATED
            raise RequestError(message, code=Code.UNAUTHENTICATED, status=status)
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(min(left, _LONGEST_LIFE), self.expire)

    # -- an event ----------

    async def _only(self) -> Update | None:
        """The one answer of what nothing feeds: a dry run, or no profile.

        None where a condition rules every event out.
        """
        footing = self._footing
        if self.ending is not None or footing is None:
            return None
        self._end(Ending(End.COMPLETE))
        ready, request = footing.ready, footing.request
        ruled_out = any(step.gate is not None for step in ready.plan.steps)
        if ruled_out and request.plan is not PlanWish.DRY_RUN:
            return None
        return Update(await self._answer(footing, request, None))

    async def _update(self, item: Item) -> Update | None:
        footing = self._footing
        assert footing is not None and footing.feed is not None  # noqa: S101, PT018
        pipeline, feed = self.serving.pipeline, footing.feed
        self.delivered += 1
        which = self._identity, self.delivered
        request = footing.request_of(*which, item.event, pipeline.clock)
        answer = await self._answer(footing, request, item)
        if self.ending is not None and self.ending.end is End.EXPIRED:
            return None
        pipeline.live.counts["delivered"] += 1
        if item.dropped:
            operation, lost = self.operation, item.dropped
            pipeline.observe(EventsDropped(self._identity, operation, lost))
        place = item.event.id if feed.resumes else None
        return Update(answer, place, item.dropped, item.missed)

    async def _answer(
        self, footing: Footing, request: RequestContext, item: Item | None
    ) -> Answer:
        """What the plan comes to; a bug of ours costs the event, and nothing else."""
        pipeline, ready, feed = self.serving.pipeline, footing.ready, footing.feed
        try:
            seeds = {}
            if item is not None and feed is not None:
                result = item.result or feed.result(item.event, ready.bindings, request)
                seeds = {feed.planned.id: result}
            return await pipeline.answer_event(
                footing.generation, self.asking, request, ready, seeds
            )
        except Exception as error:  # noqa: BLE001 - the client learns a code, no trace
            pipeline.observe(Crashed(request.request_id, "subscription", error))
            return Answer(None, (_CRASHED,), verdict=Verdict.FAILED)

    # -- the next generation ----------

    async def _go_on(self, ear: Ear) -> None:
        """Stand on the generation that serves; end where it has no place there."""
        fresh, before = self.serving.current, self._footing
        if self.ending is not None or before is None or before.rests_on(fresh):
            return
        try:
            request = self.begin(fresh)._replace(request_id=self._identity)
            if before.still_holds(fresh, request):
                return
            footing = footing_of(self.serving.pipeline, fresh, self.asking, request)
        except RequestError as error:
            self._changed(ear, error.message, error.code)
            return
        if footing.feed is None:
            self._changed(ear, "Nothing feeds it any more.")
            return
        self._footing = footing
        try:
            await ear.move(footing.feed, fresh, footing.room)
        except UpstreamError as error:
            ear.over(error)

    def _changed(self, ear: Ear, why: str, code: str = Code.SCHEMA_CHANGED) -> None:
        ear.stop()
        self._end(changed(why, code))

    # -- its end ----------

    def _end(self, ending: Ending) -> None:
        if self.ending is None:
            self.ending = ending
            if ending.end in _AT_ONCE:
                self.taking.hurry()
            self._wake()

    def _wake(self) -> None:
        if self._ear is not None:
            self._ear.mailbox.stirred.set()
