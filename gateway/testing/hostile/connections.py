"""Connections that break, hang or drip: the reply never comes as it should.

In charge of what can go wrong before a reply is complete. Every behaviour here ends
when the caller goes, and counts as abandoned where it waited for that.
"""

from __future__ import annotations

import asyncio

from gateway.testing.hostile.server import Exchange, Misbehaviour
from gateway.testing.hostile.wire import chunk, head, reply
from gateway.values import JsonValue

_HALF = b'{"id": "42", "na'
_WHOLE = 100
_JSON = ("content-type", "application/json")


# -- resets and early ends ------------------------------------------------------------


def resets(after: bytes = b"") -> Misbehaviour:
    """The connection is reset (RST), `after` these bytes of a reply."""

    async def behave(exchange: Exchange) -> None:
        if after:
            await exchange.send(after)
        exchange.reset()

    return behave


def resets_in_head() -> Misbehaviour:
    """A reset in the middle of the reply's headers."""
    return resets(b"HTTP/1.1 200 OK\r\ncontent-ty")


def resets_in_body() -> Misbehaviour:
    """A reset in the middle of the reply's body."""
    return resets(reply(_HALF, headers=[_JSON], length=_WHOLE))


def closes(after: bytes = b"") -> Misbehaviour:
    """The connection is closed (FIN), `after` these bytes of a reply."""

    async def behave(exchange: Exchange) -> None:
        if after:
            await exchange.send(after)
        exchange.close()

    return behave


def truncates() -> Misbehaviour:
    """Closes with less of the body sent than ``content-length`` promised."""
    return closes(reply(_HALF, headers=[_JSON], length=_WHOLE))


def truncates_chunks() -> Misbehaviour:
    """Closes in the middle of a chunk of a chunked body."""
    return closes(head(200, {"transfer-encoding": "chunked"}) + chunk(_HALF)[:-6])


def forgets_last_chunk(body: JsonValue | bytes) -> Misbehaviour:
    """Closes behind a whole body whose last chunk never says that it was the last."""
    content = reply(body).partition(b"\r\n\r\n")[2]
    return closes(head(200, {"transfer-encoding": "chunked"}) + chunk(content))


def babbles(what: bytes = b"SSH-2.0-OpenSSH_9.6\r\n\r\n") -> Misbehaviour:
    """Something that is no HTTP at all, and then waits for more."""

    async def behave(exchange: Exchange) -> None:
        await exchange.send(what)
        await exchange.left()

    return behave


# -- kept connections -----------------------------------------------------------------


def closes_after(body: JsonValue | bytes) -> Misbehaviour:
    """A good reply that lets the caller keep the connection, which closes at once."""
    return closes(reply(body))


def drops_kept(then: Misbehaviour) -> Misbehaviour:
    """Closes without a word where a connection is used again; else another behaviour.

    This is the race of every kept connection: it ends while a request is on its way.
    """

    async def behave(exchange: Exchange) -> None:
        if exchange.earlier:
            exchange.close()
        else:
            await then(exchange)

    return behave


# -- hanging and dripping -------------------------------------------------------------


def hangs(after: bytes = b"") -> Misbehaviour:
    """Nothing comes any more, `after` these bytes of a reply, until the caller goes."""

    async def behave(exchange: Exchange) -> None:
        if after:
            await exchange.send(after)
        await exchange.left()

    return behave


def hangs_in_head() -> Misbehaviour:
    """Hangs in the middle of the headers."""
    return hangs(b"HTTP/1.1 200 OK\r\ncontent-ty")


def hangs_after_head() -> Misbehaviour:
    """Hangs between the headers and the body they promise."""
    return hangs(head(200, [_JSON, ("content-length", str(_WHOLE))]))


def hangs_in_body() -> Misbehaviour:
    """Hangs in the middle of the body."""
    return hangs(reply(_HALF, headers=[_JSON], length=_WHOLE))


def drips(*, after: bytes, drop: bytes, pause: float = 0.005) -> Misbehaviour:
    """The same few bytes for ever, every `pause` seconds, `after` these bytes.

    A caller that bounds each read, and not the whole, is held for ever.
    """

    async def behave(exchange: Exchange) -> None:
        await exchange.send(after)
        while True:
            await exchange.send(drop)
            await asyncio.sleep(pause)

    return behave


def drips_head() -> Misbehaviour:
    """A header that never ends, a byte at a time."""
    return drips(after=b"HTTP/1.1 200 OK\r\nx-endless: ", drop=b"a")


def drips_body() -> Misbehaviour:
    """A body as long as was promised, a byte at a time: it would take hours.

    The promise is one that a caller may believe: it is below any usual limit.
    """
    return drips(after=head(200, {"content-length": str(4_000_000)}), drop=b" ")


def drips_chunks() -> Misbehaviour:
    """A body without an end, in chunks of one byte."""
    chunks = head(200, {"transfer-encoding": "chunked"})
    return drips(after=chunks, drop=chunk(b" "))


def drips_hints() -> Misbehaviour:
    """``103 Early Hints`` for ever, and never the reply that they hint at."""
    hint = head(103, {"link": "</x>; rel=preload"})
    return drips(after=hint, drop=hint)
