"""The encodings we can read: gzip and deflate always, br and zstd with their libraries.

In charge of one step of inflating, never of more output than was asked for, so that
whoever counts can stop. The only importer of zlib, brotli and zstd.
"""

from __future__ import annotations

import functools
import importlib
import zlib
from collections.abc import Callable
from typing import Any, Protocol

_GZIP = 16 + zlib.MAX_WBITS
_WINDOW_LOG = 23
"""Largest zstd window, 8 MiB: what RFC 9659 has receivers accept."""


class CorruptError(Exception):
    """The bytes are not of this encoding."""


class Inflater(Protocol):
    """One body's state."""

    @property
    def is_whole(self) -> bool:
        """Whether the encoding may end here."""

    def step(self, chunk: bytes, most: int) -> tuple[bytes, bytes | None]:
        """About ``most`` bytes of output, and what to step with next; None for more.

        Raises:
            CorruptError: this is another encoding, or goes on behind its end.
        """


class Zlib:
    """gzip, with one member after another, and deflate in both its spellings."""

    __slots__ = ("_members", "_state")

    def __init__(self, window: int | None) -> None:
        """``window`` None is told by the first byte: RFC 1950's header, or none."""
        self._members = window == _GZIP
        self._state: Any = None if window is None else zlib.decompressobj(window)

    @property
    def is_whole(self) -> bool:
        return self._state is not None and bool(self._state.eof)

    def step(self, chunk: bytes, most: int) -> tuple[bytes, bytes | None]:
        if self._state is None:
            self._state = zlib.decompressobj(_window(chunk))
        elif self._state.eof:
            if not self._members:
                raise CorruptError("data after the end")
            self._state = zlib.decompressobj(_GZIP)
        try:
            part = self._state.decompress(chunk, most)
        except zlib.error as error:
            raise CorruptError(str(error)) from None
        return part, self._state.unconsumed_tail or self._state.unused_data or None


class Brotli:
    """br."""

    __slots__ = ("_library", "_state")

    def __init__(self, library: Any) -> None:
        self._library = library
        self._state = library.Decompressor()

    @property
    def is_whole(self) -> bool:
        return bool(self._state.is_finished())

    def step(self, chunk: bytes, most: int) -> tuple[bytes, bytes | None]:
        if self._state.is_finished():
            raise CorruptError("data after the end")
        try:
            part = self._state.process(chunk, output_buffer_limit=most)
        except self._library.error as error:
            raise CorruptError(str(error)) from None
        return part, None if self._state.can_accept_more_data() else b""


class Zstd:
    """zstd, with one frame after another."""

    __slots__ = ("_library", "_state")

    def __init__(self, library: Any) -> None:
        self._library = library
        self._state = self._frame()

    @property
    def is_whole(self) -> bool:
        return bool(self._state.eof)

    def step(self, chunk: bytes, most: int) -> tuple[bytes, bytes | None]:
        if self._state.eof:
            self._state = self._frame()
        try:
            part = self._state.decompress(chunk, most)
        except self._library.ZstdError as error:
            raise CorruptError(str(error)) from None
        if self._state.eof:
            return part, self._state.unused_data or None
        return part, None if self._state.needs_input else b""

    def _frame(self) -> Any:
        limit = self._library.DecompressionParameter.window_log_max
        return self._library.ZstdDecompressor(options={limit: _WINDOW_LOG})


@functools.cache
def inflaters() -> dict[str, Callable[[], Inflater]]:
    """What makes an inflater, by the encoding's name; empty names are no encoding."""
    made: dict[str, Callable[[], Inflater]] = {
        "gzip": lambda: Zlib(_GZIP),
        "deflate": lambda: Zlib(None),
    }
    brotli = _library("brotli")
    if brotli is not None and hasattr(brotli.Decompressor, "can_accept_more_data"):
        made["br"] = lambda: Brotli(brotli)
    zstd = _library("compression.zstd") or _library("backports.zstd")
    if zstd is not None:
        made["zstd"] = lambda: Zstd(zstd)
    return made


def accept_encoding() -> str:
    """The value of `accept-encoding`: nothing that cannot be read is asked for."""
    return ", ".join(inflaters())


def _library(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


def _window(start: bytes) -> int:
    """Zlib's window for `deflate`: with zlib's header as the RFC says, or bare."""
    has_header = start[0] & 0x0F == zlib.DEFLATED and start[0] >> 4 <= 7  # noqa: PLR2004
    return zlib.MAX_WBITS if has_header else -zlib.MAX_WBITS
