"""Words for the type of a schema: which way its values go, and whether null is one."""

from __future__ import annotations

from enum import Enum

from gateway.record import Model


class Way(Enum):
    """Whether values of the type are answered or sent."""

    OUT = "out"
    IN = "in"


class Typed(Model, frozen=True):
    """A type without its outermost `!`, and whether null is one of its values."""

    type: str
    nullable: bool = False

    @property
    def name(self) -> str:
        """The type inside of lists."""
        return self.type.strip("[]!")


def singular(text: str) -> str:
    """``pets`` is ``pet``, as far as a name shows it."""
    if text.endswith("ies"):
        return text[:-3] + "y"
    plural = text.endswith("s") and not text.endswith(("ss", "us", "is"))
    return text[:-1] if plural else text
