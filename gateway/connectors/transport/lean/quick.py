"""The head of a plain reply, read without a parser and remembered. Pure.

Most replies are plain: a status, a handful of headers, a length. In charge of telling
those from everything else, by a grammar that is a narrow part of HTTP's: what it reads,
llhttp reads to the same end, and what it does not know is left to llhttp. Heads and
their lines are remembered, since sources repeat themselves. Must never guess, and never
remember a cookie.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

_STATUS = re.compile(rb"HTTP/1\.1 ([2-5][0-9][0-9])(?: [\x20-\x7e]*)?")
_NAME = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}")
_DIGITS = 12
_BODYLESS = (204, 304)
_MOST_HEADS = 512
_MOST_LINES = 2_048
_LONGEST = 1_024
_MOST_HEADERS = 64
_NOT_PLAIN = frozenset({"transfer-encoding", "upgrade", "trailer"})


class Head(NamedTuple):
    """A plain reply's head: its body has ``length`` bytes, then the connection is free.

    ``encoding`` is the body's, empty for none. ``idle_for`` is how long the source
    keeps the connection open, in seconds, where it says so.
    """

    status: int
    headers: Mapping[str, str]
    length: int
    encoding: str
    idle_for: float | None


known_heads: dict[bytes, Head] = {}
_lines: dict[bytes, tuple[str, str]] = {}
_statuses: dict[bytes, int] = {}
_names: dict[bytes, str] = {}
"""All bounded: where they are full, of dates gone by, they begin anew."""


def plain_head(head: bytes) -> Head | None:
    """A head without the empty line behind it; None where it is not plain.

    Not for replies to HEAD, whose length is of a body that does not come.
    """
    return known_heads.get(head) or _read(head)


def idle_for(headers: Mapping[str, str]) -> float | None:
    """The seconds of `Keep-Alive: timeout=5, max=100`."""
    for part in headers.get("keep-alive", "").split(","):
        name, _, value = part.strip().partition("=")
        if name.lower() == "timeout" and value.isascii() and value.isdigit():
            return float(value[:_DIGITS])
    return None


def _read(head: bytes) -> Head | None:
    if len(head) > _LONGEST:
        return None
    first, *lines = head.split(b"\r\n")
    status = _statuses.get(first) or _status(first)
    headers = _headers(lines) if status else None
    if headers is None:
        return None
    length = headers.get("content-length", "")
    if (
        not length.isdigit()
        or len(length) > _DIGITS
        or not _NOT_PLAIN.isdisjoint(headers)
        or headers.get("connection", "keep-alive").lower() != "keep-alive"
    ):
        return None
    encoding = headers.get("content-encoding", "")
    seconds = idle_for(headers) if "keep-alive" in headers else None
    made = Head(status, headers, int(length), encoding, seconds)
    if "set-cookie" not in headers:
        if len(known_heads) >= _MOST_HEADS:
            known_heads.clear()
        known_heads[head] = made
    return made


def _headers(lines: list[bytes]) -> Mapping[str, str] | None:
    """Every line as a header of its own; None where one is out of the ordinary."""
    if len(lines) > _MOST_HEADERS:
        return None
    headers = {}
    for line in lines:
        pair = _lines.get(line) or _pair(line)
        if pair is None or pair[0] in headers:
            return None
        headers[pair[0]] = pair[1]
    return headers


def _pair(line: bytes) -> tuple[str, str] | None:
    name, colon, value = line.partition(b":")
    known = _names.get(name) or _named(name)
    if not known or not colon or not value.isascii():
        return None
    text = value.decode().strip(" ")
    if not text.isprintable():
        return None
    pair = known, text
    if known != "set-cookie":
        if len(_lines) >= _MOST_LINES:
            _lines.clear()
        _lines[line] = pair
    return pair


def _named(name: bytes) -> str:
    """The name in lower case; empty where it is none."""
    if _NAME.fullmatch(name) is None:
        return ""
    if len(_names) >= _MOST_LINES:
        _names.clear()
    return _names.setdefault(name, name.decode().lower())


def _status(line: bytes) -> int:
    """The status of a final reply that has a body; 0 for every other line."""
    started = _STATUS.fullmatch(line)
    status = 0 if started is None else int(started[1])
    if not status or status in _BODYLESS:
        return 0
    if len(_statuses) >= _MOST_HEADS:
        _statuses.clear()
    return _statuses.setdefault(line, status)
