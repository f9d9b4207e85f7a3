"""What the lean transport makes of received bytes; no sockets."""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Iterator

import httptools
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.connectors.transport.base import WireReply
from gateway.connectors.transport.lean import quick
from gateway.connectors.transport.lean.reading import ReplyReader
from gateway.errors import ErrorClass, UpstreamError
from gateway.testing.hostile.wire import chunked, head, reply

LIMIT = 1_000
BROKEN = (ErrorClass.RESET, "The connection broke before the answer.")


def read(
    pieces: Iterable[bytes], *, bodyless: bool = False, ends: bool = False
) -> tuple[WireReply | None, bool]:
    """The reply that these pieces are, and whether the connection can go on."""
    reader = ReplyReader()
    reader.begin(LIMIT, bodyless=bodyless)
    for piece in pieces:
        came = reader.feed(piece)
        if came is not None:
            return came, reader.keeps
    return (reader.end() if ends else None), reader.keeps


def bytewise(data: bytes) -> list[bytes]:
    return [data[n : n + 1] for n in range(len(data))]


def cuts(data: bytes) -> Iterator[list[bytes]]:
    """In one piece, in two at every place, and byte by byte."""
    yield [data]
    yield from ([data[:n], data[n:]] for n in range(1, len(data)))
    yield bytewise(data)


ZIPPED = gzip.compress(b'{"a": 1}')
WHOLE = {
    "a length": (reply(b"{}"), 200, b"{}", True),
    "no bytes": (reply(b""), 200, b"", True),
    "chunks": (
        head(200, {"transfer-encoding": "chunked"}) + chunked([b"{", b"}"]),
        200,
        b"{}",
        True,
    ),
    "a trailer": (
        head(200, {"transfer-encoding": "chunked"})
        + b"1\r\n1\r\n0\r\nx-late: 1\r\n\r\n",
        200,
        b"1",
        True,
    ),
    "gzip": (
        head(200, {"content-length": str(len(ZIPPED)), "content-encoding": "gzip"})
        + ZIPPED,
        200,
        b'{"a": 1}',
        True,
    ),
    "no content": (head(204), 204, b"", True),
    "not modified": (head(304, {"content-length": "99"}), 304, b"", True),
    "hints first": (head(103) + head(100) + reply(b"1"), 200, b"1", True),
    "an announced end": (
        head(200, {"connection": "close", "content-length": "1"}) + b"1",
        200,
        b"1",
        False,
    ),
    "HTTP/1.0": (
        head(200, {"content-length": "1"}, version="HTTP/1.0") + b"1",
        200,
        b"1",
        False,
    ),
    "HTTP/1.0 that stays": (
        head(
            200,
            {"content-length": "1", "connection": "keep-alive"},
            version="HTTP/1.0",
        )
        + b"1",
        200,
        b"1",
        True,
    ),
}


@pytest.mark.parametrize("name", WHOLE)
def test_a_reply_is_the_same_however_it_is_cut(name: str) -> None:
    """Packets know nothing of replies."""
    data, status, content, keeps = WHOLE[name]
    for pieces in cuts(data):
        came, kept = read(pieces)
        assert came is not None
        assert (came.status, came.content, kept) == (status, content, keeps)


def test_a_cut_head_is_no_plain_reply() -> None:
    """A length that happens to fit the cut does not make a reply of it."""
    body = b"x" * 500
    for length in range(1, 120):
        data = reply(body[:length])
        for pieces in cuts(data):
            came, _ = read(pieces)
            assert came is not None
            assert came.content == body[:length]


def test_a_body_without_a_length_ends_with_the_connection() -> None:
    """As HTTP/1.0 has it; the connection is spent."""
    for pieces in cuts(head(200, version="HTTP/1.0") + b'{"a": 1}'):
        came, kept = read(pieces, ends=True)
        assert came is not None
        assert (came.content, kept) == (b'{"a": 1}', False)


@pytest.mark.parametrize("cut", range(len(reply(b"{}")) - 1))
def test_an_end_before_the_end_is_a_broken_connection(cut: int) -> None:
    """Wherever it comes: half an answer is none."""
    with pytest.raises(UpstreamError) as caught:
        read([reply(b"{}")[:cut]] if cut else [], ends=True)
    assert (caught.value.kind, caught.value.message) == BROKEN


@pytest.mark.parametrize(
    ("data", "keeps"),
    [
        (head(200, {"content-length": "50"}), True),
        (head(200, {"content-length": "0"}), True),
        (head(200, {"content-length": "50", "content-encoding": "br"}), True),
        (head(200, {"transfer-encoding": "chunked"}), True),
        (head(200), False),
        (reply(b"but it has one"), False),
        (head(100) + head(200, {"content-length": "50"}), False),
    ],
)
def test_a_reply_to_head_ends_with_its_head(data: bytes, keeps: bool) -> None:
    """A body that comes all the same ends the connection."""
    came, kept = read([data], bodyless=True)
    assert came is not None
    assert (came.status, came.content, came.size, kept) == (200, b"", 0, keeps)


