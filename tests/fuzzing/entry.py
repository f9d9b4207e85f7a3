"""Bytes as what a client sends on one connection: answered well, or the line is cut.

A line ``~`` in the bytes is where one piece ends and the next begins; a length ``?`` is
that of the rest of the piece, so that what changes a body keeps it one. The gateway is
a whole one, with all its doors; its systems are in its files. Time is virtual.
"""

from __future__ import annotations

import asyncio
import atexit
import logging
import tempfile
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

import anyio.to_thread
import httptools
import orjson
from uvicorn.server import ServerState

from gateway.cli.listening import Wishes, asgi, built, server_config
from gateway.schema.server import Application
from gateway.standing import Stage
from gateway.telemetry.events import Crashed, Event
from gateway.testing import VirtualTimeLoop
from tests.project import write

TOKENS = (
    *("POST /graphql HTTP/1.1\r\n", "GET /graphql?query={hi} HTTP/1.1\r\n", "\r\n\r\n"),
    *(
        "GET /health HTTP/1.1\r\n",
        "GET /api/hi?name=x HTTP/1.1\r\n",
        "PUT ",
        "OPTIONS * ",
    ),
    *(
        "host: a\r\n",
        "content-length: ?\r\n",
        "transfer-encoding: chunked\r\n",
        "expect: 100-continue\r\n",
    ),
    *(
        "content-type: application/json\r\n",
        "content-encoding: gzip\r\n",
        "connection: close\r\n",
    ),
    *("accept: application/graphql-response+json\r\n", "accept: text/event-stream\r\n"),
    *(
        "accept: multipart/mixed\r\n",
        "upgrade: websocket\r\nconnection: upgrade\r\n",
        "~\n",
    ),
    *(
        "headwater-plan: include\r\n",
        "x-request-id: ",
        "HTTP/1.0\r\n",
        "charset=utf-16",
        "\x00",
    ),
    *(
        '{"query":"',
        '"}',
        '"variables":{',
        '"operationName":',
        '"extensions":',
        "{ hi }",
        "%00",
        "%c0",
    ),
    *(
        "query Q($a: Int = 1) { ",
        "__typename ",
        "...F",
        "fragment F on Query {",
        "@defer",
        "@skip(if: true)",
    ),
    *(
        "subscription { ",
        "mutation { ",
        '"""',
        "\\ud800",
        "1e999",
        "[[[[[[",
        "{{{{{{",
        "null",
        "/mcp",
        "/-/",
    ),
)
FILES = {
    "headwater.yaml": "sources:\n  words: { type: static, data: { a: { name: b } } }\n"
    "api: true\nagents: { hosts: ['*'] }\nserver: { hosts: '*' }\n",
    "schema/hi.graphql": "type Hi { name: String, key: ID, all(first: Int): [Hi!] }\n"
    "input Deep { deep: Deep, text: String }\n",
    "profiles/hi.yaml": "language: 1\noperation: hi\n"
    'args: { name: String = "a", deep: Deep, many: "[Int!]" }\n'
    "steps:\n  - { name: it, type: static, source: words, key: '${ name }' }\n"
    "  - { name: said, type: value, value: '${ name }', fills: Hi.key }\n"
    "returns: Hi\n",
}
UNSPOKEN = {501, 505}
"""Codings and versions of HTTP that we do not speak: the standard's own answers."""
GO_ON = 100
"""What whoever asks before he sends a body is told first."""
_IDLE = 60.0
"""Virtual seconds until every line of a silent client has been cut."""
_AFTER_WORK = 5.0


class Line(asyncio.Transport):
    """The server's side of a connection whose other side is ours."""

    def __init__(self) -> None:
        super().__init__({"peername": ("127.0.0.1", 9), "sockname": ("127.0.0.1", 1)})
        self.sent, self.cut, self.ended = bytearray(), False, False

    def write(self, data: Any) -> None:
        if self.ended and not self.cut:
            raise RuntimeError("written behind the end")  # as asyncio says
        if not self.cut:  # an answer to somebody who has gone is lost, as it is in life
            self.sent += data

    def close(self) -> None:
        self.cut = True

    abort = close

    def is_closing(self) -> bool:
        return self.cut

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self.side = protocol

    def get_protocol(self) -> Any:
        return self.side

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None:
        self.ended = True

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...

    def set_write_buffer_limits(self, *_: object, **__: object) -> None: ...

    def get_write_buffer_size(self) -> int:
        return 0


class Answers:
    """What the server said, read by a strict reader."""

    def __init__(self) -> None:
        self.parser = httptools.HttpResponseParser(self)
        self.found: list[tuple[int, dict[str, str], bytes]] = []
        self.whole = True

    def on_message_begin(self) -> None:
        self.headers: dict[str, str] = {}
        self.body = b""
        self.whole = False

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers[name.decode("ascii").lower()] = value.decode("latin-1")

    def on_body(self, body: bytes) -> None:
        self.body += body

    def on_message_complete(self) -> None:
        status = self.parser.get_status_code()
        self.found.append((status, self.headers, self.body))
        self.whole = True


