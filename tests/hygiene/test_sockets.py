"""WebSockets that break the protocol, flood, or do not read."""

from __future__ import annotations

import zlib

import pytest

from gateway.schema.bounds import Bounds
from gateway.schema.server import application
from gateway.schema.serving import ServerSettings
from tests.hygiene.wire import (
    BINARY,
    CLOSE,
    OPENING,
    PING,
    PONG,
    TEXT,
    closing,
    frame,
    get,
    is_answered,
    line,
    message,
    post,
    websocket,
)
from tests.serving import Bank, running

_DEFLATED = 0x40
"""The first reserved bit, of a message's first frame."""
ASKS = b'{"id":"1","type":"subscribe","payload":{"query":"{ __typename }"}}'


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        pytest.param(frame(TEXT, ASKS, masked=0), 1002, id="unmasked"),
        pytest.param(b"\x81\xff\x40" + b"\0" * 11, 1009, id="4 EB"),
        pytest.param(frame(TEXT, b"a" * 1_000_001), 1009, id="beyond the body's limit"),
        pytest.param(frame(TEXT, b"\xff\xfe"), 1007, id="not UTF-8"),
        pytest.param(frame(5), 1002, id="an opcode that is none"),
        pytest.param(b"\xf1\x80\0\0\0\0", 1002, id="reserved bits"),
        pytest.param(frame(PING, b"a" * 200), 1002, id="a long ping"),
        pytest.param(frame(PING, last=0), 1002, id="a ping in parts"),
        pytest.param(frame(CLOSE, b"a"), 1002, id="half a close"),
        pytest.param(frame(0, b"a"), 1002, id="a part of nothing"),
        pytest.param(frame(PING) * 40_000, 1008, id="pings"),
        pytest.param(frame(PONG) * 40_000, 1008, id="pongs"),
        pytest.param(
            frame(TEXT, last=0) + frame(0, last=0) * 40_000, 1009, id="empty parts"
        ),
        pytest.param(frame(BINARY, b"\0"), 4400, id="binary"),
        pytest.param(frame(TEXT, b"[" * 200_000), 4400, id="200,000 deep"),
        pytest.param(frame(TEXT, b'{"id":'), 4400, id="no JSON"),
    ],
)
def test_a_socket_that_breaks_the_rules_is_closed(
    port: int, sent: bytes, code: int
) -> None:
    """With the reason as a code; others are served meanwhile."""
    with websocket(port) as bad:
        bad.send(sent)
        assert is_answered(port)
        assert closing(bad) == code


def test_a_message_in_many_parts_is_one(port: int) -> None:
    """Letter by letter, with a sign of life in the middle."""
    first, *others = (bytes([each]) for each in ASKS)
    parts = [frame(TEXT, first, last=0), *(frame(0, each, last=0) for each in others)]
    parts.insert(9, frame(PING, b"alive?"))
    with websocket(port) as slow:
        slow.send(b"".join(parts) + frame(0))
        assert message(slow) == b"alive?"
        assert b'{"__typename":"Query"}' in message(slow)


def test_many_messages_at_once_are_answered_while_others_are(port: int) -> None:
    """A message a turn, not all that came."""
    asks = (ASKS.replace(b'"1"', b'"%d"' % n) for n in range(90))
    with websocket(port) as eager:
        eager.send(b"".join(frame(TEXT, each) for each in asks))
        assert is_answered(port)
        told = [message(eager) for _ in range(180)]
    assert sum(b'"Query"' in each for each in told) == 90


def test_a_socket_that_does_not_read_is_not_read_and_then_cut_off() -> None:
    """What it asks for is not piled up in the server."""
    echoes = b" ".join(b"a%d: echo(value: $v)" % n for n in range(20))
    asks = b'{"id":"%d","type":"subscribe","payload":{"query":"query($v: JSON){'
    asks += echoes + b'}","variables":{"v":"' + b"v" * 5_000 + b'"}}}'
    says = b"".join(frame(TEXT, asks.replace(b"%d", b"%d" % n)) for n in range(90))
    bounds = Bounds(send=0.05)
    app = application(Bank(), ServerSettings(bounds=bounds))
    with running(app) as port, websocket(port) as deaf:
        deaf.floods(says)
        assert is_answered(port)


@pytest.mark.parametrize("frames", [1, 3])
def test_a_message_that_swells_is_not_inflated(port: int, frames: int) -> None:
    """30 KB that would be 30 MB, in one frame or in several; others are served."""
    swells = _deflated(b"a" * 30_000_000)
    size = len(swells) // frames + 1
    parts = [swells[n : n + size] for n in range(0, len(swells), size)]
    sent = b"".join(
        frame(0 if n else _DEFLATED | TEXT, part, last=int(n == frames - 1))
        for n, part in enumerate(parts)
    )
    extends = b"sec-websocket-extensions: permessage-deflate\r\n"
    with line(port, get(b"/graphql", OPENING + extends)) as bad:
        assert b"permessage-deflate" in bad.said().head
        bad.send(frame(_DEFLATED | TEXT, _deflated(b'{"type":"connection_init"}')))
        message(bad)  # that it is welcome, deflated
        closed = message(bad.send(sent))
        assert int.from_bytes(closed[:2], "big") == 1009
        assert not closed[2:].startswith(
            b"Size"
        )  # which is said of one that was taken in
        assert is_answered(port)


def _deflated(text: bytes) -> bytes:
    """As RFC 7692 has it: without the empty block at the end."""
    deflate = zlib.compressobj(wbits=-15)
    return (deflate.compress(text) + deflate.flush(zlib.Z_SYNC_FLUSH))[:-4]


@pytest.mark.parametrize(
    ("more", "status"),
    [
        pytest.param(b"a: b\r\n" * 200, 431, id="headers"),
        pytest.param(b"cookie: %s\r\n" % (b"a" * 9_000), 431, id="a long one"),
        pytest.param(b"sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n", 400, id="key"),
    ],
)
def test_an_opening_that_is_too_much_is_refused(
    port: int, more: bytes, status: int
) -> None:
    """As any other request, and without a trace in the log."""
    with line(port, get(b"/graphql", OPENING + more)) as bad:
        assert is_answered(port)
        assert bad.said().status == status


def test_a_socket_is_not_opened_before_the_answers_are_there(port: int) -> None:
    """They would be written into it."""
    with line(port, get() + get(b"/graphql", OPENING)) as mixed:
        assert [mixed.said().status for _ in range(2)] == [200, 400]
        assert mixed.ends()
    with line(port, post()) as later:
        assert later.said().status == 200
        assert later.send(get(b"/graphql", OPENING)).said().status == 101
