"""Which fields whose reading is recorded a root field gives its caller. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from gateway.plan.model import Denied, Masked, PlannedField
from gateway.values import Coordinate


def recorded(
    field: PlannedField, at: Coordinate, audited: Collection[Coordinate]
) -> tuple[str, ...]:
    """The fields by name; those that a policy denies are not read."""
    if not audited:
        return ()
    return tuple(sorted({str(one) for one in _read(field, at) if one in audited}))


def _read(field: PlannedField, at: Coordinate) -> Iterator[Coordinate]:
    if isinstance(field.read, Denied | Masked):
        return
    yield at
    for concrete, fields in field.fields.items():
        for child in fields.values():
            yield from _read(child, Coordinate(concrete, child.name))
