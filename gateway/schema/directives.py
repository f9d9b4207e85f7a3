"""Federation's directives in SDL: those that may be written, and what becomes of them.

They speak to the router, so the schema that is served here does without them: they are
known to validation, kept for the subgraph's SDL, and left out of what is executed. Must
never give one of them a meaning of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from graphql import (
    ConstDirectiveNode,
    DefinitionNode,
    DirectiveDefinitionNode,
    DirectiveNode,
    DocumentNode,
    SchemaExtensionNode,
    StringValueNode,
    parse,
)
from graphql.language import Visitor, visit

FEDERATION = "https://specs.apollo.dev/federation/"
"""The beginning of the name that the specification has, whatever its version."""

_EVERYWHERE = (
    "FIELD_DEFINITION | OBJECT | INTERFACE | UNION | ARGUMENT_DEFINITION | SCALAR"
    " | ENUM | ENUM_VALUE | INPUT_OBJECT | INPUT_FIELD_DEFINITION"
)
_DEFINITIONS = {
    "shareable": "repeatable on FIELD_DEFINITION | OBJECT",
    "tag": f"(name: String!) repeatable on {_EVERYWHERE}",
    "inaccessible": f"on {_EVERYWHERE}",
    "override": "(from: String!) on FIELD_DEFINITION",
}
KNOWN = frozenset(_DEFINITIONS)
"""The directives that are kept as they are written."""

_NOT_HERE = {
    "key": "write 'key: [id]' in the type's file, 'entity: Account'",
    **dict.fromkeys(
        ("external", "requires", "provides", "extends", "interfaceObject"),
        "this version serves no fields that depend on another subgraph's",
    ),
}


def hint_for(message: str) -> str | None:
    """What to do about a message of graphql-core that names an unknown directive."""
    named = (hint for name, hint in _NOT_HERE.items() if f"'@{name}'" in message)
    return next(named, None)


@dataclass(slots=True)
class Unlinked:
    """Definitions without ``@link``, and the links to other specifications."""

    definitions: list[DefinitionNode] = field(default_factory=list)
    links: list[ConstDirectiveNode] = field(default_factory=list)


def unlinked(definitions: Iterable[DefinitionNode]) -> Unlinked:
    """Take ``extend schema @link`` out: the subgraph's own is written anew."""
    found = Unlinked()
    for node in definitions:
        if not isinstance(node, SchemaExtensionNode):
            found.definitions.append(node)
            continue
        links = [d for d in node.directives or () if d.name.value == "link"]
        found.links += (link for link in links if FEDERATION not in _url(link))
        others = tuple(d for d in node.directives or () if d not in links)
        if others or node.operation_types:
            found.definitions.append(
                SchemaExtensionNode(  # type: ignore[arg-type]
                    directives=others,
                    operation_types=node.operation_types,
                    loc=node.loc,
                )
            )
    return found


def _url(link: DirectiveNode) -> str:
    values = (a.value for a in link.arguments or () if a.name.value == "url")
    return next((v.value for v in values if isinstance(v, StringValueNode)), "")


def known_directives(nodes: Iterable[DefinitionNode]) -> Iterator[DefinitionNode]:
    """Definitions of the known directives that are used and not defined."""
    nodes = tuple(nodes)
    used = used_directives(nodes)
    own = {n.name.value for n in nodes if isinstance(n, DirectiveDefinitionNode)}
    for name in sorted((used & KNOWN) - own):
        text = f"directive @{name} {_DEFINITIONS[name]}"
        yield from parse(text, no_location=True).definitions


def used_directives(nodes: Iterable[DefinitionNode]) -> set[str]:
    """The names of the directives that stand anywhere in the definitions."""
    visitor = _Used()
    visit(DocumentNode(definitions=tuple(nodes)), visitor)
    return visitor.names


class _Used(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def enter_directive(self, node: DirectiveNode, *_: object) -> None:
        self.names.add(node.name.value)


def is_ours(node: DefinitionNode) -> bool:
    """Whether it defines a directive that nobody wrote: `known_directives` did."""
    return isinstance(node, DirectiveDefinitionNode) and node.loc is None
