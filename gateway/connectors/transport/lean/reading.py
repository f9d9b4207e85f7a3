"""Received bytes → replies, one after another, for one connection. Pure.

In charge of where a reply ends, of its limits, and of whether the connection is worth
keeping afterwards. Plain heads are `quick`'s; of all others llhttp does the grammar,
and what it lets by and we do not (any transfer encoding but `chunked`, endless heads,
bytes behind a reply) is refused here. Must never hold more of a body than the limit,
nor wait.
"""

from __future__ import annotations

import httptools

from gateway.connectors.acceptance import invalid
from gateway.connectors.transport.base import WireReply
from gateway.connectors.transport.inflate import Body
from gateway.connectors.transport.lean.quick import (
    Head,
    idle_for,
    known_heads,
    plain_head,
)
from gateway.connectors.transport.lean.trouble import broken
from gateway.errors import UpstreamError

_MOST_HEAD = 65_536
"""Bytes of one head; interim replies have heads of their own."""
_MOST_HEADERS = 2_000
_MOST_NAMES = 1_024
_FINAL = 200
_BODYLESS = (204, 304)
_UNBOUNDED = 1 << 62
_OVERHEAD = 8
"""Wire bytes for each byte of a chunked body at most: chunks of one byte take six."""

_names: dict[bytes, str] = {}
"""Header names as they came, lower-cased once; bounded, since sources choose them."""


