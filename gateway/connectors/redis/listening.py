"""Listening to a Redis: channels, patterns of channels, and streams that it keeps.

In charge of one connection for each listening, without redis-py's own ways of
connecting again: what breaks is told. Must never write anything.
"""

from __future__ import annotations

import asyncio
import math
import re
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Sequence
from contextlib import aclosing, asynccontextmanager, suppress
from typing import Any, cast

from redis.asyncio import ConnectionPool
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError

from gateway.clock import Deadline
from gateway.connectors.base import Call, Slot
from gateway.connectors.redis.faults import failure
from gateway.connectors.rendering import rejected
from gateway.connectors.settings import RedisSettings
from gateway.connectors.streams.base import StreamEvent
from gateway.connectors.streams.reading import (
    Reading,
    event_of,
    event_of_fields,
    name_of,
    stays,
)
from gateway.connectors.streams.target import Named, StreamTarget
from gateway.errors import ErrorClass, UpstreamError

_QUIET_SECONDS = 15.0
"""After which a connection has to prove that it is there."""
_ASKED = {"channel": "SUBSCRIBE", "pattern": "PSUBSCRIBE"}
_ENTRY = re.compile(r"\d{1,20}-\d{1,20}")
_AT_ONCE = "100"
_GLOB = "*?[]\\"
"""What stands for others in a pattern: a value would listen to more than itself."""


def named(call: Call[StreamTarget]) -> tuple[str, str]:
    """How it is listened to, and what: ``("channel", "payments:42")``.

    Raises:
        UpstreamError: rejected, for a name that is none.
    """
    what, name = cast("Named", call.target.what), name_of(call)
    if (
        what.way == "pattern"
        and isinstance(what.name, Slot)
        and not stays(name, what.written or "", _GLOB)
    ):
        raise rejected("A value in a pattern has none of the characters * ? [ ] \\.")
    return what.way, name


@asynccontextmanager
async def listening(
    settings: RedisSettings, call: Call[StreamTarget], after: str | None
) -> AsyncIterator[AsyncIterator[StreamEvent]]:
    """What a Redis says; `streams.base.Stream.listen`."""
    way, name = named(call)
    line = _Line(settings, Reading(settings.response_limit, call.target.decode))
    try:
        await line.open(call.deadline)
        if way == "stream":
            start = await line.start(name, after, call.deadline)
            async with aclosing(line.entries(name, start)) as events:
                yield events
        else:
            if after is not None:
                raise rejected("A channel keeps nothing to go on with.")
            await line.said(_ASKED[way], name, call.deadline)
            async with aclosing(line.messages()) as events:
                yield events
    finally:
        await line.close()


class _Line:
    """One connection that only listens."""

    __slots__ = ("_connection", "_reading")

    def __init__(self, settings: RedisSettings, reading: Reading) -> None:
        pool: Any = ConnectionPool.from_url(
            settings.url, retry=Retry(NoBackoff(), 0), protocol=2, socket_timeout=None
        )
        self._connection: Any = pool.make_connection()
        self._reading = reading

    async def open(self, deadline: Deadline) -> None:
        await self._done(self._connection.connect(), deadline)

    async def said(self, command: str, name: str, deadline: Deadline) -> Any:
        """What is said to one command."""
        return await self._done(self._asked(command, name), deadline)

    async def start(self, key: str, after: str | None, deadline: Deadline) -> str:
        """The entry behind which listening begins; rejected where it is gone."""
        last = await self._edge("XREVRANGE", key, "+", "-", deadline)
        if after is None:
            return last or "0-0"
        if not _ENTRY.fullmatch(after):
            raise rejected("There is no such event to go on after.")
        first = await self._edge("XRANGE", key, "-", "+", deadline)
        if first is None or _order(after) < _order(first):
            raise rejected("The event to go on after is not kept any more.")
        return after

    async def messages(self) -> AsyncGenerator[StreamEvent, None]:
        """What is published."""
        asked = False
        while True:
            said = await self._next(_QUIET_SECONDS)
            if said is None:
                if asked:
                    raise _broken("it does not answer a PING")
                await self._tell("PING")
            asked = said is None
            if said and said[0] in (b"message", b"pmessage"):
                headers = {"channel": said[-2].decode(errors="replace")}
                yield event_of(said[-1], self._reading, None, headers)

    async def entries(self, key: str, start: str) -> AsyncGenerator[StreamEvent, None]:
        """What is added to a stream behind an entry."""
        wait = str(int(_QUIET_SECONDS * 1000))
        while True:
            words = ("COUNT", _AT_ONCE, "BLOCK", wait, "STREAMS", key, start)
            await self._tell("XREAD", *words)
            try:
                async with asyncio.timeout(_QUIET_SECONDS * 2):
                    said = await self._next(math.inf)
            except TimeoutError:
                raise _broken("it does not answer") from None
            for _, found in said or ():
                for number, fields in found:
                    start = number.decode()
                    yield _entry(start, fields, self._reading)

    async def close(self) -> None:
        with suppress(RedisError, OSError):
            await self._connection.disconnect(nowait=True)

    async def _edge(
        self, command: str, key: str, begin: str, end: str, deadline: Deadline
    ) -> str | None:
        """The number of the first entry from one end; None where there is none."""
        words = (command, key, begin, end, "COUNT", "1")
        found = await self._done(self._asked(*words), deadline)
        return found[0][0].decode() if found else None

    async def _asked(self, *words: str) -> Any:
        await self._connection.send_command(*words)
        return await self._connection.read_response(timeout=math.inf)

    @staticmethod
    async def _done(asking: Awaitable[Any], deadline: Deadline) -> Any:
        try:
            async with asyncio.timeout_at(deadline.at):
                return await asking
        except (TimeoutError, RedisTimeoutError):
            late = "The source did not answer in time."
            raise UpstreamError(late, kind=ErrorClass.TIMEOUT) from None
        except (RedisError, OSError, ValueError) as error:
            raise failure(error) from None

    async def _tell(self, *words: str) -> None:
        try:
            await self._connection.send_command(*words)
        except (RedisError, OSError) as error:
            raise _broken(type(error).__name__) from None

    async def _next(self, seconds: float) -> Any:
        """What is said next; None where nothing is for so long."""
        try:
            return await self._connection.read_response(timeout=seconds)
        except (RedisConnectionError, OSError) as error:
            raise _broken(type(error).__name__) from None
        except RedisError as error:
            raise failure(error) from None


def _entry(after: str, fields: Sequence[bytes], reading: Reading) -> StreamEvent:
    """An entry as a map of its fields."""
    pairs = dict(zip(fields[::2], fields[1::2], strict=True))
    return event_of_fields(pairs, reading, after)


def _order(number: str) -> tuple[int, int]:
    time, _, count = number.partition("-")
    return int(time), int(count)


def _broken(detail: str) -> UpstreamError:
    message = "The connection to the source broke."
    return UpstreamError(message, kind=ErrorClass.RESET, detail=detail)
