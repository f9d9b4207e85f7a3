"""Objects that were named as one of an interface, as what they turn out to be.

In charge of what a row that tells a type is worth. Must never look one up, and never
make an object of a type that its interface does not have.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from gateway.errors import Code
from gateway.execution.model import Failed, Failure, Skipped
from gateway.plan.model import Kind, Read
from gateway.profile.model import TypeBy

_UNTOLD = Failed(
    Failure(Code.DEPENDENCY_FAILED, "Nothing told which type the object has.")
)


def as_kind(
    one: object, kinds: Mapping[str, Kind], read: Callable[[Read, object], object]
) -> object:
    """An object as what it is; null where the row is, a `Failed` where nobody knows."""
    name = one.get("__typename") if isinstance(one, Mapping) else None
    kind = kinds.get(name) if isinstance(name, str) else None
    if kind is None or not isinstance(one, Mapping):
        return one
    row = read(kind.row, one)
    if isinstance(row, Skipped):
        if row.is_failure:
            return _UNTOLD
        row = row.stands_in.value if row.stands_in else None
    if row is None or isinstance(row, Failed):
        return row
    found = _type_in(row, kind)
    if found in kind.types:
        return {**one, "__typename": found}
    message = f"The source's value is no type of {name}."
    return Failed(Failure(Code.INVALID_VALUE, message))


def _type_in(row: object, kind: Kind) -> object:
    if not isinstance(row, Mapping):
        return None
    return named_by(row, kind.type_by) if kind.type_by else row.get("__typename")


def named_by(value: Mapping[str, object], rule: TypeBy) -> str | None:
    """The type that a rule makes of an object."""
    return rule.types.get(str(value.get(rule.field)), rule.types.get("*"))
