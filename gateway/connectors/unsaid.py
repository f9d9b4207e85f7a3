"""What a database says of a value, without the value.

In charge of its words up to where they quote somebody's data: they go to the log, and
to those who may see plans, who need not be those who may see the data. Pure.
"""

from __future__ import annotations

import re

from gateway.connectors.masking import MASK

_QUOTE = re.compile(r"['\"`]|[\s(=:]-?\d")
_BRACKET = re.compile(r"['\"`(]|[\s=:]-?\d")


def without_values(said: str) -> str:
    """The first line up to a quote or a number: what comes after may be a value."""
    return _cut(said, _QUOTE)


def without_rows(said: str) -> str:
    """The same where values stand in brackets too: ``Key (email)=(...)``."""
    return _cut(said, _BRACKET)


def _cut(said: str, before: re.Pattern[str]) -> str:
    line = said.partition("\n")[0]
    found = before.search(line)
    if found is None:
        return line
    return f"{line[: found.start()].rstrip()} {MASK}"
