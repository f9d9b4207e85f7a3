"""Federation's directives in SDL: those that may be written, and what becomes of them.

They speak to the router, so the schema that is served here does without them: they are
known to validation, kept for the subgraph's SDL, and left out of what is executed. Must
never give one of them a meaning of its own; `marks` reads those that say something of
this subgraph.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from graphql import (
    DefinitionNode,
    DirectiveDefinitionNode,
    DirectiveNode,
    DocumentNode,
    parse,
)
from graphql.language import Visitor, visit

FEDERATION = "https://specs.apollo.dev/federation/"
"""The beginning of the name that the specification has, whatever its version."""
OLDEST, NEWEST = 3, 9
"""The minor versions of federation v2 that are printed; composition reads all."""

_EVERYWHERE = (
    "FIELD_DEFINITION | OBJECT | INTERFACE | UNION | ARGUMENT_DEFINITION | SCALAR"
    " | ENUM | ENUM_VALUE | INPUT_OBJECT | INPUT_FIELD_DEFINITION"
)
_GUARDED = "FIELD_DEFINITION | OBJECT | INTERFACE | SCALAR | ENUM"


class _Known(NamedTuple):
    """What follows a directive's name, and the version of v2 that has it."""

    text: str
    since: int = 0


_DEFINITIONS = {
    "authenticated": _Known(f"on {_GUARDED}", 5),
    "composeDirective": _Known("(name: String!) repeatable on SCHEMA", 1),
    "context": _Known("(name: String!) repeatable on INTERFACE | OBJECT | UNION", 8),
    "cost": _Known(
        "(weight: Int!) on ARGUMENT_DEFINITION | ENUM | FIELD_DEFINITION"
        " | INPUT_FIELD_DEFINITION | OBJECT | SCALAR",
        9,
    ),
    "extends": _Known("on OBJECT | INTERFACE"),
    "external": _Known("(reason: String) on OBJECT | FIELD_DEFINITION"),
    "fromContext": _Known("(field: String!) on ARGUMENT_DEFINITION", 8),
    "inaccessible": _Known(f"on {_EVERYWHERE}"),
    "interfaceObject": _Known("on OBJECT", 3),
    "key": _Known(
        "(fields: String!, resolvable: Boolean = true) repeatable on OBJECT | INTERFACE"
    ),
    "listSize": _Known(
        "(assumedSize: Int, slicingArguments: [String!], sizedFields: [String!],"
        " requireOneSlicingArgument: Boolean = true) on FIELD_DEFINITION",
        9,
    ),
    "override": _Known("(from: String!, label: String) on FIELD_DEFINITION"),
    "policy": _Known(f"(policies: [[String!]!]!) on {_GUARDED}", 6),
    "provides": _Known("(fields: String!) on FIELD_DEFINITION"),
    "requires": _Known("(fields: String!) on FIELD_DEFINITION"),
    "requiresScopes": _Known(f"(scopes: [[String!]!]!) on {_GUARDED}", 5),
    "shareable": _Known("repeatable on FIELD_DEFINITION | OBJECT"),
    "tag": _Known(f"(name: String!) repeatable on {_EVERYWHERE}"),
}
KNOWN = frozenset(_DEFINITIONS)
"""The directives that are kept as they are written."""
ENFORCED = frozenset({"authenticated", "policy", "requiresScopes"})
"""Directives that a router enforces, and nobody else: they are no protection here."""
ONLY_OURS = frozenset(
    {
        "composeDirective",
        "extends",
        "external",
        "interfaceObject",
        "key",
        "override",
        "provides",
        "requires",
        "shareable",
    }
)
"""Directives that mean nothing outside of federation: whoever defines one means it."""
_LABELLED = 7
"""The version whose ``@override`` has a label."""
_LATER = ("connect", "source")


def hint_for(message: str) -> str | None:
    """What to do about a message of graphql-core that names an unknown directive."""
    if "Unknown directive '@federation__" in message:
        return "write it without 'federation__': the SDL for the router imports it"
    if any(f"Unknown directive '@{name}'" in message for name in _LATER):
        return "'headwater import connectors' makes files of them"
    return None


def version_of(nodes: Iterable[DefinitionNode], wanted: int) -> int:
    """The minor version that has all the directives used; at least the one wanted."""
    visitor = _Used()
    visit(DocumentNode(definitions=tuple(nodes)), visitor)
    used = (_DEFINITIONS[n].since for n in visitor.names if n in _DEFINITIONS)
    labelled = _LABELLED if visitor.labelled else OLDEST
    return max(OLDEST, wanted, labelled, *used)


def known_directives(nodes: Iterable[DefinitionNode]) -> Iterator[DefinitionNode]:
    """Definitions of the known directives that are used and not defined."""
    nodes = tuple(nodes)
    used = used_directives(nodes)
    own = {n.name.value for n in nodes if isinstance(n, DirectiveDefinitionNode)}
    for name in sorted((used & KNOWN) - own):
        text = f"directive @{name} {_DEFINITIONS[name].text}"
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
        self.labelled = False

    def enter_directive(self, node: DirectiveNode, *_: object) -> None:
        self.names.add(node.name.value)
        if node.name.value == "override":
            names = {argument.name.value for argument in node.arguments or ()}
            self.labelled = self.labelled or "label" in names


def is_ours(node: DefinitionNode) -> bool:
    """Whether it defines a directive that nobody wrote: `known_directives` did."""
    return isinstance(node, DirectiveDefinitionNode) and node.loc is None
