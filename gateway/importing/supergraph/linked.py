"""Which specifications a supergraph is written in, and how it names their directives.

In charge of refusing what nobody here knows the meaning of: a feature that says it is
needed for security or execution is never passed over. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from graphql import (
    ConstDirectiveNode,
    ConstValueNode,
    DocumentNode,
    SchemaDefinitionNode,
    SchemaExtensionNode,
    value_from_ast_untyped,
)

from gateway.importing.made import ImportFailure
from gateway.record import Model, field

JOIN_VERSIONS = ("v0.1", "v0.2", "v0.3", "v0.4", "v0.5")
CONNECTORS = "headwater import connectors reads the subgraph's own SDL"
"""What to do with a graph that is made of connectors."""
PROTECTIONS = ("authenticated", "requiresScopes", "policy")
"""Features that say who may see something."""
_KNOWN = frozenset({"link", "core", "join", "tag", "inaccessible", *PROTECTIONS})
_HARMLESS = frozenset({"cost", "context", "cacheTag", "cacheControl"})
_URL = re.compile(r"(?P<of>.*/)?(?P<name>[^/]+)/(?P<version>v\d+\.\d+)/?")


class Links(Model, frozen=True):
    """The specifications of one supergraph.

    ``join`` is the version of join, ``names`` the name of a directive here by the one
    that its specification gives it; ``besides`` are features of no meaning here.
    """

    join: str
    names: Mapping[str, str] = field(default_factory=dict)
    prefix: str = "join"
    besides: tuple[str, ...] = ()

    def directive(self, name: str) -> str:
        """How a directive is called here: ``join__type``, ``inaccessible``."""
        if name.startswith("join__"):
            return f"{self.prefix}__{name.removeprefix('join__')}"
        return self.names.get(name, name)


def links_of(document: DocumentNode, place: str) -> Links:
    """What the document's schema links to.

    Raises:
        ImportFailure: it is no supergraph, or one whose meaning is not known here.
    """
    join, prefix = "", "join"
    names: dict[str, str] = {}
    besides: list[str] = []
    for given in _features(document):
        found = _URL.fullmatch(str(given.get("url") or given.get("feature") or ""))
        if found is None:
            continue
        name, version = found["name"], found["version"]
        called = str(given.get("as") or name)
        if name == "join":
            join, prefix = _known_join(version, place), called
        elif name in _HARMLESS:
            besides.append(name)
        elif name not in _KNOWN:
            _refuse_needed(name, given, place)
            besides.append(name)
        names[name] = called
        names |= _imported(given)
    if not join:
        message = "this is no supergraph: its schema does not link to join"
        hint = "compose one (rover supergraph compose); for a subgraph: import graphql"
        raise ImportFailure(place, message, hint)
    return Links(join, names, prefix, tuple(besides))


def _features(document: DocumentNode) -> Iterator[Mapping[str, object]]:
    for node in document.definitions:
        if isinstance(node, SchemaDefinitionNode | SchemaExtensionNode):
            for one in node.directives or ():
                if one.name.value in ("link", "core"):
                    yield arguments_of(one)


def arguments_of(directive: ConstDirectiveNode) -> Mapping[str, object]:
    """The arguments of a directive as plain values; enum values as their names."""
    return {one.name.value: _plain(one.value) for one in directive.arguments or ()}


def _plain(value: ConstValueNode) -> object:
    return value_from_ast_untyped(value)


def _known_join(version: str, place: str) -> str:
    if version not in JOIN_VERSIONS:
        message = f"join {version} is not known here"
        hint = f"known are {', '.join(JOIN_VERSIONS)}"
        raise ImportFailure(place, message, hint)
    return version


def _refuse_needed(name: str, given: Mapping[str, object], place: str) -> None:
    if name == "connect":
        message = "a graph of it has connectors, and is no GraphQL API"
        raise ImportFailure(place, message, CONNECTORS)
    if given.get("for") in ("SECURITY", "EXECUTION"):
        message = f"it needs {name} for {str(given['for']).lower()}, not known here"
        raise ImportFailure(place, message, "compose a supergraph without it")


def _imported(given: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    listed = given.get("import")
    for one in listed if isinstance(listed, list) else ():
        if isinstance(one, dict) and one.get("as"):
            yield str(one["name"]).lstrip("@"), str(one["as"]).lstrip("@")
