"""Bytes as a source's reply: read to one meaning, however they come, or refused.

The first byte says how they are cut and what was asked; the rest is what the source
sends.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from typing import NamedTuple

from gateway.connectors.transport.base import WireReply
from gateway.connectors.transport.lean.reading import ReplyReader
from gateway.errors import ErrorClass, UpstreamError

TOKENS = (
    *("HTTP/1.1 200 OK\r\n", "HTTP/1.0 200 OK\r\n", "HTTP/1.1 304 \r\n", "\r\n\r\n"),
    *("HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 204 \r\n", "HTTP/1.1 101 \r\n"),
    *("content-length: ", "transfer-encoding: chunked\r\n", "connection: close\r\n"),
    *("content-encoding: gzip\r\n", "content-encoding: deflate\r\n", "br", "zstd"),
    *(
        "keep-alive: timeout=5\r\n",
        "set-cookie: a=b\r\n",
        "0\r\n\r\n",
        "5\r\nhello\r\n",
    ),
    *(
        "upgrade: h2c\r\n",
        "trailer: x\r\n",
        "\n",
        "\r",
        ";ext=1",
        "+5",
        "0x5",
        "chunked, gzip",
    ),
)
LIMIT = 2_000
GOOD = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
_KINDS = {ErrorClass.RESET, ErrorClass.INVALID}


class Read(NamedTuple):
    """What became of bytes: a reply or what it failed of, and how many it took."""

    reply: WireReply | None
    failed: ErrorClass | None
    took: int
    keeps: bool


def seeds() -> Iterator[bytes]:
    """Replies of every framing."""
    first = b"HTTP/1.1 200 OK\r\n"
    for how in (b"\x00", b"\x01", b"\x02", b"\x14"):
        yield how + GOOD
        yield how + first + b"transfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"
        yield how + b"HTTP/1.0 200 OK\r\n\r\nok"
        yield how + b"HTTP/1.1 100 Continue\r\n\r\n" + GOOD
        yield how + b"HTTP/1.1 204 No Content\r\n\r\n"
    packed = gzip.compress(b"ok" * 400, mtime=0)
    coded = b"content-encoding: gzip\r\ncontent-length: %d\r\n\r\n" % len(packed)
    yield b"\x00" + first + coded + packed


def try_one(data: bytes) -> None:
    """Cut in pieces it means what it means in one; nothing but `UpstreamError`."""
    if not data:
        return
    how, sent = data[0], data[1:]
    bodyless = bool(how & 1)
    whole = read(sent, len(sent), bodyless=bodyless)
    cut = read(sent, 1 + (how >> 1), bodyless=bodyless)
    again = read(sent, len(sent), bodyless=bodyless)
    assert whole.failed in {None, *_KINDS}
    assert whole == again, "what is remembered changes what is read"
    if cut.took == len(sent):
        assert whole[:2] == cut[:2], "how bytes are cut changes what they mean"
        # In two cases one way is stricter than need be, which costs a connection: a
        # head without a body that comes in pieces, an empty line behind a whole reply.
        strict = (bodyless and whole.keeps) or sent.endswith((b"\r", b"\n"))
        assert whole.keeps == cut.keeps or strict
    else:  # what comes behind a reply is the connection's to refuse
        assert whole.reply == cut.reply or whole.failed
        behind = sent[cut.took :].strip(b"\r\n")  # empty lines mean nothing
        assert not (whole.keeps and behind)


def read(sent: bytes, size: int, *, bodyless: bool) -> Read:
    """One reply, of pieces of a size; then, where it keeps, a good one behind it."""
    reader, took = ReplyReader(), 0
    reader.begin(LIMIT, bodyless=bodyless)
    try:
        reply = None
        while reply is None and took < len(sent):
            piece = sent[took : took + size]
            took += len(piece)
            reply = reader.feed(piece)
        if reply is None:
            reader.keeps = False
            reply = reader.end()
    except UpstreamError as error:
        return Read(None, error.kind, took, False)
    held(reply)
    if reader.keeps:
        reader.begin(LIMIT, bodyless=False)
        next_ = reader.feed(GOOD)
        assert next_ is not None, "a connection that is kept reads the next reply"
        assert (next_.status, next_.content) == (200, b"ok")
        return Read(reply, None, took, True)
    return Read(reply, None, took, False)


def held(reply: WireReply) -> None:
    """Within its limit, and its headers are texts of one line."""
    assert 200 <= reply.status <= 999
    assert len(reply.content) <= LIMIT
    for name, value in reply.headers.items():
        assert name == name.lower()
        assert not set("\r\n\0") & {*name, *value}, (name, value)
