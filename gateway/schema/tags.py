"""`@tag` in SDL → the fields of objects that each tag stands for.

In charge of what a tag covers: a field, or all fields that a type declares; of an
interface those fields of every object that implements it, of a union those of its
objects. Must never know what a tag is for.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from graphql import (
    DocumentNode,
    InterfaceTypeDefinitionNode,
    InterfaceTypeExtensionNode,
    ObjectTypeDefinitionNode,
    ObjectTypeExtensionNode,
    StringValueNode,
    TypeDefinitionNode,
    TypeExtensionNode,
)

from gateway.shape import Shapes
from gateway.values import Coordinate

_WITH_FIELDS = (
    ObjectTypeDefinitionNode,
    ObjectTypeExtensionNode,
    InterfaceTypeDefinitionNode,
    InterfaceTypeExtensionNode,
)
_Node = TypeDefinitionNode | TypeExtensionNode


def tagged_fields(
    document: DocumentNode, shapes: Shapes
) -> Mapping[str, frozenset[Coordinate]]:
    """The fields under each tag, as fields of objects."""
    found: dict[str, set[Coordinate]] = defaultdict(set)
    for node in document.definitions:
        if isinstance(node, _Node) and shapes.get(node.name.value) is not None:
            for tag, at in _of(node, shapes):
                found[tag] |= set(_everywhere(at, shapes))
    return {tag: frozenset(fields) for tag, fields in found.items()}


def _of(node: _Node, shapes: Shapes) -> Iterator[tuple[str, Coordinate]]:
    """What the tags of one definition or extension name."""
    name = node.name.value
    for tag in _tags(node):
        shape = shapes[name]
        declared = {name: shape} if shape.fields else {}
        several = declared or {one: shapes[one] for one in sorted(shape.possible)}
        for type_name, one in several.items():
            yield from ((tag, Coordinate(type_name, field)) for field in one.fields)
    for field in node.fields or () if isinstance(node, _WITH_FIELDS) else ():
        for tag in _tags(field):
            yield tag, Coordinate(name, field.name.value)


def _tags(node: object) -> Iterator[str]:
    for directive in getattr(node, "directives", None) or ():
        if directive.name.value == "tag":
            for argument in directive.arguments or ():
                if isinstance(argument.value, StringValueNode):
                    yield argument.value.value


def _everywhere(at: Coordinate, shapes: Shapes) -> Iterator[Coordinate]:
    """A field as one of objects: an interface's is that of all that implement it."""
    shape = shapes[at.type]
    if not shape.abstract:
        yield at
    for one in shape.possible:
        if shapes.field(one, at.field) is not None:
            yield Coordinate(one, at.field)
