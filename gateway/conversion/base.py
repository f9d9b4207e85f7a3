"""The contract of a conversion between a source's spelling and the schema's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, TypeAlias


class Conversion(Protocol):
    """Values of one leaf type of the schema, as one source spells them. Frozen."""

    def read(self, value: object) -> object:
        """The schema's spelling of a source's value; the value where it is none."""

    def write(self, value: object) -> object:
        """The source's spelling of a client's value; the value where it is none."""


Conversions: TypeAlias = Mapping[str, Conversion]
"""A source's conversions by the names of the schema's leaf types."""
