"""What values are made of that every request makes many of.

A `Record` takes a quarter of the time of a `NamedTuple` to make, and less than that of
a frozen dataclass: it is msgspec's `Struct`. Whatever is made once, at load time, is a
frozen dataclass. Python does not look for rounds in records, so a record must never
hold a way back to itself; what has a state, or such a way, is a `Struct`. Records are
changed by `_replace`: `dataclasses.replace` does not know them.
"""

from __future__ import annotations

from typing import Any, Self

from msgspec import Struct, field
from msgspec.structs import replace

__all__ = ["Record", "Struct", "field"]


class Record(Struct, frozen=True, gc=False):
    """A value with named fields; classes repeat ``frozen=True``, for readers' sake."""

    def _replace(self, **changes: Any) -> Self:
        """The same with other values of some fields, as a `NamedTuple` has it."""
        return replace(self, **changes)
