"""What the objects in a source's answers have, where its schema tells.

In charge of carrying it from a connector to the planner, which then reads a field where
the object stands rather than by another call. Knows neither plans nor GraphQL text.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from gateway.record import Model, field

Fields: TypeAlias = "Mapping[str, Fields]"
"""Names of fields, and what is meant of the objects that they are; `...T` is a type."""
NOTHING: Fields = {}


def taken(value: object, fields: Fields) -> object:
    """Of a value what a set names; lists of objects are taken one by one."""
    if not fields or value is None:
        return value
    if isinstance(value, list | tuple):
        return [taken(one, fields) for one in value]
    if isinstance(value, Mapping):
        return {name: taken(value.get(name), below) for name, below in fields.items()}
    return value


class Held(Model, frozen=True):
    """What a source's own objects have.

    ``fields`` are those of each type; ``provided`` what objects below one field have
    besides, by that field's type and name. ``lost`` are fields that another source has
    taken over, with its name.
    """

    fields: Mapping[str, frozenset[str]] = field(default_factory=dict)
    provided: Mapping[tuple[str, str], Fields] = field(default_factory=dict)
    lost: Mapping[tuple[str, str], str] = field(default_factory=dict)

    def has(self, type_name: str, name: str) -> bool:
        """Whether an object of that type has the field, wherever it stands."""
        return name in self.fields.get(type_name, frozenset())


class Holding:
    """The base of targets whose objects are known.

    A base and no protocol: the planner asks of each step whether its target is one.
    """

    __slots__ = ()

    @property
    def held(self) -> Held | None:
        """What its source's schema says; None where there is none."""
        raise NotImplementedError

    @property
    def finds(self) -> str:
        """The type whose objects it finds by their keys alone, and empty else.

        What it gives of them, any object of that type in its source's answers has.
        """
        raise NotImplementedError

    @property
    def needs(self) -> Fields:
        """What it reads of an object to ask for it."""
        raise NotImplementedError

    @property
    def besides(self) -> Fields:
        """What the objects that it answers with have besides."""
        raise NotImplementedError
