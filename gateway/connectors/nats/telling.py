"""What a NATS sends, as events of an ear.

In charge of what is a message and what is none, and of noticing that one was lost. See
Note [in order].
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

from nats.errors import Error

from gateway.connectors.streams.ears import Ear, broken
from gateway.connectors.streams.reading import event_of

if TYPE_CHECKING:
    from nats.aio.msg import Msg

_STALLED = "Nats-Consumer-Stalled"

# Note [in order]
# JetStream numbers what it sends to a consumer. A number that is left out is a message
# that was lost on the way, and a heartbeat that does not come is a consumer that is
# gone with its server. Clients hide both by making another consumer; here they end the
# listening, since whoever listens goes on after the last event that he had.


class Said:
    """Messages of a subject."""

    __slots__ = ("_ear",)

    def __init__(self, ear: Ear) -> None:
        self._ear = ear

    async def hear(self, message: Msg) -> None:
        ear = self._ear
        ear.tell(event_of(message.data, ear.reading, None, _headers(message)))


class Kept:
    """Messages that a stream keeps, one after the other. See Note [in order]."""

    __slots__ = ("_ear", "_last", "_silence", "_timer")

    def __init__(self, ear: Ear, silence: float) -> None:
        self._ear = ear
        self._silence = silence
        self._last = 0
        self._timer = self._watched()

    async def hear(self, message: Msg) -> None:
        self._timer.cancel()
        self._timer = self._watched()
        headers = message.headers or {}
        if headers.get("Status") is not None:
            await _answer(message, headers)
            return
        number = message.metadata.sequence
        if number.consumer != self._last + 1:
            self._ear.fail(broken("a message was lost"))
            return
        self._last = number.consumer
        place, ear = str(number.stream), self._ear
        ear.tell(event_of(message.data, ear.reading, place, _headers(message)))

    def stop(self) -> None:
        """Nobody listens any more."""
        self._timer.cancel()

    def _watched(self) -> asyncio.TimerHandle:
        loop = asyncio.get_running_loop()
        lost = broken("its heartbeat does not come")
        return loop.call_later(self._silence, self._ear.fail, lost)


async def _answer(message: Msg, headers: Mapping[str, str]) -> None:
    """A heartbeat wants nothing; flow control waits until we have come this far."""
    to = message.reply or headers.get(_STALLED)
    if to:
        with suppress(Error):
            await message._client.publish(to)  # noqa: SLF001 - as `Msg.respond` does


def _headers(message: Msg) -> Mapping[str, str]:
    given = {name.lower(): value for name, value in (message.headers or {}).items()}
    return {**given, "subject": message.subject}
