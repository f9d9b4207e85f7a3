"""Redis at run time: one command a call, over a pool of connections.

In charge of commands and their answers. Must never build a command of text: values are
arguments, whatever they contain.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, cast

import orjson
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import NoPermissionError, RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError

from gateway.connectors.acceptance import invalid
from gateway.connectors.base import Call, Reply, Wire
from gateway.connectors.probing import Probed
from gateway.connectors.redis.faults import failure
from gateway.connectors.redis.listening import listening, named
from gateway.connectors.redis.step import RedisTarget
from gateway.connectors.rendering import rejected, text_of
from gateway.connectors.rest_request import filled
from gateway.connectors.running import Running, drained
from gateway.connectors.settings import RedisSettings
from gateway.connectors.streams.base import StreamEvent
from gateway.connectors.streams.target import StreamTarget
from gateway.errors import ErrorClass, UpstreamError
from gateway.values import JsonValue

_HASHES = frozenset({"HGETALL"})
_AGAIN_SECONDS = 0.05
_LATE = "The source did not answer in time."


class RedisSource:
    """One Redis. Nothing is opened before the first call."""

    __slots__ = ("_client", "_leaving", "_running", "_settings")

    def __init__(self, settings: RedisSettings) -> None:
        self._settings = settings
        self._client: Redis | None = None
        self._leaving: set[asyncio.Task[None]] = set()
        self._running = Running()

    def render(self, call: Call[Any]) -> Wire:
        if isinstance(call.target, StreamTarget):
            return Wire((*named(call), call.target.decode))
        target, words = call.target, _words(call)
        return Wire((target.command, words, target.json, _names(call)), words)

    async def call(self, call: Call[RedisTarget]) -> Reply:
        words = _words(call)
        with self._running:
            try:
                async with asyncio.timeout_at(call.deadline.at):
                    said = await self._ask(call.target.command, words)
            except (TimeoutError, RedisTimeoutError):
                raise UpstreamError(_LATE, kind=ErrorClass.TIMEOUT) from None
            except (RedisError, OSError, ValueError) as error:
                raise failure(error) from None
        size = _size(said)
        if size > self._settings.response_limit:
            raise invalid("The source's answer is too large.")
        return Reply(_answer(call, said), size=size)

    async def _ask(self, command: str, words: Sequence[str]) -> object:
        """What Redis says; whoever is cancelled leaves at once.

        redis-py may lose a cancellation while it connects, so the command has a task
        of its own, which is told until it ends.
        """
        client: Any = self._connected()
        task = asyncio.ensure_future(client.execute_command(command, *words))
        try:
            return await asyncio.shield(task)
        finally:
            if not task.done():
                leaving = asyncio.ensure_future(_until_gone(task))
                self._leaving.add(leaving)
                leaving.add_done_callback(self._leaving.discard)

    async def probe(self, _targets: Mapping[str, object]) -> Probed:
        """Log in and ask whether it is there; no key is looked at.

        Raises:
            UpstreamError: it cannot be reached, or does not accept who we are.
        """
        with self._running:
            try:
                await self._ask("PING", ())
            except NoPermissionError:
                return Probed("logged in; PING is not allowed")
            except (RedisError, OSError, ValueError) as error:
                raise failure(error) from None
        return Probed("answers PING")

    @asynccontextmanager
    async def listen(
        self, call: Call[StreamTarget], after: str | None
    ) -> AsyncIterator[AsyncIterator[StreamEvent]]:
        """What it says from now on; `streams.base.Stream.listen`."""
        with self._running:
            async with listening(self._settings, call, after) as events:
                yield events

    def describe(self, call: Call[Any]) -> Mapping[str, JsonValue]:
        if isinstance(call.target, StreamTarget):
            way, name = named(call)
            return {"listens": {way: name}}
        return {"command": [call.target.command, *_words(call)]}

    async def close(self) -> None:
        await self._running.ended()
        await drained(self._leaving)
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    def _connected(self) -> Redis:
        if self._client is None:
            pool = BlockingConnectionPool.from_url(
                self._settings.url,
                max_connections=self._settings.connections,
                timeout=None,
                # One more try at once: a kept connection may have died of old age.
                retry=Retry(NoBackoff(), 1),
            )
            self._client = Redis.from_pool(pool)
        return self._client


async def _until_gone(task: asyncio.Future[object]) -> None:
    while not task.done():
        task.cancel()
        await asyncio.wait({task}, timeout=_AGAIN_SECONDS)
    if not task.cancelled():
        task.exception()  # nobody is left who wants to know


def _words(call: Call[RedisTarget]) -> tuple[str, ...]:
    """The command's arguments; a list among them is as many.

    Raises:
        UpstreamError: rejected, for what is no text, number or time, and for none.
    """
    values: list[object] = []
    for each in call.target.arguments:
        value = filled(each, call.inputs)
        values += value if isinstance(value, list | tuple) else (value,)
    words = tuple(text_of(v, f"a {call.target.command} argument") for v in values)
    if not words:
        raise rejected(f"{call.target.command} has nothing to ask for.")
    return words


def _names(call: Call[RedisTarget]) -> tuple[str, ...] | None:
    names = call.target.names
    if names is None:
        return None
    if isinstance(names, tuple) and type(names) is tuple:
        found: object = [filled(each, call.inputs) for each in names]
    else:
        found = filled(names, call.inputs)
    several = found if isinstance(found, list | tuple) else (found,)
    flat = [
        n for each in several for n in (each if isinstance(each, list) else (each,))
    ]
    return tuple(text_of(each, "a name") for each in flat)


def _answer(call: Call[RedisTarget], said: object) -> object:
    """What Redis said as values.

    Raises:
        UpstreamError: invalid, for what is no UTF-8 or no JSON, or not as many values
            as there are names.
    """
    as_json, names = call.target.json, _names(call)
    if call.target.command in _HASHES:
        pairs = cast("Mapping[bytes, bytes]", said)
        made = {_text(k): _value(v, as_json=as_json) for k, v in pairs.items()}
        return made or None
    if names is None:
        return _value(said, as_json=as_json)
    values = cast("Sequence[object]", said)
    if len(values) != len(names):
        raise rejected("There are not as many names as values.")
    found = zip(names, values, strict=True)
    return {n: _value(v, as_json=as_json) for n, v in found if v is not None}


def _value(said: Any, *, as_json: bool) -> object:
    match said:
        case bytes():
            return _json(said) if as_json else _text(said)
        case list() | tuple() | set():
            return [_value(each, as_json=as_json) for each in said]
        case _:
            return said


def _text(said: bytes | str) -> str:
    if isinstance(said, str):
        return said
    try:
        return said.decode()
    except UnicodeDecodeError:
        raise invalid("The source answered with text that is not UTF-8.") from None


def _json(said: bytes) -> object:
    try:
        found: object = orjson.loads(said)
    except ValueError:
        raise invalid("A value of the source is not valid JSON.") from None
    return found


def _size(said: object) -> int:
    if isinstance(said, bytes):
        return len(said)
    if isinstance(said, Mapping):
        return sum(len(k) + _size(v) for k, v in said.items())
    if isinstance(said, list | tuple | set):
        return sum(map(_size, said))
    return 8
