"""A supergraph as read: graphs, and what each of them has of every type.

All frozen. Must never hold anything of a project.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from graphql import (
    EnumTypeDefinitionNode,
    FieldDefinitionNode,
    InputObjectTypeDefinitionNode,
    InterfaceTypeDefinitionNode,
    ObjectTypeDefinitionNode,
    ScalarTypeDefinitionNode,
    UnionTypeDefinitionNode,
)

from gateway.importing.supergraph.linked import Links
from gateway.record import Model, field

TypeNode: TypeAlias = (
    ObjectTypeDefinitionNode
    | InterfaceTypeDefinitionNode
    | UnionTypeDefinitionNode
    | EnumTypeDefinitionNode
    | InputObjectTypeDefinitionNode
    | ScalarTypeDefinitionNode
)
Fielded: TypeAlias = ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode
ROOTS = ("Query", "Mutation", "Subscription")


class Graph(Model, frozen=True):
    """A subgraph: its value in the enum of graphs, its own name, and where it is."""

    id: str
    name: str
    url: str


class Key(Model, frozen=True):
    """A key of a type in one graph; one that is not ``resolvable`` finds nothing."""

    text: str
    resolvable: bool = True


class TypeIn(Model, frozen=True):
    """A type in one graph."""

    keys: tuple[Key, ...] = ()
    interface_object: bool = False

    @property
    def resolvable(self) -> tuple[str, ...]:
        """The keys by which the graph finds objects."""
        return tuple(key.text for key in self.keys if key.resolvable)


class FieldIn(Model, frozen=True):
    """A field in one graph. ``foreign``: the graph has it only as others give it.

    ``override`` is the graph it was taken from, ``label`` what decides for how many
    requests. ``contexts``: arguments of it are filled by an object above.
    """

    requires: str = ""
    provides: str = ""
    foreign: bool = False
    type: str = ""
    override: str = ""
    label: str = ""
    contexts: bool = False


class Supergraph(Model, frozen=True):
    """All of it. ``types`` are by name, ``within`` says what each graph has of one.

    ``applied`` are directives of subgraphs that join only passes on, by their place.
    """

    links: Links
    graphs: Mapping[str, Graph]
    types: Mapping[str, TypeNode]
    within: Mapping[str, Mapping[str, TypeIn]]
    fields: Mapping[tuple[str, str], Mapping[str, FieldIn]] = field(
        default_factory=dict
    )
    applied: tuple[tuple[str, str], ...] = ()

    def fielded(self, name: str) -> Fielded | None:
        """An object or interface type of the name."""
        found = self.types.get(name)
        return found if isinstance(found, Fielded) else None

    def fields_of(self, name: str) -> Mapping[str, FieldDefinitionNode]:
        """The fields of an object or interface type."""
        found = self.fielded(name)
        return {one.name.value: one for one in (found.fields or ())} if found else {}

    def has(self, graph: str, type_: str, name: str) -> bool:
        """Whether a graph gives a field of its own, from nothing but the object."""
        one = self.fields.get((type_, name), {}).get(graph)
        return one is not None and not (one.foreign or one.requires or one.contexts)
