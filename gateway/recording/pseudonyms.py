"""Other values in place of values: of the same form, the same for the same, of no use.

In charge of one recording's pseudonyms, which its key decides; the key is never
written. A value and its text get the same one, so that joins, paths and lists of keys
still fit. The idea is that of format-preserving tokens.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from gateway.record import Struct

_LOWER = "abcdefghijklmnopqrstuvwxyz"
_HEX = "0123456789abcdef"
_DATE = re.compile(r"(?P<date>[12]\d{3}-[01]\d-[0-3]\d)(?P<rest>$|[T ].*)", re.DOTALL)
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_TRIES = 64
_LARGE_INT = 10**9
_INT_END = 2**31
_SOME_YEARS = 4_000


@dataclass(slots=True)
class Pseudonyms:
    """``taken`` are texts that stand for something, by what they stand for.

    ``avoided`` are texts that must not be a pseudonym, such as other values. A word of
    one of the ``enums`` gets another word of it, or nothing could read it.
    """

    key: bytes = field(repr=False)
    avoided: set[str] = field(default_factory=set)
    enums: tuple[tuple[str, ...], ...] = ()
    _of: dict[str, str] = field(default_factory=dict)
    _taken: set[str] = field(default_factory=set)

    def of(self, value: object) -> object:
        """The pseudonym of a text or a number; anything else stays as it is."""
        match value:
            case bool() | None:
                return value
            case str():
                return self.text(value)
            case int():
                return int(self.text(str(value)))
            case float():
                return float(self.text(written(value)))
            case Decimal():
                return Decimal(self.text(written(value)))
            case _:
                return value

    def text(self, text: str) -> str:
        """The pseudonym of a text; one without a letter or digit stays as it is."""
        known = self._of.get(text)
        if known is None:
            known = self._of[text] = self._made(text)
            self._taken.add(known)
        return known

    def _made(self, text: str) -> str:
        made = text
        words = next((one for one in self.enums if text in one), ())
        if len(words) > 1:
            ahead = 1 + _Stream(self.key, "", 0).below(len(words) - 1)
            return words[(words.index(text) + ahead) % len(words)]
        for number in range(_TRIES):
            made = _mapped(text, _Stream(self.key, text, number))
            if made != text and made not in self._taken and made not in self.avoided:
                return made
        return made  # there are fewer texts of this form than values


def written(value: float | Decimal) -> str:
    """A number as digits, without an exponent."""
    text = format(Decimal(str(value)), "f") if value == value else "0"  # noqa: PLR0124
    return text if _NUMBER.fullmatch(text) else "0"


class _Stream(Struct):
    """Numbers that key, text and try decide."""

    key: bytes
    text: str
    number: int
    _bytes: Iterator[int] | None = None
    _block: int = 0

    def below(self, end: int) -> int:
        value = 0
        for _ in range(4):
            value = value * 256 + self._next()
        return value % end

    def _next(self) -> int:
        if self._bytes is None:
            self._bytes = self._all()
        return next(self._bytes)

    def _all(self) -> Iterator[int]:
        raw = self.text.encode("utf-8", "surrogatepass")
        block = 0
        while True:
            said = f"{self.number}:{block}:".encode() + raw
            yield from hashlib.blake2b(said, key=self.key).digest()
            block += 1


def _mapped(text: str, stream: _Stream) -> str:
    """A text of the same form."""
    found = _DATE.fullmatch(text)
    if found:
        try:
            day = date.fromisoformat(found["date"])
            moved = day - timedelta(days=1 + stream.below(_SOME_YEARS))
        except (ValueError, OverflowError):
            pass
        else:
            return moved.isoformat() + found["rest"]
    if _UUID.fullmatch(text):
        return "".join(c if c == "-" else _HEX[stream.below(16)] for c in text)
    if _NUMBER.fullmatch(text):
        return _digits(text, stream)
    return "".join(_character(c, stream) for c in text)


def _digits(text: str, stream: _Stream) -> str:
    """A number of as many digits; one that GraphQL's Int holds stays one."""
    if text.isdigit() and _LARGE_INT <= int(text) < _INT_END and text[0] != "0":
        return str(_LARGE_INT + stream.below(_INT_END - _LARGE_INT))
    whole, dot, rest = text.removeprefix("-").partition(".")
    sign = "-" if text.startswith("-") else ""
    lead = "0" if whole[0] == "0" else str(1 + stream.below(9))
    if len(whole) == 1 and not dot and whole == "0":
        return text
    more = "".join(str(stream.below(10)) for _ in whole[1:])
    tail = "".join(str(stream.below(10)) for _ in rest[:-1])
    last = str(1 + stream.below(9)) if rest else ""
    return f"{sign}{lead}{more}{dot}{tail}{last}"


def _character(character: str, stream: _Stream) -> str:
    if character.isdigit():
        return str(stream.below(10))
    if not character.isalpha():
        return character
    letter = _LOWER[stream.below(26)]
    return letter.upper() if character.isupper() else letter
