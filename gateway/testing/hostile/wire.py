"""HTTP replies as bytes, right or wrong as asked, and the upstream's good manners.

In charge of writing replies, and of the behaviours that are not hostile at all: a test
of what goes wrong wants neighbours that do not. Must never correct what it is told.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import TypeAlias

from gateway.testing.hostile.server import Exchange, Misbehaviour
from gateway.values import JsonValue

Headers: TypeAlias = Mapping[str, str] | Sequence[tuple[str, str]]
"""Headers to write; pairs where a name comes twice."""


def head(
    status: int = 200, headers: Headers | None = None, *, version: str = "HTTP/1.1"
) -> bytes:
    """A status line and headers, as they are, with the empty line behind them."""
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = "Unknown"
    pairs = headers.items() if isinstance(headers, Mapping) else headers or ()
    lines = [f"{version} {status} {phrase}", *(f"{n}: {v}" for n, v in pairs)]
    return "".join(f"{line}\r\n" for line in lines).encode("latin-1") + b"\r\n"


def reply(
    body: JsonValue | bytes = None,
    status: int = 200,
    headers: Headers | None = None,
    *,
    length: int | None = None,
) -> bytes:
    """A whole reply. Bytes are sent as they are, anything else as JSON.

    ``length`` replaces the body's own length: that is how a reply lies.
    """
    content = content_of(body)
    pairs = headers.items() if isinstance(headers, Mapping) else headers or ()
    told = str(len(content) if length is None else length)
    return head(status, [("content-length", told), *pairs]) + content


def content_of(body: JsonValue | bytes) -> bytes:
    """Bytes as they are, anything else as JSON."""
    return body if isinstance(body, bytes) else json.dumps(body).encode()


def chunked(parts: Iterable[bytes]) -> bytes:
    """Parts in chunked encoding, with the end mark."""
    return b"".join(map(chunk, parts)) + LAST_CHUNK


def chunk(part: bytes) -> bytes:
    """One part in chunked encoding."""
    return b"%x\r\n%b\r\n" % (len(part), part)


LAST_CHUNK = b"0\r\n\r\n"


def sends(*parts: bytes) -> Misbehaviour:
    """These bytes, part by part, whatever they are."""

    async def behave(exchange: Exchange) -> None:
        for part in parts:
            await exchange.send(part)

    return behave


def answers(
    body: JsonValue | bytes = None, status: int = 200, headers: Headers | None = None
) -> Misbehaviour:
    """A good reply."""
    return sends(reply(body, status, headers))


def echoes() -> Misbehaviour:
    """The request itself as JSON: ``method``, ``target``, ``headers``, ``body``."""

    async def behave(exchange: Exchange) -> None:
        asked = exchange.asked
        await exchange.send(
            reply(
                {
                    "method": asked.method,
                    "target": asked.target,
                    "headers": {**asked.headers},
                    "body": asked.body.decode("latin-1"),
                }
            )
        )

    return behave


def waits(released: asyncio.Event, then: Misbehaviour) -> Misbehaviour:
    """Another behaviour, once the test sets the event."""

    async def behave(exchange: Exchange) -> None:
        await released.wait()
        await then(exchange)

    return behave
