"""Compressed bodies, inflated as they come and never beyond a limit.

In charge of gzip and deflate, the two encodings we ask for. Must never hold more than
the limit in memory, whatever a body claims to be.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from typing import Any

from gateway.connectors.acceptance import invalid

_GZIP = 16 + zlib.MAX_WBITS


@dataclass(slots=True)
class Body:
    """A body under way. ``encoding`` is the reply's ``content-encoding``.

    Raises (in every method):
        UpstreamError: invalid: too large, broken, cut off, or an unknown encoding.
    """

    encoding: str
    limit: int
    received: int = 0
    _inflated: int = 0
    _parts: list[bytes] = field(default_factory=list)
    _inflater: Any = None
    """A zlib object; typeshed gives its class no public name."""

    def __post_init__(self) -> None:
        self.encoding = self.encoding.strip().lower()
        if self.encoding in ("gzip", "x-gzip"):
            self._inflater = zlib.decompressobj(_GZIP)
        elif self.encoding not in ("", "identity", "deflate"):
            raise invalid("The source's answer has an encoding that nobody asked for.")

    def expect(self, length: str) -> None:
        """Refuse at once what `content-length` says will be too large as it is."""
        if self._inflater is None and self.encoding != "deflate":
            self._check(int(length))

    def feed(self, chunk: bytes) -> None:
        if not chunk:
            return
        if self.encoding == "deflate" and not self.received:
            self._inflater = zlib.decompressobj(_window(chunk))
        self.received += len(chunk)
        if self._inflater is None:
            self._keep(chunk)
            return
        try:
            self._inflate(chunk)
        except zlib.error as error:
            message = "The source's answer cannot be inflated."
            raise invalid(message, detail=str(error)) from None

    def finish(self) -> bytes:
        """The whole body, once the last chunk was fed."""
        if self._inflater is not None and self.received and not self._inflater.eof:
            raise invalid("The source's answer ends in the middle of its encoding.")
        return b"".join(self._parts)

    def _inflate(self, chunk: bytes) -> None:
        """Inflate one chunk; a gzip file may have several members after another."""
        while chunk:
            if self._inflater.eof:
                if self.encoding == "deflate":
                    raise zlib.error("data after the end")
                self._inflater = zlib.decompressobj(_GZIP)
            room = self.limit - self._inflated + 1
            self._keep(self._inflater.decompress(chunk, room))
            chunk = self._inflater.unconsumed_tail or self._inflater.unused_data

    def _keep(self, part: bytes) -> None:
        self._inflated += len(part)
        self._check(self._inflated)
        self._parts.append(part)

    def _check(self, size: int) -> None:
        if size > self.limit:
            raise invalid(f"The source's answer is larger than {self.limit} bytes.")


def _window(start: bytes) -> int:
    """Zlib's window for `deflate`: with zlib's header as the RFC says, or bare."""
    has_header = start[0] & 0x0F == zlib.DEFLATED and start[0] >> 4 <= 7  # noqa: PLR2004
    return zlib.MAX_WBITS if has_header else -zlib.MAX_WBITS
