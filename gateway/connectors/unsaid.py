"""What a system says of a value, without the value.

In charge of its words up to where they quote somebody's data: they go to the log, and
to those who may see plans, who need not be those who may see the data. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

from gateway.connectors.masking import MASK
from gateway.telemetry.scrubbing import without_credentials

LONGEST = 500
"""Characters of what is told; a stack trace has more."""
_QUOTE = re.compile(r"['\"`]|[\s(=:]-?\d")
_BRACKET = re.compile(r"['\"`(]|[\s=:]-?\d")
_QUOTED = re.compile(r"(?P<mark>['\"`])(?P<text>(?:\\.|(?!(?P=mark)).)*)(?P=mark)")
_MAIL = re.compile(r"[^\s@<>(\"',;]+@[^\s@>)\"',;]+")
_NUMBERED = re.compile(r"[\w+]*(?:\d[\w.:+-]*){4,}")
"""An account, a card, a date, a UUID: whatever has four digits; ``status 503`` not."""
_UNPRINTED = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_MOST_VALUES = 1_000
_SHORT = 2


def without_values(said: str) -> str:
    """The first line up to a quote or a number: what comes after may be a value."""
    return _cut(said, _QUOTE)


def without_rows(said: str) -> str:
    """The same where values stand in brackets too: ``Key (email)=(...)``."""
    return _cut(said, _BRACKET)


def without_inputs(said: str, inputs: object, words: Collection[str] = ()) -> str:
    """A system's own sentence without what it was asked, and what looks like data.

    ``inputs`` are the values of the call, ``words`` names that may stand in quotes as
    they are: those of an API, which the profile's author wrote. For systems whose
    sentences mostly say what is wrong, where `without_values` would leave nothing.
    """
    line = _UNPRINTED.sub(" ", said[: 4 * LONGEST])
    line = without_credentials(line)
    given = _given(inputs)
    if given is not None:
        line = given.sub(MASK, line)
    line = _QUOTED.sub(lambda one: one[0] if one["text"] in words else MASK, line)
    return _NUMBERED.sub(MASK, _MAIL.sub(MASK, line))[:LONGEST]


def _given(inputs: object) -> re.Pattern[str] | None:
    """Whatever was asked with, where it stands alone."""
    texts = {text for text, _ in zip(_texts(inputs), range(_MOST_VALUES), strict=False)}
    if not texts:
        return None
    longest = sorted(texts, key=lambda one: (-len(one), one))
    either = "|".join(map(re.escape, longest))
    return re.compile(rf"(?<!\w)(?:{either})(?!\w)")


def _texts(value: object) -> Iterator[str]:
    match value:
        case bool() | None:
            return
        case str():
            text = value[:LONGEST].strip()
            if len(text) >= _SHORT or text.isdigit():
                yield text
        case int() | float():
            yield str(value)
        case Mapping():
            for item in value.values():
                yield from _texts(item)
        case list() | tuple():
            for item in value:
                yield from _texts(item)


def _cut(said: str, before: re.Pattern[str]) -> str:
    line = said.partition("\n")[0]
    found = before.search(line)
    if found is None:
        return line
    return f"{line[: found.start()].rstrip()} {MASK}"
