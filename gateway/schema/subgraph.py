"""The schema as a federation v2 subgraph: the SDL that a router composes.

In charge of the SDL's text and of what the executed schema gets besides. Which keys
there are, and whether an object can be found by them, is decided elsewhere.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from graphql import (
    ConstDirectiveNode,
    DefinitionNode,
    DirectiveDefinitionNode,
    InterfaceTypeDefinitionNode,
    InterfaceTypeExtensionNode,
    ObjectTypeDefinitionNode,
    ObjectTypeExtensionNode,
    SchemaExtensionNode,
    parse,
    print_ast,
)

from gateway.profile.model import Key
from gateway.record import replace
from gateway.schema.directives import (
    FEDERATION,
    KNOWN,
    is_ours,
    used_directives,
    version_of,
)
from gateway.schema.sdl import Sdl, complete

_PLACEHOLDER = "_empty"
_SHARED = "PageInfo"
"""Relay's type: every subgraph with a connection has the same one."""
_DEFINED = (ObjectTypeDefinitionNode, InterfaceTypeDefinitionNode)
_KEYED = (*_DEFINED, ObjectTypeExtensionNode, InterfaceTypeExtensionNode)


class SubgraphKey(NamedTuple):
    """A key as the router sees it: where it is not resolvable it only refers."""

    key: Key
    resolvable: bool


def entity_sdl(types: Collection[str]) -> str:
    """What the executed schema needs to serve objects of these types by their keys."""
    parts = ["type _Service {\n  sdl: String\n}"]
    fields = ["  _service: _Service!"]
    if types:
        parts += ["scalar _Any", f"union _Entity = {' | '.join(sorted(types))}"]
        fields.append("  _entities(representations: [_Any!]!): [_Entity]!")
    roots = "\n".join(fields)
    return "\n\n".join((*parts, f"extend type Query {{\n{roots}\n}}"))


def subgraph_sdl(
    sdl: Sdl, declared: str, keys: Mapping[str, Sequence[SubgraphKey]]
) -> str:
    """The SDL of the subgraph: what people and profiles declare, with the keys."""
    added = parse(declared, no_location=True).definitions if declared else ()
    document = complete((*sdl.document.definitions, *added))
    kept = [n for n in document.definitions if not is_ours(n) and not _is_empty(n)]
    nodes = [_with_directives(node, keys) for node in kept]
    own = [node for node in nodes if not isinstance(node, SchemaExtensionNode)]
    parts = [_head(nodes, sdl), *(print_ast(node) for node in own)]
    return "\n\n".join(parts) + "\n"


def _is_empty(node: DefinitionNode) -> bool:
    """Whether it is the `Query` that stands where no operation is."""
    if not isinstance(node, ObjectTypeDefinitionNode):
        return False
    return [f.name.value for f in node.fields or ()] == [_PLACEHOLDER]


def _with_directives(
    node: DefinitionNode, keys: Mapping[str, Sequence[SubgraphKey]]
) -> DefinitionNode:
    if not isinstance(node, _KEYED):
        return node
    name, defines = node.name.value, isinstance(node, _DEFINED)
    texts = [_key(key) for key in keys.get(name, ()) if defines]
    if name == _SHARED and "shareable" not in used_directives([node]):
        texts.append("@shareable")
    written = [d for d in node.directives or () if d.name.value != "key"]
    return replace(node, directives=(*_directives(" ".join(texts)), *written))


def _key(key: SubgraphKey) -> str:
    further = "" if key.resolvable else ", resolvable: false"
    return f'@key(fields: "{key.key}"{further})'


def _directives(text: str) -> tuple[ConstDirectiveNode, ...]:
    (node,) = parse(f"type T {text}", no_location=True).definitions
    assert isinstance(node, ObjectTypeDefinitionNode), "it was written so"  # noqa: S101
    return tuple(node.directives or ())


def _head(nodes: Sequence[DefinitionNode], sdl: Sdl) -> str:
    """The specifications that the SDL speaks, and what is said of the schema."""
    own = {n.name.value for n in nodes if isinstance(n, DirectiveDefinitionNode)}
    used = used_directives(nodes) & (KNOWN - own)
    names = ", ".join(f'"@{name}"' for name in sorted(used))
    imported = f", import: [{names}]" if names else ""
    version = version_of(nodes, sdl.version)
    lines = [f'@link(url: "{FEDERATION}v2.{version}"{imported})']
    lines += (print_ast(link) for link in sdl.links)
    for node in nodes:
        if isinstance(node, SchemaExtensionNode):
            lines += (print_ast(said) for said in node.directives or ())
    return "extend schema\n  " + "\n  ".join(lines)
