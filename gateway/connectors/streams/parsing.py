"""Server-sent events out of bytes, as the HTML standard reads them (9.2.6).

In charge of lines and fields only. Pure. Must never keep more than one event's bytes.
"""

from __future__ import annotations

from typing import NamedTuple

_BOM = b"\xef\xbb\xbf"


class SentEvent(NamedTuple):
    """One event: its type, its data, and the id that stands since it.

    ``content`` None: it was too large, and ``size`` says how large.
    """

    type: str
    content: bytes | None
    id: str
    size: int


class EventParser:
    """Fed with bytes in any pieces. ``limit`` is in bytes of one event.

    ``last`` is the last id that was said. ``retry`` is the time, in seconds, after
    which the source wants to be asked again; None where it says none.
    """

    __slots__ = (
        "_after_cr",
        "_began",
        "_content",
        "_line",
        "_size",
        "_type",
        "_wide",
        "last",
        "limit",
        "retry",
    )

    def __init__(self, limit: int, last: str = "") -> None:
        self.limit = limit
        self.last = last
        self.retry: float | None = None
        self._line = bytearray()
        self._began = False
        self._after_cr = False
        self._type = b""
        self._content: list[bytes] = []
        self._size = 0
        self._wide = False

    def feed(self, chunk: bytes) -> list[SentEvent]:
        """The events that are complete with these bytes."""
        if self._after_cr and chunk:
            chunk = chunk.removeprefix(b"\n")
            self._after_cr = False
        self._after_cr = chunk.endswith(b"\r")
        lines = chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
        found: list[SentEvent] = []
        for line in lines[:-1]:
            self._take(line)
            event = self._ended()
            if event is not None:
                found.append(event)
        self._take(lines[-1])
        return found

    def _take(self, part: bytes) -> None:
        """More of the line; of an event that is too large only its size is kept."""
        self._size += len(part)
        self._wide = self._wide or bool(part)
        if self._size <= self.limit + len(_BOM):
            self._line += part

    def _ended(self) -> SentEvent | None:
        """A line has ended: a field, a comment, or (empty) the end of an event."""
        line, is_wide = bytes(self._line), self._wide
        self._line.clear()
        self._wide = False
        if not self._began:
            self._began = True
            line = line.removeprefix(_BOM)
        if self._size > self.limit:
            return None if is_wide else self._dispatched()
        if not line:
            return self._dispatched()
        name, _, value = line.partition(b":")
        self._field(name, value.removeprefix(b" "))
        if not name:
            self._size -= len(line)  # a comment is no part of an event
        return None

    def _field(self, name: bytes, value: bytes) -> None:
        if name == b"data":
            self._content.append(value)
        elif name == b"event":
            self._type = value
        elif name == b"id" and b"\0" not in value:
            self.last = value.decode(errors="replace")
        elif name == b"retry" and value.isdigit():
            self.retry = int(value[:9]) / 1000

    def _dispatched(self) -> SentEvent | None:
        content, size, kind = self._content, self._size, self._type
        self._content, self._size, self._type = [], 0, b""
        name = kind.decode(errors="replace") or "message"
        if size > self.limit:
            return SentEvent(name, None, self.last, size)
        if not content:
            return None
        return SentEvent(name, b"\n".join(content), self.last, size)
