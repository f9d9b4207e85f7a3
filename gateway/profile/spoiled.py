"""Recognises values that YAML spoiled, and writes the line as it should be.

In charge of text only: an expression such as ``!x``, ``a ? b : c`` or ``/a/{id}``
means something else to YAML than to its author. Must never decide that a file is
wrong; it explains a failure that is already known.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from gateway.record import Model, Struct, field

_BLOCK = re.compile(
    r"\s*(?:-\s+)*(?:(?P<key>[^\s'\"{\[#&*!|>%@`][^\s:]*)\s*:(?:\s+|$))?"
)
_FLOW_KEY = re.compile(r"\s*(?P<key>[\w.*$/-]+|\"[^\"]*\"|'[^']*')\s*:\s+")
_CLOSERS = {"(": ")", "[": "]", "{": "}"}
_BLOCK_SCALAR = re.compile(r"[|>][-+0-9]{0,2}\s*(?:#.*)?")
_ANCHOR = re.compile(r"&[\w-]+(?:\s|$)")


class Segment(Model, frozen=True):
    """One value of a line: where its text starts and ends, counted from 0."""

    start: int
    end: int
    text: str
    flow: bool


def segments(line: str) -> Iterator[Segment]:
    """The values of a line, inner ones of flow maps first."""
    found = _BLOCK.match(line)
    start = found.end() if found else 0
    if line[start : start + 1] in {"{", "["}:
        yield from _inner(line, start + 1)
    end = _end(line, start, flow=False)
    text = line[start:end].rstrip()
    if text:
        yield Segment(start, start + len(text), text, flow=False)


def _inner(line: str, at: int) -> Iterator[Segment]:
    """Values of a flow map or list whose text starts at `at`."""
    while at < len(line) and line[at] not in "}]":
        key = _FLOW_KEY.match(line, at)
        start = key.end() if key else at + len(line[at:]) - len(line[at:].lstrip())
        end = _end(line, start, flow=True)
        if line[start : start + 1] in {"{", "["}:
            yield from _inner(line, start + 1)
        text = line[start:end].rstrip()
        if text:
            yield Segment(start, start + len(text), text, flow=True)
        at = max(end, at) + 1


def _end(line: str, start: int, *, flow: bool) -> int:
    """Where the value that starts here was meant to end."""
    opened = Opened()
    for at in range(start, len(line)):
        char = line[at]
        stops = _comment(line, at) or (flow and char in ",}]")
        if stops and not opened.awaited:
            return at
        opened.take(char, line[at - 1] if at > start else "")
    return len(line)


class Opened(Struct):
    """Quotes and brackets met so far that wait to be closed."""

    closers: list[str] = field(default_factory=list)
    quote: str = ""

    @property
    def awaited(self) -> str:
        return self.quote or (self.closers[-1] if self.closers else "")

    def take(self, char: str, before: str) -> None:
        """Go on by one character. An apostrophe inside a word opens nothing."""
        if self.quote:
            self.quote = "" if char == self.quote else self.quote
        elif char in "'\"" and not before.isalnum():
            self.quote = char
        elif char in _CLOSERS:
            self.closers.append(_CLOSERS[char])
        elif self.closers and char == self.closers[-1]:
            self.closers.pop()


def _comment(line: str, at: int) -> bool:
    return line[at] == "#" and line[at - 1 : at] in {" ", "\t"}


def quoted(text: str) -> str:
    """The text as a YAML string: double quotes where they need no escape."""
    if '"' in text or "\\" in text:
        return "'" + text.replace("'", "''") + "'"
    return f'"{text}"'


def requoted(line: str, wanted: Callable[[Segment], bool]) -> tuple[int, str] | None:
    """Column (from 0) of the first value wanted, and the line with it in quotes."""
    for segment in segments(line):
        if wanted(segment):
            fixed = line[: segment.start] + quoted(segment.text) + line[segment.end :]
            return segment.start, fixed.strip()
    return None


def covers(column: int) -> Callable[[Segment], bool]:
    """Wants the value that stands at a column (from 0)."""
    return lambda segment: segment.start <= column < max(segment.end, segment.start + 1)


def reason(segment: Segment) -> str | None:
    """Why YAML cannot read this value as the text it looks like, or None."""
    text = segment.text
    first = text[0]
    if first in "'\"":
        return _after_quote(text)
    if first in "{[":
        return _after_bracket(text)
    return _indicator(text) or _plain(text, flow=segment.flow)


def _indicator(text: str) -> str | None:
    first = text[0]
    taken = {"!": "a tag", "*": "an alias", "&": "an anchor"}.get(first)
    if taken and not _ANCHOR.match(text):
        return f"YAML takes a value that starts with {first!r} for {taken}"
    if first in "%@`" or (first in "|>" and not _BLOCK_SCALAR.fullmatch(text)):
        return f"YAML does not let a value start with {first!r}"
    return None


def _after_quote(text: str) -> str | None:
    close = text.find(text[0], 1)
    while close != -1 and text[close + 1 : close + 2] == text[0] == "'":
        close = text.find(text[0], close + 2)
    if text[0] == '"' and "\\" in text[:close]:
        return None
    rest = text[close + 1 :].strip() if close != -1 else ""
    return "YAML ends this value at its second quote" if rest else None


def _after_bracket(text: str) -> str | None:
    kind = "map" if text[0] == "{" else "list"
    rest = text[_closing(text) + 1 :].strip()
    return (
        f"YAML takes a value that starts with {text[0]!r} for a {kind}"
        if rest
        else None
    )


def _closing(text: str) -> int:
    """Where the bracket that starts the text is closed; its end where it is not."""
    opened = Opened()
    for at, char in enumerate(text):
        opened.take(char, text[at - 1 : at])
        if not opened.awaited:
            return at
    return len(text)


def _plain(text: str, *, flow: bool) -> str | None:
    bare = re.sub(r"'[^']*'|\"[^\"]*\"", "''", text)
    if flow and ("{" in bare or "[" in bare):
        return "YAML ends a value inside { } at the next bracket"
    if re.search(r":(\s|$)", bare):
        return "YAML takes the ':' in this value for the end of a key"
    if flow and " ? " in bare:
        return "YAML takes the '?' in this value for a key"
    return None


def truncated(text: str, rest: str) -> bool:
    """Whether `` #`` cut an expression: something opened in `text` closes in `rest`."""
    opened = Opened()
    for at, char in enumerate(text):
        opened.take(char, text[at - 1 : at])
    return bool(opened.awaited) and opened.awaited in rest
