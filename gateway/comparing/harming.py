"""Whom a change would hurt, by what was counted of use.

In charge of what a use is for each kind of change. What values of variables name is not
counted: a change of an input or an enum is held against all who name its type, or ask
for a field of it. So is every change against requests of which too little is known.
Must never read a file.
"""

from __future__ import annotations

from collections.abc import Iterator

from graphql import GraphQLSchema, get_named_type

from gateway.comparing.model import (
    EVERYBODY,
    Change,
    Comparison,
    Harm,
    Kind,
    Level,
    Side,
)
from gateway.record import Model, replace
from gateway.usage.model import OTHERS
from gateway.usage.reading import Row, Usage
from gateway.usage.reporting import UsedBy, users_of

_ROOTS = ("Query", "Mutation", "Subscription")


def with_harms(comparison: Comparison, before: Side, usage: Usage) -> Comparison:
    """The same, where breaking changes and deprecations say who uses what they hit."""
    schema = before.schemas.get(EVERYBODY)
    if schema is None:
        return comparison
    harming = _Harming(schema, usage)
    changes = tuple(
        replace(one, harms=harming.of(one)) if _counts(one) else one
        for one in comparison.changes
    )
    return replace(comparison, changes=changes)


def _counts(change: Change) -> bool:
    return change.level is Level.BREAKING or change.key == "deprecated"


class _Harming(Model, frozen=True):
    schema: GraphQLSchema
    usage: Usage

    def of(self, change: Change) -> tuple[Harm, ...]:
        """Those who use it, the most frequent first."""
        unknown = (row for row in self.usage.rows if row.document == OTHERS)
        rows = dict.fromkeys((*self._rows(change), *unknown))
        # An audience of one word is a tenant; of others counts know too little.
        if change.audiences and not any(" " in one for one in change.audiences):
            known = {*change.audiences, "", OTHERS}
            rows = {row: None for row in rows if row.user.tenant in known}
        return tuple(map(_harm, users_of(tuple(rows))))

    def _rows(self, change: Change) -> Iterator[Row]:
        if change.kind is not Kind.SCHEMA or change.coordinate is None:
            for root in _ROOTS:
                yield from self._using(f"{root}.{change.subject}")
            return
        at, _, argument = change.coordinate.partition("(")
        if change.key == "required_arg_added":
            yield from self._without(at, change.coordinate)
        elif argument:
            yield from self._using(change.coordinate)
        elif "." in at:
            yield from self._of_member(at)
        else:
            yield from self._of_type(at)

    def _using(self, coordinate: str) -> tuple[Row, ...]:
        return self.usage.fields.get(coordinate, ())

    def _without(self, field: str, argument: str) -> Iterator[Row]:
        """Who asks for the field and does not give the argument."""
        yield from (row for row in self._using(field) if argument not in row.uses)

    def _of_member(self, at: str) -> Iterator[Row]:
        """Who names it; of an input or an enum, who names the type or gets one."""
        yield from self._using(at)
        name = at.partition(".")[0]
        found = self.schema.get_type(name)
        if getattr(found, "values", None) is not None:
            yield from self._of_type(name)
        elif not hasattr(found, "interfaces"):  # an input: its values may say it
            yield from self._using(name)

    def _of_type(self, name: str) -> Iterator[Row]:
        """Who asks for a field of it, for one that gives it, or names it."""
        yield from self._using(name)
        for field, rows in self.usage.fields.items():
            if field.startswith(f"{name}."):
                yield from rows
        for type_name, found in self.schema.type_map.items():
            for key, one in (getattr(found, "fields", None) or {}).items():
                if get_named_type(one.type).name == name:
                    yield from self._using(f"{type_name}.{key}")


def _harm(one: UsedBy) -> Harm:
    user = one.user
    client = f"{user.client} {user.version}".strip()
    return Harm(user.operation, client, user.tenant, one.times, one.last)
