"""RE2's syntax, read into a small tree.

In charge of what a pattern may say. Must never accept what RE2 refuses.
"""

from __future__ import annotations

import re
from typing import Final, TypeAlias

from gateway.expression.patterns.classes import class_escape, read_char, read_class
from gateway.expression.patterns.errors import PatternError
from gateway.expression.patterns.sets import ANY, NOT_NEWLINE, CharSet
from gateway.record import Model, replace

__all__ = ["Assertion", "Both", "Either", "PatternError", "Repeat", "read"]
_DEPTH_MAX: Final = 50
_REPEAT_MAX: Final = 1000
_COUNT: Final = re.compile(r"\{(\d{1,9})(,(\d{1,9})?)?\}", re.ASCII)
_GROUP: Final = re.compile(
    r"\?(?:P?<(?P<name>\w+)>|(?P<on>[imsU]*)(?:-(?P<off>[imsU]+))?(?P<end>[:)]))"
)
_LOOK: Final = ("?=", "?!", "?<=", "?<!")


class Assertion(Model, frozen=True):
    """A place: `start`, `end`, `line_start`, `line_end`, `edge` or `no_edge`."""

    where: str


class Both(Model, frozen=True):
    """One after the other."""

    parts: tuple[Piece, ...]


class Either(Model, frozen=True):
    parts: tuple[Piece, ...]


class Repeat(Model, frozen=True):
    part: Piece
    least: int
    most: int | None


Piece: TypeAlias = CharSet | Assertion | Both | Either | Repeat


class _Flags(Model, frozen=True):
    i: bool = False
    m: bool = False
    s: bool = False


def read(pattern: str) -> Piece:
    """The tree of a pattern.

    Raises:
        PatternError: it is none in RE2's syntax.
    """
    reader = _Reader(pattern)
    tree = reader.alternatives(_Flags(), 0)
    if reader.at < len(pattern):
        raise PatternError("unexpected `)`")
    return tree


class _Reader:
    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.at = 0

    def _peek(self) -> str:
        return self.pattern[self.at : self.at + 1]

    def alternatives(self, flags: _Flags, depth: int) -> Piece:
        """Up to the closing bracket or the end."""
        if depth > _DEPTH_MAX:
            raise PatternError("the groups are nested too deeply")
        options: list[Piece] = []
        parts: list[Piece] = []
        while (char := self._peek()) and char != ")":
            if char == "|":
                self.at += 1
                options.append(Both(tuple(parts)))
                parts = []
            elif char == "(":
                part, flags = self._group(flags, depth)
                parts.extend([] if part is None else [self._repeated(part)])
            elif self.pattern.startswith("\\Q", self.at):
                parts.extend(self._quoted(flags))
            else:
                parts.append(self._repeated(self._atom(flags)))
        options.append(Both(tuple(parts)))
        return options[0] if len(options) == 1 else Either(tuple(options))

    def _group(self, flags: _Flags, depth: int) -> tuple[Piece | None, _Flags]:
        """A group and the flags after it; None where it only sets flags."""
        self.at += 1
        inner = flags
        if self._peek() == "?":
            if self.pattern.startswith(_LOOK, self.at):
                raise PatternError("lookaround is not supported (as in RE2)")
            found = _GROUP.match(self.pattern, self.at)
            if found is None:
                raise PatternError("unknown group `(?`")
            self.at = found.end()
            inner = _flagged(flags, found["on"] or "", found["off"] or "")
            if found["end"] == ")":
                return None, inner
        tree = self.alternatives(inner, depth + 1)
        if self._peek() != ")":
            raise PatternError("missing `)`")
        self.at += 1
        return tree, flags

    def _quoted(self, flags: _Flags) -> list[Piece]:
        end = self.pattern.find("\\E", self.at)
        text = self.pattern[self.at + 2 : end if end >= 0 else None]
        self.at = end + 2 if end >= 0 else len(self.pattern)
        letters: list[Piece] = [_one(char, flags) for char in text]
        if letters:
            letters[-1] = self._repeated(letters[-1])
        return letters

    def _atom(self, flags: _Flags) -> Piece:
        char = self._peek()
        if char in "*+?":
            raise PatternError(f"nothing to repeat before `{char}`")
        if char == "[":
            found, self.at = read_class(self.pattern, self.at + 1)
            return replace(found, folded=flags.i)
        if char == "\\":
            return self._escape(flags)
        self.at += 1
        if char == ".":
            return CharSet(ANY if flags.s else NOT_NEWLINE)
        if char == "^":
            return Assertion("line_start" if flags.m else "start")
        if char == "$":
            return Assertion("line_end" if flags.m else "end")
        return _one(char, flags)

    def _escape(self, flags: _Flags) -> Piece:
        after = self.pattern[self.at + 1 : self.at + 2]
        places = {"A": "start", "z": "end", "b": "edge", "B": "no_edge"}
        if after in places and after:
            self.at += 2
            return Assertion(places[after])
        found = class_escape(self.pattern, self.at)
        if found is not None:
            piece, self.at = found
            return replace(piece, folded=flags.i)
        char, self.at = read_char(self.pattern, self.at)
        return _one(char, flags)

    def _repeated(self, part: Piece) -> Piece:
        start = self.at
        least, most = 0, 0
        match self._peek():
            case "*":
                least, most, self.at = 0, -1, start + 1
            case "+":
                least, most, self.at = 1, -1, start + 1
            case "?":
                least, most, self.at = 0, 1, start + 1
            case "{":
                found = _COUNT.match(self.pattern, start)
                if found is None:
                    return part
                least = int(found[1])
                open_end = -1 if found[3] is None else int(found[3])
                most = least if found[2] is None else open_end
                self.at = found.end()
            case _:
                return part
        if max(least, most) > _REPEAT_MAX or (0 <= most < least):
            raise PatternError(f"bad repetition {self.pattern[start : self.at]}")
        if self._peek() == "?":
            self.at += 1  # lazy or greedy: the same question has the same answer
        if self._peek() in {"*", "+", "?"} or _COUNT.match(self.pattern, self.at):
            raise PatternError("a repetition of a repetition needs a group")
        return Repeat(part, least, None if most < 0 else most)


def _one(char: str, flags: _Flags) -> CharSet:
    return CharSet(((ord(char), ord(char)),), folded=flags.i)


def _flagged(flags: _Flags, on: str, off: str) -> _Flags:
    changes = {name: True for name in on if name != "U"}
    changes |= {name: False for name in off if name != "U"}
    return replace(flags, **changes)