def test_a_connection_serves_on_after_a_reply_to_head() -> None:
    """The parser, which waits for the body, is not used again."""
    reader = ReplyReader()
    for _ in range(2):
        reader.begin(LIMIT, bodyless=True)
        assert reader.feed(head(200, {"content-length": "50"})) is not None
        reader.begin(LIMIT, bodyless=False)
        came = [reader.feed(piece) for piece in bytewise(reply(b"{}"))][-1]
        assert came is not None
        assert (came.content, reader.keeps) == (b"{}", True)


@pytest.mark.parametrize("surplus", [b"x", b"HTTP/1.1 200 OK\r\n", reply(b"stolen")])
@pytest.mark.parametrize("name", WHOLE)
def test_bytes_behind_a_reply_end_the_connection(name: str, surplus: bytes) -> None:
    """They would be the next caller's reply."""
    data, _, content, _ = WHOLE[name]
    came, kept = read([data + surplus])
    assert came is not None
    assert (came.content, kept) == (content, False)


TWO_HEADS = b"HTTP/1.1 200 OK\r\n%b\r\n\r\n{}"


@pytest.mark.parametrize(
    "data",
    [
        TWO_HEADS % b"content-length: 2\r\ntransfer-encoding: chunked",
        TWO_HEADS % b"transfer-encoding: chunked\r\ncontent-length: 2",
        TWO_HEADS % b"content-length: 2\r\ncontent-length: 3",
        TWO_HEADS % b"content-length: 2\r\ncontent-length: 2",
        TWO_HEADS % b"content-length: +2",
        TWO_HEADS % b"content-length: 0x2",
        TWO_HEADS % b"content-length: 99999999999999999999",
        TWO_HEADS % b"transfer-encoding: gzip",
        TWO_HEADS % b"transfer-encoding: chunked, gzip",
        TWO_HEADS % b"transfer-encoding: gzip, chunked",
        TWO_HEADS % b"transfer-encoding: chunked\r\ntransfer-encoding: chunked",
        TWO_HEADS % b"content-length : 2",
        TWO_HEADS % b"x: a\r\n folded\r\ncontent-length: 2",
        TWO_HEADS % b"x: a\x00b\r\ncontent-length: 2",
        TWO_HEADS % b"x: a\rb\r\ncontent-length: 2",
        b"HTTP/1.1 200 OK\ncontent-length: 2\n\n{}",
        b"HTTP/1.0 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        b"HTTP/1.1 099 Low\r\ncontent-length: 2\r\n\r\n{}",
        b"HTTP/1.1 2000 High\r\ncontent-length: 2\r\n\r\n{}",
        b"HTTP/1.1 101 Switching\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n",
        head(103, {"content-length": "2"}) + b"{}" + reply(b"{}"),
        head(200, {"transfer-encoding": "chunked"}) + b"2 \r\n{}\r\n0\r\n\r\n",
        head(200, {"transfer-encoding": "chunked"}) + b"-2\r\n{}\r\n0\r\n\r\n",
        head(200, {"transfer-encoding": "chunked"}) + b"2\r\n{}XX0\r\n\r\n",
    ],
)
def test_what_is_ambiguous_is_no_reply(data: bytes) -> None:
    """However it is cut; nobody guesses where a body ends."""
    for pieces in ([data], bytewise(data)):
        with pytest.raises(UpstreamError) as caught:
            read(pieces)
        assert (caught.value.kind, caught.value.message) == BROKEN


@pytest.mark.parametrize(
    "data",
    [
        head(200, {"x": "a" * 70_000, "content-length": "2"}) + b"{}",
        head(200, {f"x-{n}": "a" for n in range(2_001)}) + b"{}",
        head(200, {f"x-{n}": "a" * 1_000 for n in range(70)}) + b"{}",
    ],
)
def test_a_head_has_a_largest_size(data: bytes) -> None:
    """In one piece or many; what never ends ends there."""
    for pieces in ([data], [data[n : n + 999] for n in range(0, len(data), 999)]):
        with pytest.raises(UpstreamError) as caught:
            read(pieces)
        assert (caught.value.kind, caught.value.message) == BROKEN


@pytest.mark.parametrize(
    "pieces",
    [
        [reply(b"x" * (LIMIT + 1))],
        [head(200, {"content-length": str(LIMIT + 1)})],
        [head(200, {"transfer-encoding": "chunked"}), *[b"64\r\n" + b"x" * 100] * 99],
        [head(200), *[b"x" * 100] * 11],
    ],
)
def test_a_body_has_a_largest_size(pieces: list[bytes]) -> None:
    """Known from the length before it comes, or counted as it comes."""
    with pytest.raises(UpstreamError) as caught:
        read(_rejoined(pieces))
    assert (caught.value.kind, caught.value.message) == (
        ErrorClass.INVALID,
        f"The source's answer is larger than {LIMIT} bytes.",
    )


def _rejoined(pieces: list[bytes]) -> Iterator[bytes]:
    """Chunks end with a line of their own; other pieces are as they are."""
    for piece in pieces:
        yield piece + b"\r\n" if piece.startswith(b"64\r\n") else piece


