"""What values are made of: msgspec's structs, by three names.

A `Record` is what every request makes many of. Python does not look for rounds in
records, so one must never hold a way back to itself. A `Model` is what is made once, at
load time, and may be part of a round: configurations are. What has a state is a
`Struct`. The class of a frozen dataclass takes forty times as long to make, a
millisecond, and a gateway that starts has hundreds of them; a dataclass is what wants a
base, a computed field or an order. `replace` and `asdict` know all of these.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, Self, TypeVar

from msgspec import Struct, field, structs

__all__ = ["Model", "Record", "Struct", "asdict", "field", "replace"]

T = TypeVar("T")


class Record(Struct, frozen=True, gc=False):
    """A value with named fields; classes repeat ``frozen=True``, for readers' sake."""

    def _replace(self, /, **changes: Any) -> Self:
        """The same with other values of some fields, as a `NamedTuple` has it."""
        return structs.replace(self, **changes)


class Model(Struct, frozen=True):
    """The same of what is made at load time; classes repeat ``frozen=True``, too."""


def replace(value: T, /, **changes: Any) -> T:
    """The same with other values of some fields: of a struct or of a dataclass."""
    if isinstance(value, Struct):
        return structs.replace(value, **changes)
    return dataclasses.replace(value, **changes)  # type: ignore[type-var]


def asdict(value: Any) -> dict[str, Any]:
    """Its fields by name, with those of what it holds, as `dataclasses.asdict` does."""
    names = (
        value.__struct_fields__
        if isinstance(value, Struct)
        else (one.name for one in dataclasses.fields(value))
    )
    return {name: _plain(getattr(value, name)) for name in names}


def _plain(value: Any) -> Any:
    if isinstance(value, Struct) or dataclasses.is_dataclass(value):
        return asdict(value)
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple) and not hasattr(value, "_fields"):
        return type(value)(_plain(one) for one in value)
    return value
