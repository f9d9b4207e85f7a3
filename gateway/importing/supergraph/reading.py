"""The text of a supergraph → what each graph has of it. Pure.

In charge of the meaning of join's directives, in each version of them. What is made of
them is decided elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from graphql import (
    ConstDirectiveNode,
    DocumentNode,
    EnumTypeDefinitionNode,
    FieldDefinitionNode,
    GraphQLError,
    InputObjectTypeDefinitionNode,
    InputValueDefinitionNode,
    Node,
    SchemaDefinitionNode,
    TypeExtensionNode,
    parse,
)

from gateway.importing.made import ImportFailure
from gateway.importing.supergraph.linked import Links, arguments_of, links_of
from gateway.importing.supergraph.model import (
    Fielded,
    FieldIn,
    Graph,
    Key,
    Supergraph,
    TypeIn,
    TypeNode,
)
from gateway.record import replace

_OWNED = "v0.1"
"""The version in which a type has one owner."""
_COMPOSE = "name what composition made (rover supergraph compose)"


def read_supergraph(text: str, place: str) -> Supergraph:
    """The supergraph in a text.

    Raises:
        ImportFailure: it is none, or one in a version that is not known.
    """
    try:
        document = parse(text)
    except GraphQLError as error:
        at = error.locations[0] if error.locations else None
        where = f"{place}:{at.line}:{at.column}" if at else place
        raise ImportFailure(where, error.message) from None
    except RecursionError:
        raise ImportFailure(place, "this is nested too deep") from None
    return _Reading(document, links_of(document, place), place).read()


class _Reading:
    """One document at work."""

    def __init__(self, document: DocumentNode, links: Links, place: str) -> None:
        self.links, self.place = links, place
        self.document = document
        self.nodes: dict[str, TypeNode] = {}
        for node in document.definitions:
            self._take(node)
        self.graphs = self._graphs()

    def _take(self, node: Node) -> None:
        """Know a type; nothing of a supergraph is written in two places."""
        if isinstance(node, TypeExtensionNode):
            message = (
                f"{node.name.value} is extended: a supergraph has types as a whole"
            )
            raise ImportFailure(self._at(node), message, _COMPOSE)
        if isinstance(node, TypeNode) and node.name.value in self.nodes:
            message = f"{node.name.value} is defined twice"
            raise ImportFailure(self._at(node), message, _COMPOSE)
        if isinstance(node, TypeNode):
            self.nodes[node.name.value] = node
        if isinstance(node, SchemaDefinitionNode):
            for root in node.operation_types:
                name, kind = root.type.name.value, root.operation.value.capitalize()
                if name != kind:
                    message = f"its {kind} is called {name}"
                    raise ImportFailure(self._at(root), message, _COMPOSE)

    def _at(self, node: Node) -> str:
        return f"{self.place}:{node.loc.start_token.line}" if node.loc else self.place

    def read(self) -> Supergraph:
        types = {n: node for n, node in self.nodes.items() if not self._is_ours(n)}
        within = {name: self._within(node) for name, node in types.items()}
        fields = {
            (name, one.name.value): self._field(node, one, within[name])
            for name, node in types.items()
            if isinstance(node, Fielded | InputObjectTypeDefinitionNode)
            for one in node.fields or ()
        }
        applied = tuple(self._applied(types))
        return Supergraph(self.links, self.graphs, types, within, fields, applied)

    def _applied(self, types: Mapping[str, TypeNode]) -> Iterator[tuple[str, str]]:
        """Directives that join passes on, and where they stand."""
        for node in self.document.definitions:
            if isinstance(node, SchemaDefinitionNode):
                for given in self._given(node, "join__directive"):
                    yield "schema", str(given.get("name"))
        for name, type_ in types.items():
            for given in self._given(type_, "join__directive"):
                yield name, str(given.get("name"))
            for one in type_.fields or () if isinstance(type_, Fielded) else ():
                for given in self._given(one, "join__directive"):
                    yield f"{name}.{one.name.value}", str(given.get("name"))

    def _is_ours(self, name: str) -> bool:
        """Whether a type is part of a specification."""
        prefixes = {self.links.prefix, "link", "core", *self.links.names.values()}
        return "__" in name and name.partition("__")[0] in prefixes

    def _graphs(self) -> Mapping[str, Graph]:
        node = self.nodes.get(f"{self.links.prefix}__Graph")
        if not isinstance(node, EnumTypeDefinitionNode) or not node.values:
            message = f"this is no supergraph: there is no {self.links.prefix}__Graph"
            raise ImportFailure(self.place, message)
        found = {}
        for value in node.values:
            id_ = value.name.value
            given = next(self._given(value, "join__graph"), {})
            name, url = str(given.get("name") or id_), str(given.get("url") or "")
            found[id_] = Graph(id_, name, url)
        return found

    def _given(self, node: Node, name: str) -> Iterator[Mapping[str, object]]:
        """The arguments of a node's directives of one name."""
        wanted = self.links.directive(name)
        directives: tuple[ConstDirectiveNode, ...] = (
            getattr(node, "directives", None) or ()
        )
        return (arguments_of(d) for d in directives if d.name.value == wanted)

    def _within(self, node: TypeNode) -> Mapping[str, TypeIn]:
        """What the graphs have of a type; a type of no graph is every graph's."""
        found: dict[str, TypeIn] = {}
        for given in self._given(node, "join__type"):
            graph = self._graph(given, node)
            before = found.get(graph, TypeIn())
            key = given.get("key")
            more = (Key(str(key), given.get("resolvable") is not False),) if key else ()
            alone = given.get("isInterfaceObject") is True or before.interface_object
            found[graph] = TypeIn((*before.keys, *more), alone)
        for given in self._given(node, "join__owner"):
            found.setdefault(self._graph(given, node), TypeIn())
        return found or dict.fromkeys(self.graphs, TypeIn())

    def _graph(self, given: Mapping[str, object], node: Node) -> str:
        graph = str(given.get("graph"))
        if graph not in self.graphs:
            raise ImportFailure(self._at(node), f"there is no graph {graph}")
        return graph

    def _field(
        self,
        type_: TypeNode,
        node: FieldDefinitionNode | InputValueDefinitionNode,
        within: Mapping[str, TypeIn],
    ) -> Mapping[str, FieldIn]:
        """What the graphs have of a field: without a word all that have its type."""
        written = list(self._given(node, "join__field"))
        if not written:
            return dict.fromkeys(self._owners(type_, within), FieldIn())
        found: dict[str, FieldIn] = {}
        for given in written:
            if given.get("graph") is None:
                continue  # an interface object's: its interface says whose
            found[self._graph(given, node)] = FieldIn(
                requires=str(given.get("requires") or ""),
                provides=str(given.get("provides") or ""),
                foreign=bool(given.get("external") or given.get("usedOverridden")),
                type=str(given.get("type") or ""),
                override=str(given.get("override") or ""),
                label=str(given.get("overrideLabel") or ""),
                contexts=bool(given.get("contextArguments")),
            )
        return self._settled(found)

    def _owners(self, type_: TypeNode, within: Mapping[str, TypeIn]) -> list[str]:
        if self.links.join == _OWNED:
            owners = [str(g.get("graph")) for g in self._given(type_, "join__owner")]
            return owners or list(within)
        return list(within)

    def _settled(self, found: dict[str, FieldIn]) -> Mapping[str, FieldIn]:
        """A field that is being moved by a label stays where it was."""
        moving = {g: one for g, one in found.items() if one.override and one.label}
        for graph, one in moving.items():
            left = [g for g, other in self.graphs.items() if other.name == one.override]
            for one_left in (g for g in left if g in found):
                found.pop(graph, None)
                found[one_left] = replace(found[one_left], label=one.label)
        return found
