"""What the objects of a subgraph have, by the directives of its SDL. Pure.

In charge of the meaning of `@external`, `@requires`, `@provides` and `@key` there. In a
schema without them objects have all fields of their type.
"""

from __future__ import annotations

from collections.abc import Iterator

from graphql import (
    ConstDirectiveNode,
    DocumentNode,
    FieldDefinitionNode,
    ObjectTypeDefinitionNode,
    ObjectTypeExtensionNode,
    StringValueNode,
)

from gateway.connectors.graphql.fieldsets import fields_of, merged
from gateway.connectors.graphql.overriding import taker
from gateway.held import Fields, Held

_Type = ObjectTypeDefinitionNode | ObjectTypeExtensionNode
_NOT_ITS_OWN = frozenset({"external", "requires", "fromContext"})


def held_by(document: DocumentNode) -> Held:
    """What an SDL document says of the objects in its subgraph's answers."""
    fields: dict[str, frozenset[str]] = {}
    provided: dict[tuple[str, str], Fields] = {}
    lost: dict[tuple[str, str], str] = {}
    for type_ in document.definitions:
        if not isinstance(type_, _Type):
            continue
        name = type_.name.value
        fields[name] = fields.get(name, frozenset()) | _own(type_)
        for field in type_.fields or ():
            at = name, field.name.value
            for by in _takers(field):
                lost[at] = by
            for given in texts(field.directives, "provides"):
                provided[at] = merged(provided.get(at, {}), _read(given))
    return Held(fields, provided, lost)


def _own(type_: _Type) -> frozenset[str]:
    keys = {top for text in texts(type_.directives, "key") for top in _read(text)}
    foreign = any(_is(one, "external") for one in type_.directives or ())
    names = (f.name.value for f in type_.fields or () if not foreign and _is_own(f))
    return frozenset(names) | keys


def _is_own(field: FieldDefinitionNode) -> bool:
    named = {_name(one) for one in field.directives or ()}
    named |= {_name(o) for a in field.arguments or () for o in a.directives or ()}
    return not named & _NOT_ITS_OWN


def _takers(field: FieldDefinitionNode) -> Iterator[str]:
    found = (taker(one) for one in field.directives or () if _is(one, "external"))
    return (one for one in found if one is not None)


def texts(
    directives: tuple[ConstDirectiveNode, ...] | None, name: str
) -> Iterator[str]:
    """The sets of fields that directives of a name hold."""
    for one in directives or ():
        for argument in (one.arguments or ()) if _is(one, name) else ():
            if argument.name.value == "fields" and isinstance(
                argument.value, StringValueNode
            ):
                yield argument.value.value


def _read(text: str) -> Fields:
    try:
        return fields_of(text)
    except ValueError:
        return {}  # a set with arguments: nothing is known to be there


def _is(directive: ConstDirectiveNode, name: str) -> bool:
    return _name(directive) == name


def _name(directive: ConstDirectiveNode) -> str:
    """Its name without the prefix that a link may give it: `federation__key`."""
    return directive.name.value.rpartition("__")[2]
