"""Server-sent events: their bytes as the standard reads them, and a real connection."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from gateway.connectors.credentials.settings import BearerSettings
from gateway.connectors.rest import RestSource
from gateway.connectors.rest_request import RestTarget
from gateway.connectors.settings import RestSettings
from gateway.connectors.streams.events import Events
from gateway.connectors.streams.parsing import EventParser, SentEvent
from gateway.connectors.streams.target import StreamTarget
from gateway.errors import ErrorClass, UpstreamError
from gateway.testing.contract.subject import call_of, within
from tests.connectors.streams.contract import Heard, Listened, StreamContract, some
from tests.connectors.streams.sse_server import TOKEN, SseServer

SSE_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n"
REQUEST = RestTarget("GET", ("/payments",))
TARGET = StreamTarget(Events(REQUEST), resumes=True)


@pytest.fixture
async def server() -> AsyncIterator[SseServer]:
    made = SseServer()
    await made.start()
    yield made
    await made.stop()


def opened(url: str, token: str = TOKEN, limit: int = 5_000_000) -> Listened:
    auth = BearerSettings(token)
    source = RestSource(RestSettings(url, auth=auth, response_limit=limit))
    return Listened(source, TARGET)


class TestEvents(StreamContract):
    """An endpoint that keeps what it said."""

    @pytest.fixture
    async def heard(self, server: SseServer) -> Heard:
        return Heard(
            open=lambda: opened(server.url),
            call=call_of(TARGET),
            say=server.say,
            dead=lambda: opened("http://127.0.0.1:9"),
            keeps=True,
            checks=False,
            listeners=server.listeners,
            cut=server.cut,
            stranger=lambda: opened(server.url, "wr0ng-token"),
            secrets=(TOKEN, "wr0ng-token"),
        )


async def test_the_request_says_what_it_wants_and_where_to_go_on(
    server: SseServer,
) -> None:
    """`Accept`, and `Last-Event-ID` of what was heard."""
    source = opened(server.url)
    await server.say(b"1")
    async with source.listen(within(call_of(TARGET)), "1"):
        pass
    await source.close()
    lines = server.asked[0].lower().split(b"\r\n")
    assert b"accept: text/event-stream" in lines
    assert b"last-event-id: 1" in lines
    assert b"accept-encoding: identity" in lines


async def test_only_events_of_a_type_count(server: SseServer) -> None:
    """`event:`; others and comments are passed over, and move the place on."""
    target = StreamTarget(Events(REQUEST, frozenset({"paid"})))
    source = opened(server.url)
    source = Listened(source.source, target)
    async with source.listen(within(call_of(target)), None) as events:
        await server.send(b": hello\n\nevent: other\nid: 7\ndata: 1\n\n")
        await server.send(b'event: paid\ndata: {"a":\ndata: 1}\n\n')
        (event,) = await some(events, 1)
    await source.close()
    assert (event.body, event.id, event.headers) == ({"a": 1}, "7", {"event": "paid"})


async def test_an_event_that_is_too_large_is_told_and_the_next_is_heard(
    server: SseServer,
) -> None:
    """`limits.response` is for one event; the stream may go on for ever."""
    source = opened(server.url, limit=100)
    async with source.listen(within(call_of(TARGET)), None) as events:
        for _ in range(50):
            await server.send(b"data: " + b"x" * 1_000 + b"\n")
        await server.send(b"\n")
        await server.say(b'"fine"')
        bad, good = await some(events, 2)
    await source.close()
    assert (bad.body, bad.trouble, bad.size) == (None, "it is too large", 50_300)
    assert good.body == "fine"


@pytest.mark.parametrize(
    ("head", "kind", "status"),
    [
        (b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\n\r\n", "invalid", None),
        (
            SSE_HEAD + b"content-encoding: gzip\r\n\r\n",
            "invalid",
            None,
        ),
        (b"HTTP/1.1 503 Not now\r\ncontent-length: 0\r\n\r\n", "status", 503),
        (
            b"HTTP/1.1 302 There\r\nlocation: /x\r\ncontent-length: 0\r\n\r\n",
            "status",
            302,
        ),
    ],
)
async def test_what_is_no_stream_is_told(
    server: SseServer, head: bytes, kind: str, status: int | None
) -> None:
    """Entering fails, so that nobody waits for events that never come."""
    server.head = head
    source = opened(server.url)
    with pytest.raises(UpstreamError) as refused:
        async with source.listen(within(call_of(TARGET)), None):
            pass
    await source.close()
    assert (refused.value.kind, refused.value.status) == (ErrorClass(kind), status)


async def test_a_source_that_has_no_more_to_say_ends_the_stream(
    server: SseServer,
) -> None:
    """Status 204 is the standard's word for: do not come back."""
    server.head = b"HTTP/1.1 204 No Content\r\n\r\n"
    source = opened(server.url)
    async with source.listen(within(call_of(TARGET)), None) as events:
        found = [event async for event in events]
    await source.close()
    assert found == []


@pytest.mark.parametrize(
    ("pieces", "found"),
    [
        ((b"data: a\n\n",), [(b"a", "message", "")]),
        ((b"\xef\xbb\xbfdata:a\r\ndata: b\r\n\r\n",), [(b"a\nb", "message", "")]),
        ((b"data: a\r", b"\n\r", b"\n"), [(b"a", "message", "")]),
        ((b"data: a\r\r",), [(b"a", "message", "")]),
        ((b"data\n\n",), [(b"", "message", "")]),
        ((b"event: x\n\ndata:  b\n\n",), [(b" b", "message", "")]),
        ((b"id: 1\n\ndata: b\n\n",), [(b"b", "message", "1")]),
        ((b"id: 1\nid\ndata: b\n\n",), [(b"b", "message", "")]),
        ((b"id: a\0b\ndata: b\n\n",), [(b"b", "message", "")]),
        ((b": hi\nnope: x\ndata: b\n\n",), [(b"b", "message", "")]),
        ((b"data: never ended",), []),
        (
            (b"event: a\ndata: 1\n\ndata: 2\n\n",),
            [(b"1", "a", ""), (b"2", "message", "")],
        ),
    ],
)
def test_bytes_are_read_as_the_standard_says(
    pieces: tuple[bytes, ...], found: list[tuple[bytes, str, str]]
) -> None:
    """However they are cut into pieces."""
    whole = b"".join(pieces)
    for chunks in (pieces, (whole,), tuple(bytes([each]) for each in whole)):
        parser = EventParser(1_000)
        made = [event for chunk in chunks for event in parser.feed(chunk)]
        assert [(e.content, e.type, e.id) for e in made] == found


def test_an_event_that_is_too_large_is_never_kept() -> None:
    """Only its size is; what it was cut into changes nothing."""
    parser = EventParser(20)
    made = [e for _ in range(10) for e in parser.feed(b"data: 0123456789\n")]
    made += parser.feed(b"id: 9\n\ndata: ok\n\n")
    assert made == [
        SentEvent("message", None, "", 165),
        SentEvent("message", b"ok", "", 8),
    ]
