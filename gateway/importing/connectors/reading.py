"""SDL with `@source` and `@connect` → what they say, and the SDL without them.

In charge of the directives' arguments. Must never make a step.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from graphql import (
    DefinitionNode,
    DirectiveNode,
    DocumentNode,
    GraphQLError,
    ListTypeNode,
    NamedTypeNode,
    Node,
    NonNullTypeNode,
    ObjectTypeDefinitionNode,
    ObjectTypeExtensionNode,
    SchemaDefinitionNode,
    SchemaExtensionNode,
    Source,
    TypeNode,
    get_location,
    parse,
    value_from_ast_untyped,
)

from gateway.importing.made import ImportFailure
from gateway.record import Model, replace

ROOTS = ("Query", "Mutation")
Said = Mapping[str, object]


class Connect(Model, frozen=True):
    """One `@connect`: on a field, or on a type (``field`` is empty then)."""

    type: str
    field: str
    said: Said
    place: str
    returns: str = ""
    many: bool = False
    arguments: tuple[str, ...] = ()

    @property
    def coordinate(self) -> str:
        """As people call it: ``Query.users``."""
        return f"{self.type}.{self.field}" if self.field else self.type


class Read(Model, frozen=True):
    """All of a file."""

    sources: tuple[Said, ...]
    connects: tuple[Connect, ...]
    types: Mapping[str, Mapping[str, str]]
    """Object types: fields, and the types that they have inside of lists."""
    document: DocumentNode
    keys: Mapping[str, tuple[str, ...]]


def read_connectors(file: Path) -> Read:
    """What the file says.

    Raises:
        ImportFailure: it is no SDL, or has no connectors.
    """
    document = _parsed(file)
    objects = [n for n in document.definitions if isinstance(n, _OBJECTS)]
    sources = tuple(
        _said(each)
        for node in document.definitions
        if isinstance(node, SchemaDefinitionNode | SchemaExtensionNode)
        for each in _named(node, "source")
    )
    connects = tuple(each for node in objects for each in _connects(node, file))
    if not connects:
        raise ImportFailure(
            f"{file}:1:1",
            "no field has '@connect'",
            "name the schema with the connectors in it, not the composed one",
        )
    types: dict[str, dict[str, str]] = {}
    for node in objects:
        fields = types.setdefault(node.name.value, {})
        fields |= {f.name.value: _inner(f.type) for f in node.fields or ()}
    keys = {
        node.name.value: tuple(str(_said(each).get("fields", "")).split())
        for node in objects
        for each in _named(node, "key")[:1]
    }
    return Read(sources, connects, types, _without(document), keys)


_OBJECTS = (ObjectTypeDefinitionNode, ObjectTypeExtensionNode)


def _parsed(file: Path) -> DocumentNode:
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise ImportFailure(str(file), "this is no UTF-8 text") from None
    except OSError as error:
        raise ImportFailure(str(file), error.strerror or "cannot be read") from None
    try:
        return parse(Source(text, str(file)))
    except GraphQLError as error:
        at = error.locations[0] if error.locations else None
        place = f"{file}:{at.line}:{at.column}" if at else str(file)
        raise ImportFailure(place, f"this is no SDL: {error.message}") from None


def _named(node: Node, name: str) -> list[DirectiveNode]:
    """Its directives of a name, with or without the link's prefix."""
    wanted = (name, f"connect__{name}", f"federation__{name}")
    directives = getattr(node, "directives", None) or ()
    return [each for each in directives if each.name.value in wanted]


def _said(node: DirectiveNode) -> Said:
    return {a.name.value: value_from_ast_untyped(a.value) for a in node.arguments or ()}


def _connects(
    node: ObjectTypeDefinitionNode | ObjectTypeExtensionNode, file: Path
) -> Iterator[Connect]:
    owner = node.name.value
    for each in _named(node, "connect"):
        yield Connect(owner, "", _said(each), _place(each, file), owner)
    for field in node.fields or ():
        for each in _named(field, "connect"):
            made = Connect(owner, field.name.value, _said(each), _place(each, file))
            yield replace(
                made,
                returns=_inner(field.type),
                many=_is_list(field.type),
                arguments=tuple(a.name.value for a in field.arguments or ()),
            )


def _place(node: Node, file: Path) -> str:
    if node.loc is None:
        return str(file)
    at = get_location(node.loc.source, node.loc.start)
    return f"{file}:{at.line}:{at.column}"


def _inner(node: TypeNode) -> str:
    while isinstance(node, NonNullTypeNode | ListTypeNode):
        node = node.type
    return node.name.value if isinstance(node, NamedTypeNode) else ""


def _is_list(node: TypeNode) -> bool:
    inner = node.type if isinstance(node, NonNullTypeNode) else node
    return isinstance(inner, ListTypeNode)


# -- the SDL without them --------------------------------------------------------------


def _without(document: DocumentNode) -> DocumentNode:
    kept: list[DefinitionNode] = []
    for node in document.definitions:
        if isinstance(node, SchemaDefinitionNode | SchemaExtensionNode):
            continue
        plain = _plain(node)
        if plain is not None:
            kept.append(plain)
    return DocumentNode(definitions=tuple(kept))


def _plain(node: DefinitionNode) -> DefinitionNode | None:
    """The definition with `@deprecated` and `@tag` as its only directives."""
    made: Node = _bare(node)
    if isinstance(made, _OBJECTS):
        fields = tuple(_bare(each) for each in made.fields or ())
        root = made.name.value in ROOTS
        kind = ObjectTypeExtensionNode if root else type(made)
        return kind(
            name=made.name,
            fields=fields,  # type: ignore[arg-type]
            interfaces=made.interfaces,
            directives=made.directives,
            **({} if root else _description(made)),  # type: ignore[arg-type]
        )
    name = getattr(getattr(node, "name", None), "value", "")
    foreign = "__" in name or type(node).__name__ == "DirectiveDefinitionNode"
    return None if foreign else made  # type: ignore[return-value]


def served(node: DefinitionNode, names: frozenset[str]) -> DefinitionNode | None:
    """A root with the fields of these names alone; None where it has none of them."""
    if not isinstance(node, ObjectTypeExtensionNode) or node.name.value not in ROOTS:
        return node
    fields = tuple(f for f in node.fields or () if f.name.value in names)
    return ObjectTypeExtensionNode(name=node.name, fields=fields) if fields else None


def _description(node: Node) -> Mapping[str, object]:
    said = getattr(node, "description", None)
    return {"description": said} if said is not None else {}


_KEPT = ("deprecated", "tag")


def _bare(node: Node) -> Node:
    directives: Iterable[DirectiveNode] = getattr(node, "directives", None) or ()
    kept = tuple(each for each in directives if each.name.value in _KEPT)
    values = {key: getattr(node, key) for key in node.keys}
    return type(node)(**{**values, "directives": kept})
