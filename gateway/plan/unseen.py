"""Objects whose type is hidden from a caller: they have none that he could be told.

In charge of one thing: how the value of an abstract field says its type never gives the
name of a type of which every field is hidden. Such an object does not fit, as one of a
type that nobody declared. Pure; must never decide what is hidden.
"""

from __future__ import annotations

from collections.abc import Mapping

from gateway.plan.model import PlannedField
from gateway.profile.model import Deny, TagRule, TypeBy
from gateway.record import replace
from gateway.shape import Shapes
from gateway.values import Coordinate

_TYPE_NAME = "__typename"


def of_seen_types(
    planned: PlannedField, denied: Mapping[Coordinate, TagRule], shapes: Shapes
) -> PlannedField:
    """The field as its value's type is told where some are hidden."""
    shape = shapes.get(planned.type.name)
    if shape is None or not shape.abstract:
        return planned
    possible = shapes.concrete(shape.name)
    unseen = {name for name in possible if _is_hidden(name, denied, shapes)}
    if not unseen:
        return planned
    rule = planned.type_by or TypeBy(_TYPE_NAME, {name: name for name in possible})
    told = {key: "" if name in unseen else name for key, name in rule.types.items()}
    return replace(planned, type_by=TypeBy(rule.field, told))


def _is_hidden(name: str, denied: Mapping[Coordinate, TagRule], shapes: Shapes) -> bool:
    rules = [denied.get(Coordinate(name, field)) for field in shapes[name].fields]
    return bool(rules) and all(rule and rule.deny is Deny.HIDE for rule in rules)