def test_chunks_cannot_be_all_wrapping() -> None:
    """Extensions without end carry no body, and cost like one."""
    wrapped = b"1;x=" + b"y" * 10_000 + b"\r\n1\r\n"
    with pytest.raises(UpstreamError) as caught:
        read([head(200, {"transfer-encoding": "chunked"}), *[wrapped] * 100])
    assert (caught.value.kind, caught.value.message) == BROKEN


def test_headers_are_lower_case_and_joined() -> None:
    """A name that comes twice is one header; UTF-8 is read, Latin-1 let by."""
    lines = [
        b"X-Twice: 1",
        b"x-twice:2 ",
        b"X-Empty:",
        "x-utf: é".encode(),
        "x-latin: é".encode("latin-1"),
        b"Content-Length: 2",
    ]
    data = b"\r\n".join([b"HTTP/1.1 200 OK", *lines, b"", b"{}"])
    came, _ = read([data])
    assert came == WireReply(
        200,
        b"{}",
        {
            "x-twice": "1, 2",
            "x-empty": "",
            "x-utf": "é",
            "x-latin": "é",
            "content-length": "2",
        },
        2,
    )


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("timeout=5", 5.0),
        ("Timeout=7, max=100", 7.0),
        ("max=100", None),
        ("timeout=soon", None),
    ],
)
def test_how_long_a_source_keeps_a_connection_is_read(
    written: str, seconds: float | None
) -> None:
    """Its own word is the best there is, whichever way the head was read."""
    for pieces in ([data := reply(b"{}", headers={"keep-alive": written})], [data]):
        reader = ReplyReader()
        reader.begin(LIMIT, bodyless=False)
        assert [reader.feed(piece) for piece in pieces][-1] is not None
        assert reader.idle_for == seconds


def test_cookies_are_not_remembered() -> None:
    """Heads are, for the next reply that looks alike."""
    secret = b"set-cookie: id=of-one-caller"
    came, _ = read(
        [b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\n" + secret + b"\r\n\r\n1"]
    )
    assert came is not None
    assert came.headers["set-cookie"] == "id=of-one-caller"
    kept = (*quick.known_heads, *quick._lines)
    assert not [known for known in kept if secret in known]


def test_what_is_remembered_is_bounded() -> None:
    """Sources that say something new in every head fill nothing."""
    for n in range(5_000):
        quick.plain_head(b"HTTP/1.1 200 OK\r\nx-id: %d\r\ncontent-length: 1" % n)
    assert len(quick.known_heads) <= 512
    assert len(quick._lines) <= 2_048


class Llhttp:
    """The same head as llhttp reads it."""

    def __init__(self) -> None:
        self.headers: dict[str, str] = {}
        self.body = b""
        self.is_complete = False
        self.parser = httptools.HttpResponseParser(self)

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers[name.decode().lower()] = value.decode("latin-1").strip(" \t")

    def on_body(self, body: bytes) -> None:
        self.body += body

    def on_message_complete(self) -> None:
        self.is_complete = self.parser.should_keep_alive()


TOKEN = st.text("abcXYZ-_!019", min_size=1, max_size=8)
LINE = st.one_of(
    st.builds("{}: {}".format, TOKEN, st.text("aZ0 ,=\t;:\x00\r\n\xe9", max_size=8)),
    st.sampled_from(
        [
            "connection: keep-alive",
            "Connection: close",
            "transfer-encoding: chunked",
            "content-length: 3",
            "keep-alive: timeout=1",
            " folded",
            "no colon",
            "x : y",
            "",
        ]
    ),
)
STARTS = ["HTTP/1.1 200 OK", "HTTP/1.1 404", "HTTP/1.1 204 No", "HTTP/1.0 200 OK"]


@given(st.sampled_from([*STARTS, "HTTP/1.1 100 C", "HTTP/2.0 200", "XTTP/1.1 200"]))
def test_the_first_line_decides_who_reads(start: str) -> None:
    """Only final replies of HTTP/1.1 that have a body are read without the parser."""
    found = quick.plain_head(f"{start}\r\ncontent-length: 2".encode())
    assert (found is not None) == (start in STARTS[:2])


@given(st.sampled_from(STARTS), st.lists(LINE, max_size=6), st.integers(0, 5))
def test_what_is_read_without_the_parser_is_what_the_parser_reads(
    start: str, lines: list[str], at: int
) -> None:
    """Status, headers, length and staying: the narrow grammar is a part of HTTP's."""
    lines.insert(min(at, len(lines)), "content-length: 2")
    wire = "\r\n".join([start, *lines]).encode("latin-1")
    found = None if b"\r\n\r\n" in wire else quick.plain_head(wire)
    if found is None:
        return
    judge = Llhttp()
    judge.parser.feed_data(wire + b"\r\n\r\n" + b"x" * found.length)
    assert found.headers == judge.headers
    assert found.status == judge.parser.get_status_code()
    assert judge.is_complete
    assert judge.body == b"x" * found.length
