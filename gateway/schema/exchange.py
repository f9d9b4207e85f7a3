"""One HTTP request at the ASGI border: its headers, its body, its one answer.

In charge of bytes and of watching for a client that has gone. Knows no GraphQL.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, MutableMapping, Sequence
from types import TracebackType
from typing import Any, TypeAlias

from gateway.errors import Code, RequestError
from gateway.lapses import Lapses
from gateway.policy.limits import Excess, LimitError
from gateway.request.model import Arrived

Message: TypeAlias = MutableMapping[str, Any]
Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
App: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

Headers: TypeAlias = Sequence[tuple[bytes, bytes]]
"""Names in lower case, with their values, in the order in which they came."""
Say: TypeAlias = Callable[[int, bytes, bytes], None]
"""Takes the status, the header lines but the length, and the body of an answer, once.
"""
Take: TypeAlias = Callable[[bytes, Say], Callable[[], object] | None]
"""Answers a request's body by a `Say`, now or later; gives what ends it before its end.

None: it is not answered here, and nothing has happened.
"""

_TOO_LARGE = 413


class ClientGoneError(Exception):
    """Nobody waits for this answer any more."""


REPLAYED = (b"idempotent-replayed", b"true")
"""With an answer that was given before under its key; Stripe's name for it."""


def headers_of(scope: Scope) -> Arrived:
    """The request's headers by lower-case name; repeated ones as one list."""
    client = scope.get("client")
    return joined(scope["headers"], client[0] if client else None)


def joined(pairs: Headers, peer: str | None = None) -> Arrived:
    """The same of pairs as they came from an address."""
    headers = {name.decode("latin-1"): text.decode("latin-1") for name, text in pairs}
    if len(headers) == len(pairs):
        return Arrived(headers, peer)
    headers.clear()
    repeated = set()
    for raw_name, raw_value in pairs:
        name = raw_name.decode("latin-1")
        value = raw_value.decode("latin-1")
        if name in headers:
            repeated.add(name)
            value = f"{headers[name]}, {value}"
        headers[name] = value
    return Arrived(headers, peer, frozenset(repeated))


async def body_of(receive: Receive, *, limit: int) -> bytes:
    """The whole body, counted as it comes.

    Raises:
        RequestError: 413, it is longer than `limit` bytes.
        ClientGoneError: the client went before it was complete.
    """
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGoneError
        part: bytes = message.get("body", b"")
        size += len(part)
        if size > limit:
            raise too_large(limit)
        parts.append(part)
        if not message.get("more_body", False):
            return parts[0] if len(parts) == 1 else b"".join(parts)


def too_large(limit: int) -> RequestError:
    """A body is beyond its limit; how far is not known, and nobody reads on."""
    what = f"is larger than {limit:,} bytes"
    excess = Excess("body", Code.BODY_TOO_LARGE, what, limit + 1, limit, "The body")
    return LimitError(excess, status=_TOO_LARGE)


async def respond(
    send: Send, status: int, headers: Iterable[tuple[bytes, bytes]], body: bytes
) -> None:
    """Send one whole answer."""
    length = (b"content-length", str(len(body)).encode())
    await send(
        {
            "type": "http.response.start",
            "status": status,
            "headers": [*headers, length],
        }
    )
    await send({"type": "http.response.body", "body": body})


class watched:  # noqa: N801 - reads as a word in `async with watched(...)`
    """Cancels what runs inside when the client goes away.

    Watching costs a task, and most answers are there sooner than that pays: it begins
    `after` some time. The body has been read, so all there is to receive is the end.

    Raises:
        ClientGoneError: the client went, and what ran inside was cancelled.
    """

    __slots__ = ("_gone", "_receive", "_timer", "_waiting", "_working")

    def __init__(self, receive: Receive, *, after: Lapses) -> None:
        self._receive = receive
        self._gone = False
        self._working = asyncio.current_task(after.loop)
        self._waiting: asyncio.Task[None] | None = None
        self._timer = after.begin(after.loop.time() + after.seconds, self._begin)

    async def __aenter__(self) -> None:
        pass

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._timer.cancel()
        if self._waiting is not None:
            self._waiting.cancel()
        cancelled = isinstance(error, asyncio.CancelledError)
        if cancelled and self._gone and self._working and not self._working.uncancel():
            raise ClientGoneError from None

    def _begin(self) -> None:
        self._waiting = asyncio.ensure_future(self._wait())

    async def _wait(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self._gone = True
        if self._working is not None:
            self._working.cancel()
