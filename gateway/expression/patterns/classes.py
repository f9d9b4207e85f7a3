r"""Character classes and escapes: `[a-z]`, `\d`, `[[:alpha:]]`, `\p{Lu}`, `\x{e9}`.

In charge of the parts of a pattern that stand for one character. Must never look
beyond the class.
"""

from __future__ import annotations

import re
from typing import Final

from gateway.expression.patterns.errors import PatternError
from gateway.expression.patterns.sets import (
    CATEGORIES,
    PERL,
    POSIX,
    CharSet,
    complement,
)

_UNICODE: Final = re.compile(r"\\([pP])(?:\{(\^?)(\w+)\}|(\w))")
_POSIX: Final = re.compile(r"\[:(\^?)(\w+):\]")
_HEX: Final = re.compile(r"\\x(?:([0-9a-fA-F]{2})|\{([0-9a-fA-F]{1,6})\})")
_OCTAL: Final = re.compile(r"\\(0[0-7]{0,2}|[1-7][0-7]{1,2})")
_CONTROL: Final = {
    "a": "\a",
    "f": "\f",
    "t": "\t",
    "n": "\n",
    "r": "\r",
    "v": "\v",
}


def class_escape(pattern: str, at: int) -> tuple[CharSet, int] | None:
    r"""`\d`, `\W`, `\pL` and their like, with where they end; None for others."""
    if pattern[at] != "\\":
        return None
    letter = pattern[at + 1 : at + 2]
    if letter.lower() in PERL:
        ranges = PERL[letter.lower()]
        return CharSet(ranges if letter.islower() else complement(ranges)), at + 2
    found = _UNICODE.match(pattern, at)
    if found is None:
        return None
    name = found[3] or found[4]
    negated = (found[1] == "P") is not (found[2] == "^")
    if name not in CATEGORIES:
        raise PatternError(f"unknown character class {found[0]}")
    return CharSet((), ((name, negated),)), found.end()


def read_char(pattern: str, at: int) -> tuple[str, int]:
    """The one character at a place, escaped or not, with where it ends."""
    if pattern[at] != "\\":
        return pattern[at], at + 1
    letter = pattern[at + 1 : at + 2]
    if not letter:
        raise PatternError("the pattern ends with a backslash")
    if letter in _CONTROL:
        return _CONTROL[letter], at + 2
    found = _HEX.match(pattern, at) or _OCTAL.match(pattern, at)
    if found is not None:
        digits = found[1] if letter != "x" else found[1] or found[2]
        point = int(digits, 16 if letter == "x" else 8)
        if point > 0x10FFFF:  # noqa: PLR2004 - Unicode's last
            raise PatternError(f"{found[0]} is no character")
        return chr(point), found.end()
    if letter.isdigit():
        raise PatternError("backreferences are not supported (as in RE2)")
    if letter.isalnum() or not letter.isascii():
        raise PatternError(f"unknown escape \\{letter}")
    return letter, at + 2


def read_class(pattern: str, at: int) -> tuple[CharSet, int]:
    """The class whose `[` stands just before ``at``, with where it ends."""
    start = at
    negated = pattern.startswith("^", at)
    at += negated
    first = at
    ranges: list[tuple[int, int]] = []
    categories: list[tuple[str, bool]] = []
    while not (pattern.startswith("]", at) and at > first):
        if at >= len(pattern):
            raise PatternError(f"missing `]` after `[{pattern[start : start + 10]}`")
        found = _posix(pattern, at) or class_escape(pattern, at)
        if found is not None:
            piece, at = found
            ranges.extend(piece.ranges)
            categories.extend(piece.categories)
            continue
        low, at = read_char(pattern, at)
        high = low
        if pattern.startswith("-", at) and not pattern.startswith("-]", at):
            if at + 1 >= len(pattern):
                raise PatternError("missing `]`")
            high, at = read_char(pattern, at + 1)
        if high < low:
            raise PatternError(f"bad range {low}-{high}")
        ranges.append((ord(low), ord(high)))
    return CharSet(tuple(ranges), tuple(categories), negated=negated), at + 1


def _posix(pattern: str, at: int) -> tuple[CharSet, int] | None:
    found = _POSIX.match(pattern, at)
    if found is None:
        if pattern.startswith("[:", at) and ":]" in pattern[at + 2 :]:
            raise PatternError("`[:` begins a class such as `[:alpha:]`; write `\\[:`")
        return None
    if found[2] not in POSIX:
        raise PatternError(f"unknown character class {found[0]}")
    ranges = POSIX[found[2]]
    return CharSet(complement(ranges) if found[1] else ranges), found.end()
