"""The kinds of values CEL knows, and how Python's values stand for them.

In charge of naming a value's kind and of the four values that JSON has no word for:
unsigned integers, optionals, types and absence. Must never convert silently.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Final

from gateway.record import Model


class Absent(Enum):
    """The type of `ABSENT`: one value, false, that no source can send."""

    ABSENT = "absent"

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT: Final = Absent.ABSENT
"""What an expression gives that has no value: `optional.none()`."""


class Fault(Exception):  # noqa: N818 - the public error is EvaluationError
    """An operation failed; the caller knows the text and the place and adds them."""


class Uint(int):
    """CEL's unsigned 64-bit integer: kept apart from int by its class."""

    __slots__ = ()


class CelType(Model, frozen=True):
    """A type as a value: what `type(x)` gives."""

    name: str

    def __str__(self) -> str:
        return self.name


class Maybe:
    """CEL's optional. Selecting on it selects on what it holds, if anything."""

    __slots__ = ("held",)

    def __init__(self, held: object) -> None:
        self.held = held

    def __getitem__(self, key: object) -> Maybe:
        return self if self.held is ABSENT else inside(self.held, key)


NONE: Final = Maybe(ABSENT)


def inside(value: object, key: object) -> Maybe:
    """What a map holds under a key, as an optional; a fault where it is no map."""
    if isinstance(value, Maybe):
        return value[key]
    if not isinstance(value, Mapping):
        raise Fault(f"cannot select {key!r} on {kind(value)}")
    found = value.get(key, ABSENT)
    return NONE if found is ABSENT else Maybe(found)


_KINDS: Final[dict[type, str]] = {
    type(None): "null",
    bool: "bool",
    int: "int",
    Uint: "uint",
    float: "double",
    Decimal: "double",
    str: "string",
    bytes: "bytes",
    bytearray: "bytes",
    list: "list",
    tuple: "list",
    dict: "map",
    datetime: "timestamp",
    date: "date",
    timedelta: "duration",
    Maybe: "optional",
    CelType: "type",
}
_BASES: Final = (
    (Mapping, "map"),
    (str, "string"),
    (Sequence, "list"),
    (datetime, "timestamp"),
    (timedelta, "duration"),
    (Decimal, "double"),
    (float, "double"),
    (int, "int"),
)
_TYPE_NAMES: Final = {
    "null": "null_type",
    "timestamp": "google.protobuf.Timestamp",
    "duration": "google.protobuf.Duration",
    "optional": "optional_type",
}
TYPES: Final = {
    name: CelType(name)
    for name in sorted({_TYPE_NAMES.get(kind, kind) for kind in _KINDS.values()})
}
"""Every type an expression can name."""


def kind(value: object) -> str:
    """The value's kind in the words of this language."""
    found = _KINDS.get(type(value))
    if found is not None:
        return found
    for base, name in _BASES:
        if isinstance(value, base):
            return name
    return type(value).__name__


def type_of(value: object) -> CelType:
    """CEL's `type(value)`."""
    name = kind(value)
    name = _TYPE_NAMES.get(name, name)
    return TYPES.get(name) or CelType(name)


def no_overload(name: str, *values: object) -> Fault:
    """The fault of an operation that these kinds do not have."""
    kinds = ", ".join(kind(value) for value in values)
    return Fault(f"{name} does not take ({kinds})")
