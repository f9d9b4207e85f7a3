"""What SDL says of the specifications it speaks, taken out of it: ``@link``.

In charge of telling federation's own words from people's: its link is written anew,
its definitions are known here, and a type that is only ever extended, as federation 1
writes another subgraph's, is a type like any other. Must never drop what people
defined.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from graphql import (
    ConstDirectiveNode,
    DefinitionNode,
    DirectiveDefinitionNode,
    DirectiveNode,
    GraphQLError,
    InterfaceTypeDefinitionNode,
    InterfaceTypeExtensionNode,
    ListValueNode,
    ObjectTypeDefinitionNode,
    ObjectTypeExtensionNode,
    ObjectValueNode,
    ScalarTypeDefinitionNode,
    SchemaDefinitionNode,
    SchemaExtensionNode,
    StringValueNode,
    TypeDefinitionNode,
)

from gateway.record import Struct, field, replace
from gateway.schema.directives import FEDERATION, NEWEST, ONLY_OURS

_VERSION = re.compile(r"v2\.([0-9]+)/?")
_SCALARS = frozenset(
    {
        "FieldSet",
        "_Any",
        "_FieldSet",
        "federation__FieldSet",
        "federation__Policy",
        "federation__Scope",
        "link__Import",
    }
)


class Unlinked(Struct):
    """Definitions without ``@link``, and what the schema's directives said.

    ``links`` are those to other specifications, ``composed`` the directives to be kept
    in the supergraph; ``version`` is the least minor one of federation v2 that is
    asked for.
    """

    definitions: list[DefinitionNode] = field(default_factory=list)
    links: list[ConstDirectiveNode] = field(default_factory=list)
    version: int = 0
    problems: list[GraphQLError] = field(default_factory=list)


def unlinked(definitions: Iterable[DefinitionNode]) -> Unlinked:
    """Take ``extend schema @link`` out: the subgraph's own is written anew."""
    found = Unlinked()
    for node in definitions:
        if isinstance(node, SchemaExtensionNode | SchemaDefinitionNode):
            found.definitions += _unlinked(node, found)
        elif not _is_federations(node):
            found.definitions.append(node)
    found.definitions = [*_defined(found.definitions)]
    return found


def _unlinked(
    node: SchemaExtensionNode | SchemaDefinitionNode, found: Unlinked
) -> Iterator[DefinitionNode]:
    links = [d for d in node.directives or () if d.name.value == "link"]
    for link in links:
        if FEDERATION not in _text(link, "url"):
            found.links.append(link)
        else:
            _federation(link, found)
    others = tuple(d for d in node.directives or () if d not in links)
    if not links or others or node.operation_types:
        yield replace(node, directives=others)  # type: ignore[misc]


def _federation(link: DirectiveNode, found: Unlinked) -> None:
    """Its version; names of one's own would have to be known everywhere else."""
    url = _text(link, "url")
    version = _VERSION.fullmatch(url.removeprefix(FEDERATION))
    if version is None or int(version[1]) > NEWEST:
        found.problems.append(
            GraphQLError(
                f"{url!r} is no version that is spoken here: v2.0 to v2.{NEWEST}",
                [link],
            )
        )
    else:
        found.version = max(found.version, int(version[1]))
    renamed = [a for a in link.arguments or () if a.name.value == "as"]
    for argument in link.arguments or ():
        listed = argument.value if argument.name.value == "import" else None
        if isinstance(listed, ListValueNode):
            renamed += [v for v in listed.values if isinstance(v, ObjectValueNode)]  # type: ignore[misc]
    if renamed:
        found.problems.append(
            GraphQLError("federation's directives have no other names here", renamed)
        )


def _text(link: DirectiveNode, name: str) -> str:
    values = (a.value for a in link.arguments or () if a.name.value == name)
    return next((v.value for v in values if isinstance(v, StringValueNode)), "")


def _is_federations(node: DefinitionNode) -> bool:
    """Whether it defines a word of federation's, as printed subgraphs do."""
    if isinstance(node, DirectiveDefinitionNode):
        return node.name.value in {*ONLY_OURS, "link"} and node.loc is not None
    return isinstance(node, ScalarTypeDefinitionNode) and node.name.value in _SCALARS


def _defined(definitions: list[DefinitionNode]) -> Iterator[DefinitionNode]:
    """Types that are only ever extended, by their key, are defined by the first."""
    known = {n.name.value for n in definitions if isinstance(n, TypeDefinitionNode)}
    for node in definitions:
        made = _definition(node)
        if made is None or made.name.value in known or not _has_key(made):
            yield node
        else:
            known.add(made.name.value)
            yield made


def _definition(
    node: DefinitionNode,
) -> ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode | None:
    kind: type[ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode]
    if isinstance(node, ObjectTypeExtensionNode):
        kind = ObjectTypeDefinitionNode
    elif isinstance(node, InterfaceTypeExtensionNode):
        kind = InterfaceTypeDefinitionNode
    else:
        return None
    return kind(
        name=node.name,
        fields=node.fields,
        interfaces=node.interfaces,
        directives=node.directives,
        loc=node.loc,
    )


def _has_key(node: ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode) -> bool:
    return any(d.name.value == "key" for d in node.directives or ())
