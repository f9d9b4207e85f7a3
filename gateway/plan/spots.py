"""Spots: the objects in steps' answers that something is read of.

In charge of saying which they are and what their source calls their type. `reached`
walks from one to the next.
"""

from __future__ import annotations

from typing import NamedTuple

from gateway.plan.model import PlannedField
from gateway.record import Model
from gateway.values import StepId
from gateway.wanted import Wanted, WantedField

TYPE_NAME = "__typename"


class Spot(NamedTuple):
    """An object in a step's answer, and the field whose value it is.

    ``on`` is the type, as the source names it, where it could be another one.
    """

    step: StepId
    node: Wanted
    field: WantedField | None = None
    on: str = ""


class Here(Model, frozen=True):
    """Where something is read: the objects it is read of, and their type."""

    spots: tuple[Spot, ...] = ()
    type: str = ""


def theirs(concrete: str, field_: PlannedField) -> str:
    """A type as the source names it."""
    rule = field_.type_by
    if rule is None or rule.field != TYPE_NAME:
        return concrete
    names = (theirs for theirs, ours in rule.types.items() if ours == concrete)
    return next((name for name in names if name != "*"), concrete)
