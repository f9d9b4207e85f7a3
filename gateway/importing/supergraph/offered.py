"""What of a supergraph clients are offered: its API schema, as SDL. Pure.

In charge of leaving out what is inaccessible, protected, or cannot be asked for, with
whatever would be empty or dangling without it. Protected fields are never offered by
mistake: a wish says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TypeVar

from graphql import (
    ConstDirectiveNode,
    EnumTypeDefinitionNode,
    FieldDefinitionNode,
    InputObjectTypeDefinitionNode,
    InputValueDefinitionNode,
    InterfaceTypeDefinitionNode,
    NamedTypeNode,
    Node,
    ObjectTypeDefinitionNode,
    TypeNode,
    UnionTypeDefinitionNode,
    print_ast,
)
from graphql.language import ListTypeNode, NonNullTypeNode

from gateway.importing.made import Told
from gateway.importing.supergraph.linked import PROTECTIONS
from gateway.importing.supergraph.model import ROOTS, Fielded, Supergraph
from gateway.importing.supergraph.model import TypeNode as Definition

_KEPT = frozenset({"deprecated", "specifiedBy", "oneOf"})
OURS = frozenset({"Date", "DateTime", "Decimal", "JSON"})
"""Scalars that the gateway has itself."""
_N = TypeVar("_N", bound=Node)
_BUILT_IN = frozenset({"Int", "Float", "String", "Boolean", "ID"})


@dataclass(slots=True)
class Offered:
    """What is offered of a supergraph; ``types`` are what is left of its types.

    ``refused`` says why a field cannot be served, None where it can. ``guarded``:
    protected parts are left out.
    """

    graph: Supergraph
    told: Told
    guarded: bool
    refused: Callable[[str, str], str | None]
    types: dict[str, Definition] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, node in self.graph.types.items():
            if name != "Subscription" and not self._is_hidden(node):
                self.types[name] = node
        if "Subscription" in self.graph.types:
            for name in self.graph.fields_of("Subscription"):
                self.told.leave_out(name, "subscriptions are not asked for")
        for name, node in list(self.types.items()):
            self.types[name] = self._without_hidden(node)
        while self._prune():
            pass

    def has(self, type_: str, name: str) -> bool:
        """Whether a field is offered."""
        return name in self.fields(type_)

    def fields(self, type_: str) -> dict[str, FieldDefinitionNode]:
        """The fields of a type that are offered."""
        node = self.types.get(type_)
        found = node.fields if isinstance(node, Fielded) else ()
        return {one.name.value: one for one in found or ()}

    # -- what is left out -----------------------------------------------------------

    def _is_hidden(self, node: Node) -> bool:
        return _has(node, self.graph.links.directive("inaccessible"))

    def _protection(self, node: Node) -> str | None:
        named = ((self.graph.links.directive(name), name) for name in PROTECTIONS)
        return next((name for here, name in named if _has(node, here)), None)

    def _without_hidden(self, node: Definition) -> Definition:
        match node:
            case ObjectTypeDefinitionNode() | InterfaceTypeDefinitionNode():
                kept = [self._field(node, one) for one in node.fields or ()]
                above = [o for o in node.interfaces or () if o.name.value in self.types]
                fields = tuple(filter(None, kept))
                return _changed(node, fields=fields, interfaces=tuple(above))
            case UnionTypeDefinitionNode():
                members = [o for o in node.types or () if o.name.value in self.types]
                return _changed(node, types=tuple(members))
            case EnumTypeDefinitionNode():
                values = [v for v in node.values or () if not self._is_hidden(v)]
                return _changed(node, values=tuple(map(_bare, values)))
            case InputObjectTypeDefinitionNode():
                return _changed(node, fields=self._inputs(node.fields or ()))
            case _:
                return _changed(node)

    def _inputs(
        self, nodes: Iterable[InputValueDefinitionNode]
    ) -> tuple[InputValueDefinitionNode, ...]:
        return tuple(_bare(one) for one in nodes if not self._is_hidden(one))

    def _field(
        self, parent: Fielded, node: FieldDefinitionNode
    ) -> FieldDefinitionNode | None:
        name = node.name.value
        if self._is_hidden(node):
            return None
        what, why = f"{parent.name.value}.{name}", self._guard(parent, node)
        why = why or self.refused(parent.name.value, name)
        if why is not None:
            self.told.leave_out(what, why)
            return None
        return _bare(_changed(node, arguments=self._inputs(node.arguments or ())))

    def _guard(self, parent: Fielded, node: FieldDefinitionNode) -> str | None:
        """Why a protected field is left out; a wish has it told only."""
        of = self.graph.types.get(named(node.type))
        nodes = (node, parent, *((of,) if of is not None else ()))
        found = next(filter(None, map(self._protection, nodes)), None)
        if found is None:
            return None
        if self.guarded:
            return f"@{found} protects it, and nobody would check that here"
        what = f"{parent.name.value}.{node.name.value}"
        self.told.change(what, f"@{found} protects it no more: see who may ask here")
        return None

    def _prune(self) -> bool:
        """Leave out what is empty, and what leads there; whether anything was."""
        empty = {name for name, node in self.types.items() if _is_empty(node)}
        for name in empty:
            del self.types[name]
        changed = bool(empty) or self._loosen()
        for name, node in list(self.types.items()):
            kept = self._pointing(node)
            changed = changed or kept is not node
            self.types[name] = kept
        return changed

    def _loosen(self) -> bool:
        """Leave out fields of interfaces that a type of theirs has no more."""
        changed = False
        for node in [one for one in self.types.values() if isinstance(one, Fielded)]:
            own = {one.name.value for one in node.fields or ()}
            for above in node.interfaces or ():
                changed |= self._keep(above.name.value, own, node.name.value)
        return changed

    def _keep(self, interface: str, names: set[str], below: str) -> bool:
        """Only these fields of an interface; whether there were others."""
        node = self.types.get(interface)
        if not isinstance(node, InterfaceTypeDefinitionNode):
            return False
        lost = [o.name.value for o in node.fields or () if o.name.value not in names]
        for name in lost:
            self.told.leave_out(f"{interface}.{name}", f"it is left out of {below}")
        kept = tuple(o for o in node.fields or () if o.name.value in names)
        if lost:
            self.types[interface] = _changed(node, fields=kept)
        return bool(lost)

    def _pointing(self, node: Definition) -> Definition:
        """The type without fields of types that are not there."""
        if isinstance(node, UnionTypeDefinitionNode):
            members = tuple(o for o in node.types or () if o.name.value in self.types)
            return (
                node
                if len(members) == len(node.types or ())
                else _changed(node, types=members)
            )
        if not isinstance(node, Fielded | InputObjectTypeDefinitionNode):
            return node
        fields = tuple(o for o in node.fields or () if self._knows(named(o.type)))
        lost = {o.name.value for o in node.fields or ()} - {
            o.name.value for o in fields
        }
        for name in sorted(lost):
            why = "nothing is left of its type"
            self.told.leave_out(f"{node.name.value}.{name}", why)
        return _changed(node, fields=fields) if lost else node

    def _knows(self, name: str) -> bool:
        return name in self.types or name in _BUILT_IN

    # -- as text ----------------------------------------------------------------------

    def printed(self) -> list[str]:
        """The types but for roots, as SDL: scalars first."""
        found = []
        for name, node in self.types.items():
            if name in OURS:
                why = "it is the gateway's own scalar: look at the source's `formats`"
                self.told.change(name, why)
            elif name not in ROOTS:
                found.append(node)
        found.sort(key=lambda node: node.kind != "scalar_type_definition")
        return [print_ast(node) for node in found]


def named(type_: TypeNode) -> str:
    """The name in a type, without lists and marks."""
    while isinstance(type_, ListTypeNode | NonNullTypeNode):
        type_ = type_.type
    assert isinstance(type_, NamedTypeNode), "a type ends in a name"  # noqa: S101
    return type_.name.value


def _is_empty(node: Definition) -> bool:
    match node:
        case (
            ObjectTypeDefinitionNode()
            | InterfaceTypeDefinitionNode()
            | InputObjectTypeDefinitionNode()
        ):
            return not node.fields
        case UnionTypeDefinitionNode():
            return not node.types
        case EnumTypeDefinitionNode():
            return not node.values
        case _:
            return False


def _has(node: Node, name: str) -> bool:
    return any(one.name.value == name for one in _directives(node))


def _directives(node: Node) -> tuple[ConstDirectiveNode, ...]:
    return getattr(node, "directives", None) or ()


def _changed(node: _N, **parts: object) -> _N:
    """A copy of a node with other parts, and without what only routers read."""
    own = {key: getattr(node, key) for key in node.keys if key != "loc"}
    kept = tuple(one for one in _directives(node) if one.name.value in _KEPT)
    return type(node)(**{**own, "directives": kept, **parts})


def _bare(node: _N) -> _N:
    return _changed(node)
