"""What a subscription hears: from the hub into its mailbox, filtered on the way.

In charge of where it listens and of the last place it heard. Plain functions but for
joining: whoever tells it something never waits.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from gateway.connectors.streams.base import StreamEvent
from gateway.errors import Code, UpstreamError
from gateway.execution.model import StepResult
from gateway.execution.streams.asking import Feed
from gateway.execution.streams.listening import Listening
from gateway.execution.streams.live import Live
from gateway.execution.streams.mailbox import Mailbox, Room
from gateway.generation import Generation
from gateway.response.model import FieldError
from gateway.subscribing.model import End, Ending

_SLOW = FieldError(
    "Events came faster than they were taken; subscribe again.", Code.SLOW_CONSUMER
)


@dataclass(slots=True, eq=False)
class Ear:
    """One subscription's place at the hub. ``ended`` is told how it is over.

    ``place`` is the last event that was heard, ``dropped`` counts those that were lost.
    """

    live: Live
    ended: Callable[[Ending], None]
    mailbox: Mailbox
    feed: Feed
    place: str | None = None
    dropped: int = 0
    is_deaf: bool = False
    _listening: Listening | None = None
    _joining: asyncio.Timeout | None = None

    async def join(self, feed: Feed, generation: Generation, after: str | None) -> None:
        """Hear what feeds it under a generation, from now on or after an event.

        Raises:
            UpstreamError: the source cannot be listened to.
        """
        self.feed = feed
        try:
            async with asyncio.timeout(0 if self.is_deaf else None) as self._joining:
                with generation.lease:  # till the listening has its own
                    listening = await self.live.hub.join(feed.asked, after, self)
                    listening.hold(generation, generation.lease)
        except TimeoutError:
            return  # he wants to hear nothing any more
        finally:
            self._joining = None
        self._listening = listening
        if self.is_deaf:
            self.leave()

    async def move(self, feed: Feed, generation: Generation, room: Room) -> None:
        """Go on under another generation, where it can be at the listening it has.

        Raises:
            UpstreamError: what is listened to now cannot be.
        """
        before, self.mailbox.room = self.feed, room
        if self._listening is not None and before.asked.says_the_same(feed.asked):
            self.feed = feed
            self._listening.hold(generation, generation.lease)
            return
        self.leave()
        after = self.place if _goes_on(before, feed) else None
        if after is None and not feed.tells_how_it_stands:
            self.mailbox.missed = True
        await self.join(feed, generation, after)

    def leave(self) -> None:
        """Hear no more."""
        listening, self._listening = self._listening, None
        if listening is not None:
            self.live.hub.leave(listening, self)

    def stop(self) -> None:
        """Hear no more, not even where joining is under way."""
        self.is_deaf = True
        if self._joining is not None and not self._joining.expired():
            self._joining.reschedule(asyncio.get_running_loop().time())
        self.leave()

    def hear(self, event: StreamEvent) -> None:
        """`Listener`: what the source said."""
        if self.is_deaf:
            return
        if event.id is not None:
            self.place = event.id
        unwanted = self.feed.unwanted(event)
        if unwanted is True:
            self.live.counts["filtered"] += 1
            return
        failed: StepResult | None = None if isinstance(unwanted, bool) else unwanted
        lost = self.mailbox.put(event, failed, self.feed.about(event))
        if lost:
            self.dropped += lost
            self.live.counts["dropped"] += lost
        if self.mailbox.overflown:
            self.stop()
            self.ended(Ending(End.SLOW, (_SLOW,)))

    def miss(self) -> None:
        """`Listener`: something may have been said that nobody heard."""
        self.mailbox.missed = True

    def over(self, error: UpstreamError | None) -> None:
        """`Listener`: the source has nothing more to say."""
        if error is None:
            self.ended(Ending(End.COMPLETE))
        else:
            told = FieldError(error.message, error.code)
            self.ended(Ending(End.FAILED, (told,)))


def _goes_on(before: Feed, feed: Feed) -> bool:
    """Whether a place in what was listened to is one in what is: the same by name."""
    mine, theirs = before.asked.call.wire, feed.asked.call.wire
    return mine is not None and theirs is not None and mine.key == theirs.key