class Server:
    """A gateway that was warmed up, and its loop."""

    def __init__(self) -> None:
        self.loop = VirtualTimeLoop()
        atexit.register(self.loop.close)
        self.events: list[Event] = []
        self.complaints: list[dict[str, Any]] = []
        self.loop.set_exception_handler(lambda _, told: self.complaints.append(told))
        config = write(Path(tempfile.mkdtemp(prefix="fuzzed-")), FILES)
        gateway = built(Wishes(config=(str(config),)), self.events.append)
        gateway.stage = Stage.SERVING
        self.app: Application = asgi(gateway)
        self.config = server_config(self.app, gateway)
        self.config.load()
        logging.getLogger("uvicorn").setLevel(logging.CRITICAL)

    def ask(self, pieces: list[bytes]) -> tuple[bytes, bool]:
        """All that is said to these pieces, and whether the line was cut at the end."""
        with patch.object(anyio.to_thread, "run_sync", _here):
            return self.loop.run_until_complete(self._asked(pieces))

    async def _asked(self, pieces: list[bytes]) -> tuple[bytes, bool]:
        line, state = Line(), ServerState()
        line.side = self.app.connection(self.config, state, {})
        line.side.connection_made(line)
        for piece in pieces:
            if not line.cut:
                line.side.data_received(piece)
            for _ in range(3):
                await asyncio.sleep(0)
        await asyncio.sleep(_AFTER_WORK)
        line.side.eof_received()
        await asyncio.sleep(_IDLE)
        cut = line.cut
        line.side.connection_lost(None)
        await asyncio.sleep(_IDLE)
        assert not state.tasks, "something goes on for a client that has gone"
        return bytes(line.sent), cut


async def _here(work: Callable[..., Any], *given: Any, **_: object) -> Any:
    """What Starlette does in a thread, in this one: time would jump past it."""
    return work(*given)


@cache
def server() -> Server:
    """One for all inputs, as in life."""
    return Server()


def seeds() -> Iterator[bytes]:
    """A request at each door, whole and in pieces."""
    for query in ("{ hi { name } }", "{ hi { key all { name } } __typename }"):
        body = orjson.dumps({"query": query, "variables": {"a": 1}})
        head = (
            b"POST /graphql HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n"
        )
        whole = head + b"content-length: ?\r\n\r\n" + body
        yield whole
        yield whole + b"~\n" + whole
        yield whole[:60] + b"~\n" + whole[60:]
        chunks = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
        yield head + b"transfer-encoding: chunked\r\n\r\n" + chunks
        for form in (b"text/event-stream", b"multipart/mixed", b"*/*;q=0"):
            yield whole.replace(b"host: a", b"host: a\r\naccept: " + form)
    for line in (
        *(b"GET /health", b"GET /metrics", b"GET /graphql?query={hi{name}}", b"GET /"),
        *(
            b"GET /api/hi?name=a&fields=name",
            b"GET /api",
            b"OPTIONS /graphql",
            b"PUT /",
        ),
        b"POST /mcp",
    ):
        yield line + b" HTTP/1.1\r\nhost: a\r\n\r\n"
    key = (
        b"sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-version: 13\r\n"
    )
    asks = b"upgrade: websocket\r\nconnection: upgrade\r\n" + key
    asks += b"sec-websocket-protocol: graphql-transport-ws\r\n\r\n"
    asks = b"GET /graphql HTTP/1.1\r\nhost: a\r\n" + asks
    begins = _frame(b'{"type":"connection_init"}')
    told = b'{"id":"1","type":"subscribe","payload":{"query":"{ hi { name } }"}}'
    for frames in (b"", begins, begins + _frame(told), _frame(b"{", 2), b"\x88\x80"):
        yield asks + b"~\n" + frames


def _sized(piece: bytes) -> bytes:
    """The piece with its first open length filled in."""
    head, end, body = piece.partition(b"\r\n\r\n")
    return head.replace(b"length: ?", b"length: %d" % len(body), 1) + end + body


def _frame(text: bytes, kind: int = 1) -> bytes:
    """A WebSocket frame whose mask changes nothing, so that it can be read."""
    return bytes((0x80 | kind, 0x80 | len(text))) + bytes(4) + text


def try_one(data: bytes) -> None:
    """Well-formed answers below 500, and nothing that crashed."""
    here = server()
    here.events.clear()
    here.complaints.clear()
    said, _ = here.ask([_sized(piece) for piece in data.split(b"~\n")])
    assert not here.complaints, here.complaints
    assert not [event for event in here.events if isinstance(event, Crashed)]
    answers = Answers()
    try:
        answers.parser.feed_data(said)
    except httptools.HttpParserUpgrade:
        return  # from here on it is no HTTP
    except httptools.HttpParserError as error:
        raise AssertionError(f"no HTTP: {said!r}") from error
    for status, headers, body in answers.found:
        if status == GO_ON:
            continue  # the answer follows
        assert 200 <= status < 500 or status in UNSPOKEN, (status, body)
        if "json" in headers.get("content-type", "") and body:
            answer = orjson.loads(body)
            told = b"INTERNAL_SERVER_ERROR" in body
            assert not told, answer
