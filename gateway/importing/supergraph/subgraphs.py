"""What one graph has of a supergraph, as the SDL of a subgraph. Pure.

In charge of saying it so that steps are held to it: whose fields are foreign, what
is required and provided. It is no subgraph's own file, and lacks what no other sees.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from graphql import (
    EnumTypeDefinitionNode,
    FieldDefinitionNode,
    InputObjectTypeDefinitionNode,
    InputValueDefinitionNode,
    InterfaceTypeDefinitionNode,
    Node,
    ObjectTypeDefinitionNode,
    UnionTypeDefinitionNode,
    print_ast,
)

from gateway.importing.supergraph.linked import arguments_of
from gateway.importing.supergraph.model import (
    ROOTS,
    Fielded,
    FieldIn,
    Supergraph,
    TypeNode,
)
from gateway.record import Model


def subgraph_sdl(graph: Supergraph, id_: str) -> str:
    """The SDL of the types that one graph has; empty where it has none."""
    writing = _Writing(graph, id_)
    parts = [writing.type(node) for node in graph.types.values()]
    kept = [part for part in parts if part]
    return "\n\n".join(kept) + "\n" if kept else ""


class _Writing(Model, frozen=True):
    """One graph. Whatever it does not have comes to nothing."""

    graph: Supergraph
    id: str

    def type(self, node: TypeNode) -> str:
        if self.id not in self.graph.within[node.name.value]:
            return ""
        match node:
            case ObjectTypeDefinitionNode() | InterfaceTypeDefinitionNode():
                return self._fielded(node)
            case UnionTypeDefinitionNode():
                members = self._named(node, "join__unionMember", "member")
                whole = [one.name.value for one in node.types or ()]
                listed = " | ".join(members if members is not None else whole)
                return f"union {node.name.value} = {listed}" if listed else ""
            case EnumTypeDefinitionNode():
                return self._enum(node)
            case InputObjectTypeDefinitionNode():
                lines = [
                    f"  {input_text(one)}"
                    for one in node.fields or ()
                    if self.id in self.graph.fields[node.name.value, one.name.value]
                ]
                return _block(f"input {node.name.value}", lines)
            case _:
                return f"scalar {node.name.value}"

    def _fielded(self, node: Fielded) -> str:
        name = node.name.value
        own = self.graph.within[name][self.id]
        kind = "interface" if isinstance(node, InterfaceTypeDefinitionNode) else "type"
        kind = "type" if own.interface_object else kind
        above = self._named(node, "join__implements", "interface")
        whole = [one.name.value for one in node.interfaces or ()]
        above = [] if own.interface_object else (whole if above is None else above)
        above = [one for one in above if self.id in self.graph.within.get(one, {})]
        head = f"{kind} {name}" + (f" implements {' & '.join(above)}" if above else "")
        for key in own.keys:
            more = "" if key.resolvable else ", resolvable: false"
            head += f" @key(fields: {json.dumps(key.text)}{more})"
        lines = [
            f"  {self._field(one, self.graph.fields[name, one.name.value][self.id])}"
            for one in node.fields or ()
            if self.id in self.graph.fields[name, one.name.value]
        ]
        if not lines and name not in ROOTS:
            lines = ["  _: Boolean @external"]  # one that it only refers to
        return _block(head, lines)

    def _field(self, node: FieldDefinitionNode, own: FieldIn) -> str:
        text = signature(node, own.type)
        text += " @external" if own.foreign else ""
        text += (
            f" @requires(fields: {json.dumps(own.requires)})" if own.requires else ""
        )
        text += (
            f" @provides(fields: {json.dumps(own.provides)})" if own.provides else ""
        )
        return text + (" @fromContext" if own.contexts else "")

    def _enum(self, node: EnumTypeDefinitionNode) -> str:
        lines = []
        for value in node.values or ():
            graphs = self._graphs(value, "join__enumValue")
            if graphs is None or self.id in graphs:
                lines.append(f"  {value.name.value}")
        return _block(f"enum {node.name.value}", lines)

    def _named(self, node: Node, directive: str, argument: str) -> list[str] | None:
        """What directives of this graph name; None where there are none at all."""
        found = list(given_by(self.graph, node, directive))
        if not found:
            return None
        return [str(one[argument]) for one in found if one.get("graph") == self.id]

    def _graphs(self, node: Node, directive: str) -> list[str] | None:
        found = list(given_by(self.graph, node, directive))
        return [str(one.get("graph")) for one in found] if found else None


def given_by(
    graph: Supergraph, node: Node, directive: str
) -> Iterator[dict[str, object]]:
    """The arguments of a node's directives of one name."""
    wanted = graph.links.directive(directive)
    for one in getattr(node, "directives", None) or ():
        if one.name.value == wanted:
            yield dict(arguments_of(one))


def signature(node: FieldDefinitionNode, type_: str = "") -> str:
    """A field with its arguments and type, without any directive."""
    given = ", ".join(input_text(one) for one in node.arguments or ())
    head = f"{node.name.value}({given})" if given else node.name.value
    return f"{head}: {type_ or print_ast(node.type)}"


def input_text(node: InputValueDefinitionNode) -> str:
    """An argument or a field of an input type, without any directive."""
    default = f" = {print_ast(node.default_value)}" if node.default_value else ""
    return f"{node.name.value}: {print_ast(node.type)}{default}"


def _block(head: str, lines: Iterable[str]) -> str:
    inner = "\n".join(lines)
    return f"{head} {{\n{inner}\n}}" if inner else ""
