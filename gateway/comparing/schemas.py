"""Two GraphQL schemas → what clients feel of the difference.

In charge of what is breaking, dangerous and safe to a document that was valid:
graphql-core finds what can hurt, this room what is merely new, deprecated or said
otherwise. Must never know who asks.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import NamedTuple

from graphql import (
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    find_schema_changes,
    is_introspection_type,
    is_specified_scalar_type,
    specified_scalar_types,
)
from graphql.language import StringValueNode
from graphql.utilities import BreakingChangeType, DangerousChangeType

from gateway.comparing.model import Level
from gateway.values import SourceSpan

_Fields = GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType
_LEVELS: Mapping[type[object], Level] = {
    BreakingChangeType: Level.BREAKING,
    DangerousChangeType: Level.DANGEROUS,
}
_NAME = re.compile(r"[_A-Za-z]\w*")
_MEMBER = re.compile(r"([_A-Za-z]\w*\.[_A-Za-z]\w*)(?:\(\w+:\))?")
_DIRECTIVE = re.compile(r"@[_A-Za-z]\w*(?:\(\w+:\))?")


class Felt(NamedTuple):
    """One difference.

    ``coordinate`` is ``Type``, ``Type.field``, ``Type.field(arg:)`` or ``Enum.VALUE``,
    ``key`` what of it is otherwise.
    """

    level: Level
    coordinate: str
    key: str
    message: str
    before: str | None = None
    after: str | None = None


def felt(old: GraphQLSchema, new: GraphQLSchema) -> Iterator[Felt]:
    """Every difference, each once."""
    told = set()
    for one in find_schema_changes(old, new):
        level = _LEVELS.get(type(one.type))
        at = coordinate_of(one.description, old, new)
        # Built-in scalars come and go with what uses them.
        if level is not None and at not in specified_scalar_types:
            told.add(at)
            yield Felt(level, at, one.type.name.lower(), one.description.rstrip("."))
    yield from (one for one in _further(old, new) if one.coordinate not in told)
    yield from _said(old, new)


def coordinate_of(message: str, old: GraphQLSchema, new: GraphQLSchema) -> str:
    """What one of graphql-core's sentences is about."""
    directive = _DIRECTIVE.search(message)
    if directive is not None:
        return directive.group()
    for found in _MEMBER.finditer(message):
        if _has(found.group(1), old, new):
            return found.group()
    known = {**old.type_map, **new.type_map}
    types = [str(word) for word in _NAME.findall(message) if word in known]
    if not types:
        return "schema"
    # "A no longer implements interface B", and else "A was removed from union type B".
    return types[0] if "no longer implements" in message else types[-1]


def _has(word: str, old: GraphQLSchema, new: GraphQLSchema) -> bool:
    type_name, _, name = word.partition(".")
    found = (old.get_type(type_name), new.get_type(type_name))
    return any(name in _members(one) for one in found)


def _members(found: object) -> Collection[str]:
    """The fields of a type, or the values of an enum."""
    return getattr(found, "fields", None) or getattr(found, "values", None) or ()


# -- what hurts nobody ----------------------------------------------------------------


def _further(old: GraphQLSchema, new: GraphQLSchema) -> Iterator[Felt]:
    for name, after in sorted(new.type_map.items()):
        if is_introspection_type(after) or is_specified_scalar_type(after):
            continue
        before = old.get_type(name)
        if before is None:
            yield Felt(Level.SAFE, name, "type_added", f"{name} was added")
        elif isinstance(before, _Fields) and isinstance(after, _Fields):
            yield from _fields(name, before, after)


def _fields(name: str, before: _Fields, after: _Fields) -> Iterator[Felt]:
    for key, one in sorted(after.fields.items()):
        at, was = f"{name}.{key}", before.fields.get(key)
        if was is None:
            yield Felt(Level.SAFE, at, "field_added", f"{at} was added")
        elif str(was.type) != str(one.type):
            message = f"{at} changed type from {was.type} to {one.type}"
            kinds = str(was.type), str(one.type)
            yield Felt(Level.SAFE, at, "field_changed_type", message, *kinds)


def _said(old: GraphQLSchema, new: GraphQLSchema) -> Iterator[Felt]:
    """Deprecations, descriptions and tags of what both have."""
    for name in sorted(old.type_map.keys() & new.type_map.keys()):
        before, after = old.type_map[name], new.type_map[name]
        if is_introspection_type(after):
            continue
        yield from _about(name, before, after)
        for at, was, now in _below(name, before, after):
            yield from _about(at, was, now)


def _below(
    name: str, before: object, after: object
) -> Iterator[tuple[str, object, object]]:
    for kind in ("fields", "values"):
        was, now = (getattr(one, kind, None) or {} for one in (before, after))
        for key in sorted(was.keys() & now.keys()):
            yield f"{name}.{key}", was[key], now[key]


_TELLS: tuple[tuple[str, Level, Callable[[object], str | None]], ...] = (
    (
        "deprecated",
        Level.SAFE,
        lambda one: getattr(one, "deprecation_reason", None),
    ),
    ("description", Level.SAFE, lambda one: getattr(one, "description", None)),
    ("tags", Level.DANGEROUS, lambda one: ", ".join(tags_of(one)) or None),
)


def _about(at: str, was: object, now: object) -> Iterator[Felt]:
    for key, level, told in _TELLS:
        before, after = told(was), told(now)
        if before != after:
            yield Felt(
                level, at, key, f"{at}: {_says(key, before, after)}", before, after
            )


def _says(key: str, before: str | None, after: str | None) -> str:
    if key == "deprecated":
        reason = f": {after}" if after else ""
        return "no longer deprecated" if after is None else f"deprecated{reason}"
    if key == "description":
        return "its description changed"
    return f"tags {before or 'none'} → {after or 'none'}"


def tags_of(one: object) -> tuple[str, ...]:
    """The names of ``@tag`` at a type or a field."""
    nodes = [getattr(one, "ast_node", None), *getattr(one, "extension_ast_nodes", ())]
    found = {
        argument.value.value
        for node in nodes
        for directive in getattr(node, "directives", None) or ()
        if directive.name.value == "tag"
        for argument in directive.arguments
        if isinstance(argument.value, StringValueNode)
    }
    return tuple(sorted(found))


# -- where it stands -----------------------------------------------------------------


def place_in(schema: GraphQLSchema, coordinate: str) -> SourceSpan | None:
    """Where SDL has a coordinate; None where it does not, or nobody wrote it there."""
    at, _, argument = coordinate.partition("(")
    type_name, _, name = at.partition(".")
    found: object = schema.get_type(type_name)
    if at.startswith("@"):
        found = schema.get_directive(at[1:])
    if name and found is not None:
        values = getattr(found, "values", None) or {}
        found = (getattr(found, "fields", None) or values).get(name)
    if argument and found is not None:
        found = getattr(found, "args", {}).get(argument.rstrip(":)"))
    loc = getattr(getattr(found, "ast_node", None), "loc", None)
    if loc is None:
        return None
    start = loc.start_token
    return SourceSpan(loc.source.name, start.line, start.column)
