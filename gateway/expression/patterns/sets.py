"""Sets of characters: ranges, classes, and both with case forgotten.

In charge of membership of one character. Must never know where the set stands.
"""

from __future__ import annotations

import unicodedata
from typing import Final

from gateway.record import Model

Ranges = tuple[tuple[int, int], ...]
_LAST: Final = 0x10FFFF

DIGIT: Final[Ranges] = ((48, 57),)
WORD: Final[Ranges] = ((48, 57), (65, 90), (95, 95), (97, 122))
SPACE: Final[Ranges] = ((9, 10), (12, 13), (32, 32))
ANY: Final[Ranges] = ((0, _LAST),)
NOT_NEWLINE: Final[Ranges] = ((0, 9), (11, _LAST))

PERL: Final[dict[str, Ranges]] = {"d": DIGIT, "w": WORD, "s": SPACE}
POSIX: Final[dict[str, Ranges]] = {
    "alnum": ((48, 57), (65, 90), (97, 122)),
    "alpha": ((65, 90), (97, 122)),
    "ascii": ((0, 127),),
    "blank": ((9, 9), (32, 32)),
    "cntrl": ((0, 31), (127, 127)),
    "digit": DIGIT,
    "graph": ((33, 126),),
    "lower": ((97, 122),),
    "print": ((32, 126),),
    "punct": ((33, 47), (58, 64), (91, 96), (123, 126)),
    "space": ((9, 13), (32, 32)),
    "upper": ((65, 90),),
    "word": WORD,
    "xdigit": ((48, 57), (65, 70), (97, 102)),
}
CATEGORIES: Final = frozenset(
    [
        "L",
        "Lu",
        "Ll",
        "Lt",
        "Lm",
        "Lo",
        "M",
        "Mn",
        "Mc",
        "Me",
        "N",
        "Nd",
        "Nl",
        "No",
        "P",
        "Pc",
        "Pd",
        "Ps",
        "Pe",
        "Pi",
        "Pf",
        "Po",
        "S",
        "Sm",
        "Sc",
        "Sk",
        "So",
        "Z",
        "Zs",
        "Zl",
        "Zp",
        "C",
        "Cc",
        "Cf",
        "Co",
        "Cs",
    ]
)


def complement(ranges: Ranges) -> Ranges:
    """All the other characters."""
    out: list[tuple[int, int]] = []
    at = 0
    for low, high in sorted(ranges):
        if low > at:
            out.append((at, low - 1))
        at = max(at, high + 1)
    if at <= _LAST:
        out.append((at, _LAST))
    return tuple(out)


class CharSet(Model, frozen=True):
    """Characters by range and by Unicode category (``categories``: name, negated)."""

    ranges: Ranges
    categories: tuple[tuple[str, bool], ...] = ()
    negated: bool = False
    folded: bool = False

    def has(self, char: str) -> bool:
        return self._found(char) is not self.negated

    def _found(self, char: str) -> bool:
        if self._plain(char):
            return True
        return self.folded and any(map(self._plain, _variants(char)))

    def _plain(self, char: str) -> bool:
        point = ord(char)
        for low, high in self.ranges:
            if low <= point <= high:
                return True
        for name, negated in self.categories:
            if unicodedata.category(char).startswith(name) is not negated:
                return True
        return False


def _variants(char: str) -> set[str]:
    """The character in its other cases, where they are one character."""
    lower, upper = char.lower(), char.upper()
    cases = {lower, upper, lower.upper(), upper.lower()}
    return {case for case in cases if len(case) == 1}
