"""Unquoted YAML scalars as YAML 1.2's core schema reads them.

In charge of one question: what is this unquoted text? YAML 1.1's surprises (``on``,
``yes``, ``12:30``, dates, octal ``0777``) stay text. Must never see a file.
"""

from __future__ import annotations

import re

_WORDS: dict[str, bool | None] = {
    "": None,
    "~": None,
    "null": None,
    "Null": None,
    "NULL": None,
    "true": True,
    "True": True,
    "TRUE": True,
    "false": False,
    "False": False,
    "FALSE": False,
}
_FLOATS = {
    sign + dot + word: float(sign + word)
    for sign in ("", "+", "-")
    for dot in (".",)
    for word in ("inf", "Inf", "INF")
} | {f".{word}": float("nan") for word in ("nan", "NaN", "NAN")}
# Deviation from the core schema: a number with leading zeros stays text, because
# what people write so are account and branch numbers.
_NUMBER = re.compile(
    r"(?P<int>[-+]?(?:0|[1-9][0-9]*))"
    r"|0o(?P<oct>[0-7]+)"
    r"|0x(?P<hex>[0-9a-fA-F]+)"
    r"|(?P<float>[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?)"
)
_STARTS = frozenset("0123456789-+.")
_LONGEST = 400
"""Digits; what is longer is no number a person wrote, and stays text."""


def scalar(text: str) -> bool | int | float | str | None:
    """The value of an unquoted scalar."""
    if text[:1] in _STARTS:
        return _number(text)
    return _WORDS.get(text, text)


def _number(text: str) -> int | float | str | None:
    found = _NUMBER.fullmatch(text) if len(text) <= _LONGEST else None
    if found is None:
        return None if not text else _FLOATS.get(text, text)
    match found.lastgroup:
        case "int":
            return int(text)
        case "oct":
            return int(found["oct"], 8)
        case "hex":
            return int(found["hex"], 16)
        case _:
            return float(text)
