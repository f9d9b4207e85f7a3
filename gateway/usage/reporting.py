"""Who uses what of a schema, and what of it nobody does.

In charge of the answers, from what was counted. A field that was asked for by an
interface counts for every type that has it so. Must never read a file.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from graphql import (
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    is_introspection_type,
)

from gateway.record import Model
from gateway.usage.model import User
from gateway.usage.reading import Row, Usage
from gateway.values import JsonValue


class UsedBy(NamedTuple):
    """One user of something: how often, and on which day last."""

    user: User
    times: int
    last: str

    def as_json(self) -> dict[str, JsonValue]:
        """For programs."""
        told = {name: getattr(self.user, name) for name in User.__slots__}
        return {**told, "count": self.times, "last_seen": self.last}


class FieldUse(Model, frozen=True):
    """A field of the schema with those who used it. ``reason`` is its deprecation's."""

    name: str
    users: tuple[UsedBy, ...]
    reason: str | None = None

    @property
    def times(self) -> int:
        """In how many requests."""
        return sum(one.times for one in self.users)

    def as_json(self) -> dict[str, JsonValue]:
        """For programs."""
        return {
            "field": self.name,
            "deprecated": self.reason,
            "count": self.times,
            "used_by": [one.as_json() for one in self.users],
        }


def users_of(rows: tuple[Row, ...]) -> tuple[UsedBy, ...]:
    """Those who asked, each once, the most frequent first."""
    found: dict[User, UsedBy] = {}
    for row in rows:
        before = found.get(row.user)
        times = row.count + (before.times if before else 0)
        last = max(row.last, before.last) if before else row.last
        found[row.user] = UsedBy(row.user, times, last)
    return tuple(sorted(found.values(), key=lambda one: (-one.times, one.user)))


def fields_of(usage: Usage, schema: GraphQLSchema) -> tuple[FieldUse, ...]:
    """Every field of the schema, used or not, in the order of their names."""
    return tuple(sorted(_fields(usage, schema), key=lambda one: one.name))


def _fields(usage: Usage, schema: GraphQLSchema) -> Iterator[FieldUse]:
    for name, found in schema.type_map.items():
        if is_introspection_type(found):
            continue
        if isinstance(found, GraphQLObjectType | GraphQLInterfaceType):
            above = [name, *(each.name for each in found.interfaces)]
            for key, one in found.fields.items():
                rows = dict.fromkeys(
                    row
                    for each in above
                    for row in usage.fields.get(f"{each}.{key}", ())
                )
                users = users_of(tuple(rows))
                yield FieldUse(f"{name}.{key}", users, one.deprecation_reason)
