"""A client that writes what it likes to a socket, and reads what comes of it."""

from __future__ import annotations

import json
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

PATIENCE = 60.0
"""Seconds after which something hangs."""
GOOD = b'{"query":"{ __typename }"}'
ANSWER = {"data": {"__typename": "Query"}}
HEAD = b"host: [::1]\r\ncontent-type: application/json\r\n"


def post(
    body: bytes = GOOD, more: bytes = b"", *, length: bytes | None = None
) -> bytes:
    """A POST with further header lines, and perhaps with a length that is not true."""
    said = b"%d" % len(body) if length is None else length
    head = b"POST /graphql HTTP/1.1\r\n" + HEAD + more
    return head + b"content-length: " + said + b"\r\n\r\n" + body


def chunked(body: bytes, more: bytes = b"transfer-encoding: chunked\r\n") -> bytes:
    """A POST without a length, whose body is as it stands."""
    return b"POST /graphql HTTP/1.1\r\n" + HEAD + more + b"\r\n" + body


def get(path: bytes = b"/graphql?query={__typename}", more: bytes = b"") -> bytes:
    return b"GET " + path + b" HTTP/1.1\r\nhost: [::1]\r\n" + more + b"\r\n"


@dataclass(frozen=True, slots=True)
class Said:
    """One answer. ``closes`` as its headers have it."""

    status: int
    head: bytes
    body: bytes

    @property
    def closes(self) -> bool:
        return b"\r\nconnection: close" in self.head

    @property
    def json(self) -> object:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        """Of its first error."""
        found = json.loads(self.body)["errors"][0]["extensions"]["code"]
        assert isinstance(found, str)
        return found


@dataclass(slots=True)
class Line:
    """One connection."""

    socket: socket.socket
    rest: bytes = b""

    def send(self, data: bytes) -> Line:
        """All of it, or as much as the other side takes before it ends."""
        with suppress(ConnectionError):
            self.socket.sendall(data)
        return self

    def floods(self, data: bytes) -> None:
        """Send it again and again, until nobody is there to take it."""
        with suppress(ConnectionError):
            while True:
                self.socket.sendall(data)

    def said(self) -> Said:
        """The next answer, which has a length."""
        while b"\r\n\r\n" not in self.rest:
            self._more()
        head, _, self.rest = self.rest.partition(b"\r\n\r\n")
        status = int(head.split()[1])
        length = 0
        for line in head.lower().split(b"\r\n"):
            if line.startswith(b"content-length:"):
                length = int(line.partition(b":")[2])
        while len(self.rest) < length:
            self._more()
        body, self.rest = self.rest[:length], self.rest[length:]
        return Said(status, head, body)

    def ends(self) -> bool:
        """Whether the other side closes, and says nothing more."""
        try:
            return self.rest == b"" and self.socket.recv(1) == b""
        except ConnectionError:
            return True

    def _more(self) -> None:
        part = self.socket.recv(65_536)
        assert part, f"it ended after {self.rest[:200]!r}"
        self.rest += part


@contextmanager
def line(port: int, data: bytes = b"") -> Iterator[Line]:
    """A connection on which something was sent."""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connected:
        yield Line(connected).send(data)


def is_answered(port: int) -> bool:
    """Whether a good query is, on a connection of its own."""
    with line(port, post()) as good:
        return good.said().json == ANSWER


# -- WebSockets ------------------------------------------------------------------------

OPENING = (
    b"upgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-version: 13\r\n"
    b"sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    b"sec-websocket-protocol: graphql-transport-ws\r\n"
)
TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
_SHORT, _MIDDLE = 126, 65_536


def frame(
    opcode: int, payload: bytes = b"", *, last: int = 1, masked: int = 1
) -> bytes:
    """One frame; its mask is zeros."""
    size = len(payload)
    head = bytes([last << 7 | opcode])
    if size < _SHORT:
        head += bytes([masked << 7 | size])
    elif size < _MIDDLE:
        head += bytes([masked << 7 | 126]) + struct.pack("!H", size)
    else:
        head += bytes([masked << 7 | 127]) + struct.pack("!Q", size)
    return head + (b"\0\0\0\0" if masked else b"") + payload


@contextmanager
def websocket(port: int) -> Iterator[Line]:
    """One that is open and has introduced itself."""
    with line(port, get(b"/graphql", OPENING)) as opened:
        assert opened.said().status == 101
        opened.send(frame(TEXT, b'{"type":"connection_init"}'))
        assert b"connection_ack" in message(opened)
        yield opened


def message(opened: Line) -> bytes:
    """The payload of the next frame; of one that closes, its code and reason."""

    def take(count: int) -> bytes:
        while len(opened.rest) < count:
            opened._more()
        taken, opened.rest = opened.rest[:count], opened.rest[count:]
        return taken

    size = take(2)[1] & 127
    if size == _SHORT:
        size = int.from_bytes(take(2), "big")
    elif size > _SHORT:
        size = int.from_bytes(take(8), "big")
    return take(size)


def closing(opened: Line) -> int:
    """The code with which it is closed, however many frames came before."""
    while True:
        while len(opened.rest) < 2:
            opened._more()
        opcode = opened.rest[0] & 15
        payload = message(opened)
        if opcode == CLOSE:
            return int.from_bytes(payload[:2], "big")
