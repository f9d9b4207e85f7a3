"""Texts of strangers, made fit to be drawn: no tricks of direction, no endless lines.

In charge of what a reader sees of a name. Must never make markup: `markup` escapes.
"""

from __future__ import annotations

import unicodedata
from typing import Final

LONGEST: Final = 1_000
"""Characters of a text that is shown whole where somebody points at it."""
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Categories that have no form of their own: controls, marks of direction, halves."""
_WIDE: Final = frozenset("WF")


def seen(text: str) -> str:
    """The text with whatever nobody can see spelled out: ``<U+202E>``."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_seen, text))


def _seen(letter: str) -> str:
    hidden = unicodedata.category(letter) in _UNSEEN
    return f"<U+{ord(letter):04X}>" if hidden else letter


def whole(text: str) -> str:
    """The text as far as anybody reads it."""
    return seen(text) if len(text) <= LONGEST else f"{seen(text[:LONGEST])}…"


def short(text: str, most: int) -> str:
    """As much of it as is ``most`` letters wide, with an ellipsis where it goes on."""
    shown, width = seen(text[: most * 4]), 0
    for at, letter in enumerate(shown):
        if unicodedata.combining(letter):
            continue
        width += 2 if unicodedata.east_asian_width(letter) in _WIDE else 1
        if width > most or (width == most and len(shown) > at + 1):
            return f"{shown[:at][: most * 2]}…"
    return shown[: most * 2] if len(text) <= most * 4 else f"{shown[: most * 2]}…"