class ReplyReader:
    """Reads the replies of one connection. `begin` before each, then `feed` or `end`.

    ``keeps`` says after a whole reply whether the connection can serve another;
    ``idle_for`` is how long the source keeps it open, in seconds, where it said so.
    """

    __slots__ = (
        "_bodyless",
        "_complete",
        "_fed",
        "_head",
        "_headers",
        "_inflating",
        "_limit",
        "_missing",
        "_most",
        "_parser",
        "_parts",
        "_room",
        "_status",
        "_until_close",
        "idle_for",
        "keeps",
    )

    def __init__(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._parts: list[bytes] = []
        self.idle_for: float | None = None
        self.keeps = False

    def begin(self, limit: int, *, bodyless: bool) -> None:
        """Expect a reply whose inflated body has at most ``limit`` bytes.

        ``bodyless`` is for HEAD, whose replies describe a body that does not come.
        """
        self._limit = limit
        self._bodyless = bodyless
        self._fed = self._missing = 0

    def feed(self, data: bytes) -> WireReply | None:
        """Read on; the reply, once it is whole.

        Raises:
            UpstreamError: reset, where it is no HTTP; invalid, where the body is too
                large or cannot be inflated.
        """
        if not self._fed:
            end = data.find(b"\r\n\r\n")
            if end > 0 and not self._bodyless:
                text = data[:end]
                head = known_heads.get(text) or plain_head(text)
                if head is not None and not head.encoding:
                    status, headers, length, _, self.idle_for = head
                    if end + 4 + length == len(data) and length <= self._limit:
                        self.keeps = True
                        return WireReply(status, data[end + 4 :], headers, length)
                    return self._plain(head, data, end + 4)
            self._start()
        elif self._missing:
            return self._more(data)
        return self._parsed(data)

    def end(self) -> WireReply:
        """The source has closed its side, which is how some replies end.

        Raises:
            UpstreamError: reset: this reply does not end here; invalid, where its
                encoding does not.
        """
        if not self._fed or not self._until_close:
            raise broken("closed in the middle of a reply" if self._fed else "closed")
        return self._reply()

    def _plain(self, head: Head, data: bytes, start: int) -> WireReply | None:
        """A plain reply, its body from ``start`` on; most come whole.

        Raises:
            UpstreamError: invalid, where it is too large.
        """
        length = head.length
        if length > self._limit:
            raise self._too_large()
        missing = start + length - len(data)
        self.keeps, self.idle_for = missing == 0, head.idle_for
        if missing <= 0:
            content = data[start : start + length]
            return WireReply(head.status, content, head.headers, length)
        self._head, self._parts, self._missing = head, [data[start:]], missing
        self._fed, self._until_close = len(data), False
        return None

    def _more(self, data: bytes) -> WireReply | None:
        """More of a plain reply's body."""
        self._missing = missing = self._missing - len(data)
        self._parts.append(data if missing >= 0 else data[:missing])
        if missing > 0:
            return None
        head, self._missing, self.keeps = self._head, 0, missing == 0
        content = b"".join(self._parts)
        return WireReply(head.status, content, head.headers, head.length)

    def _start(self) -> None:
        """The parser's turn, for one reply."""
        self._headers: dict[str, str] = {}
        self._parts = []
        self._inflating: Body | None = None
        self._room = self._limit
        self._status = 0
        self._most = _MOST_HEAD
        self._complete = self._until_close = self.keeps = False

    def _parsed(self, data: bytes) -> WireReply | None:
        self._fed += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            self.keeps = False
            if not self._complete:
                raise _why(error) from None
        if self._complete:
            if self._bodyless:
                self._after_bodyless(data)
            return self._reply()
        if self._fed > self._most:
            raise broken("more bytes around the reply's body than anyone needs")
        return None

    def _reply(self) -> WireReply:
        inflating = self._inflating
        if inflating is not None:
            content, size = inflating.finish(), inflating.received
        else:
            content, size = b"".join(self._parts), self._limit - self._room
        return WireReply(self._status, content, self._headers, size)

    # What the parser calls; what is raised here reaches `feed` as an error's context.

    def on_message_begin(self) -> None:
        if self._complete:
            raise broken("bytes behind the reply")

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._status >= _FINAL:
            return  # a trailer: nobody asked for one
        known = _names.get(name) or _named(name)
        headers = self._headers
        text = _text(value)
        headers[known] = f"{headers[known]}, {text}" if known in headers else text

    def on_headers_complete(self) -> None:
        self._status = status = self._parser.get_status_code()
        if status < _FINAL:
            self._interim()
            return
        headers = self._headers
        if len(headers) > _MOST_HEADERS or self._fed > _MOST_HEAD:
            self._check_head()
        if self._bodyless or status in _BODYLESS:
            self._complete = self._bodyless
            self.keeps = self._parser.should_keep_alive()
            return
        length = headers.get("content-length")
        if length is None:
            self._frame()
        else:
            self._most = _UNBOUNDED  # the parser counts
        encoding = headers.get("content-encoding")
        if encoding is not None:
            self._inflating = Body(encoding, self._limit)
        elif length is not None and int(length) > self._limit:
            raise self._too_large()

    def on_body(self, chunk: bytes) -> None:
        if self._inflating is not None:
            self._inflating.feed(chunk)
            return
        if self._complete or self._status < _FINAL:
            raise broken("a body where there is none")
        self._room -= len(chunk)
        if self._room < 0:
            raise self._too_large()
        self._parts.append(chunk)

    def on_message_complete(self) -> None:
        if self._status < _FINAL:
            self._headers, self._status, self._fed = {}, 0, 1
            return
        self._complete = True
        self.keeps = self._parser.should_keep_alive()
        if "keep-alive" in self._headers:
            self.idle_for = idle_for(self._headers)

    def _interim(self) -> None:
        """A reply before the reply: passed over, unless it wants another protocol.

        Raises:
            UpstreamError: reset.
        """
        if self._status in (0, 101) or self._status < 100:  # noqa: PLR2004 - 1xx
            raise broken(f"a reply with status {self._status}")

    def _frame(self) -> None:
        """How a body without a length ends: by its chunks, or with the connection.

        Raises:
            UpstreamError: reset, for a transfer encoding that is not plain `chunked`.
        """
        coding = self._headers.get("transfer-encoding")
        if coding is None:
            self._until_close, self._most = True, _UNBOUNDED
            return
        is_old = self._parser.get_http_version() == "1.0"
        if coding.lower() != "chunked" or is_old:
            raise broken("a transfer encoding that nobody asked for")
        self._most = self._fed + _MOST_HEAD + _OVERHEAD * self._limit

    def _check_head(self) -> None:
        size = sum(len(name) + len(value) for name, value in self._headers.items())
        if len(self._headers) > _MOST_HEADERS or size > _MOST_HEAD:
            raise broken("a head that is too large")

    def _after_bodyless(self, data: bytes) -> None:
        """Begin anew behind a head whose body the parser would wait for."""
        self.keeps = self.keeps and data.find(b"\r\n\r\n") == len(data) - 4
        self._parser = httptools.HttpResponseParser(self)

    def _too_large(self) -> UpstreamError:
        return invalid(f"The source's answer is larger than {self._limit} bytes.")


def _why(error: httptools.HttpParserError) -> UpstreamError:
    cause = error.__context__
    if isinstance(cause, UpstreamError):
        return cause
    return broken(f"{type(error).__name__}: {error}")


def _named(name: bytes) -> str:
    """The name in lower case, remembered while there is room; a token, so ASCII."""
    text = name.decode("latin-1").lower()
    if len(_names) < _MOST_NAMES:
        _names[name] = text
    return text


def _text(value: bytes) -> str:
    """A header's value: UTF-8 where it is, else Latin-1, as HTTP once said."""
    try:
        return value.decode().strip()
    except UnicodeDecodeError:
        return value.decode("latin-1").strip()
