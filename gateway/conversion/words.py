"""The words that a source has for the values of an enum."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from gateway.record import Model

ANY = "*"
"""The word that stands for every other one."""


class Words(Model, frozen=True):
    """An enum's ``values`` by the source's words.

    ``other`` is what any further word is that is no value of the enum itself; None
    leaves it as it is. ``back`` has the word that is sent for each value.
    """

    words: Mapping[str, str]
    values: tuple[str, ...]
    back: Mapping[str, str]
    other: str | None = None

    def read(self, value: object) -> object:
        """The enum's value of a word: text, a number or a truth value as JSON's."""
        word = _text(value)
        if word is None:
            return value
        known = self.words.get(word)
        if known is not None:
            return known
        return value if self.other is None or word in self.values else self.other

    def write(self, value: object) -> object:
        """The source's word for a value: the first one written for it."""
        return self.back.get(value, value) if isinstance(value, str) else value


def words_of(written: Mapping[str, str], values: Iterable[str]) -> Words:
    """An enum's words as a source's ``enums`` has them."""
    words = {word: value for word, value in written.items() if word != ANY}
    back: dict[str, str] = {}
    for word, value in words.items():
        back.setdefault(value, word)
    return Words(words, tuple(values), back, written.get(ANY))


def _text(value: object) -> str | None:
    """A word as JSON writes it; None for what is no word."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float | Decimal) else None
