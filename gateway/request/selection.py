"""Document → `Selection`: what is asked for, as a tree of fields.

Fragments are merged per concrete type, ``@skip`` and ``@include`` are applied, aliases
kept. The result depends on variables only through those two directives, so
`switches` names them and a selection serves every request with the same truth.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from graphql import (
    DirectiveNode,
    FieldNode,
    FragmentSpreadNode,
    GraphQLAbstractType,
    GraphQLField,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    is_abstract_type,
    is_list_type,
    is_non_null_type,
    is_object_type,
)
from graphql.language import Visitor, visit

from gateway.errors import Code, RequestError
from gateway.record import Model
from gateway.request.arguments import Unbound
from gateway.request.document import Document
from gateway.request.model import Meta, OperationKind, SelectedField, Selection
from gateway.shape import TypeRef
from gateway.values import digest

_KINDS = {
    OperationType.QUERY: OperationKind.QUERY,
    OperationType.MUTATION: OperationKind.MUTATION,
    OperationType.SUBSCRIPTION: OperationKind.SUBSCRIPTION,
}


class _Switches(Visitor):
    """Collects the variables that ``@skip`` and ``@include`` read."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def enter_directive(self, node: DirectiveNode, *_: object) -> None:
        if node.name.value in ("skip", "include"):
            for argument in node.arguments or ():
                if isinstance(argument.value, VariableNode):
                    self.names.add(argument.value.name.value)


def switches(document: Document) -> tuple[str, ...]:
    """The variables whose truth changes what is selected, sorted."""
    visitor = _Switches()
    visit(document.node, visitor)
    return tuple(sorted(visitor.names))


def select(
    schema: GraphQLSchema,
    document: Document,
    operation: OperationDefinitionNode,
    truths: Mapping[str, bool],
    check: Callable[[], object] = lambda: None,
) -> Selection:
    """What the operation asks for under the given truth of its switches.

    Fields below an abstract type are there once for each of its types, so a short
    document may select very many: ``check`` is called at each, and may raise.
    """
    root = schema.get_root_type(operation.operation)
    assert root is not None, "validation knows the root types"  # noqa: S101
    reader = _Reader(schema, document, truths, check)
    name = operation.name.value if operation.name else None
    roots, meta = reader.fields(root, [operation.selection_set])
    return Selection(
        kind=_KINDS[operation.operation],
        operation=name,
        roots=roots,
        meta=meta,
        digest=digest(
            document.digest,
            name or "",
            *(f"{key}={value}" for key, value in sorted(truths.items())),
        ),
    )


class _TooManyError(Exception):
    """More than somebody wanted to count."""


def selects_beyond(
    most: int,
    schema: GraphQLSchema,
    document: Document,
    operation: OperationDefinitionNode,
) -> bool:
    """Whether it may select more fields than so many, whatever its switches say."""
    root, counted = schema.get_root_type(operation.operation), 0

    def check() -> None:
        nonlocal counted
        counted += 1
        if counted > most:
            raise _TooManyError

    assert root is not None, "validation knows the root types"  # noqa: S101
    try:
        _Reader(schema, document, None, check).fields(root, [operation.selection_set])
    except _TooManyError:
        return True
    return False


class _Reader(Model, frozen=True):
    """The specification's CollectFields, for every concrete type at once."""

    schema: GraphQLSchema
    document: Document
    truths: Mapping[str, bool] | None
    """What its switches say; None: everything that they may let in."""
    check: Callable[[], object]

    def fields(
        self, parent: GraphQLObjectType, sets: Iterable[SelectionSetNode]
    ) -> tuple[tuple[SelectedField, ...], Meta]:
        grouped: dict[str, list[FieldNode]] = {}
        for node in self._collect(parent, sets, set()):
            key = node.alias.value if node.alias else node.name.value
            grouped.setdefault(key, []).append(node)
        fields: list[SelectedField] = []
        meta: dict[str, tuple[str, int]] = {}
        for key, nodes in grouped.items():
            name = nodes[0].name.value
            if name.startswith("__"):
                meta[key] = (name, len(fields))
            else:
                fields.append(self._field(parent.fields[name], key, nodes))
        return tuple(fields), meta

    def _field(
        self, definition: GraphQLField, key: str, nodes: list[FieldNode]
    ) -> SelectedField:
        self.check()
        sets = [node.selection_set for node in nodes if node.selection_set]
        named = get_named_type(definition.type)
        types = self._concrete(named) if sets else ()
        below = {t.name: self.fields(t, sets) for t in types}
        return SelectedField(
            key=key,
            name=nodes[0].name.value,
            type=type_ref(definition.type),
            arguments=Unbound(definition, nodes[0]) if definition.args else None,
            fields={name: fields for name, (fields, _) in below.items()},
            meta={name: meta for name, (_, meta) in below.items() if meta},
        )

    def _concrete(self, named: object) -> Iterator[GraphQLObjectType]:
        if is_object_type(named):
            yield named
        elif is_abstract_type(named):
            yield from self.schema.get_possible_types(named)

    def _collect(
        self,
        parent: GraphQLObjectType,
        sets: Iterable[SelectionSetNode],
        seen: set[str],
    ) -> Iterator[FieldNode]:
        for node in (node for one in sets for node in one.selections):
            if not self._included(node.directives):
                continue
            if isinstance(node, FieldNode):
                yield node
            elif isinstance(node, InlineFragmentNode):
                condition = node.type_condition
                if condition is None or self._applies(parent, condition.name.value):
                    yield from self._collect(parent, [node.selection_set], seen)
            elif isinstance(node, FragmentSpreadNode):
                name = node.name.value
                fragment = self.document.fragments[name]
                if name not in seen and self._applies(
                    parent, fragment.type_condition.name.value
                ):
                    seen.add(name)
                    yield from self._collect(parent, [fragment.selection_set], seen)

    def _included(self, directives: Iterable[DirectiveNode] | None) -> bool:
        for directive in directives or ():
            if directive.name.value in ("skip", "include"):
                (argument,) = directive.arguments or ()
                value = argument.value
                if self.truths is None and isinstance(value, VariableNode):
                    continue
                truth = (
                    self.truths[value.name.value]
                    if self.truths is not None and isinstance(value, VariableNode)
                    else bool(getattr(value, "value", False))
                )
                if truth == (directive.name.value == "skip"):
                    return False
        return True

    def _applies(self, parent: GraphQLObjectType, condition: str) -> bool:
        named = self.schema.type_map[condition]
        if named is parent:
            return True
        return is_abstract_type(named) and self._sub_type(named, parent)

    def _sub_type(self, named: GraphQLAbstractType, parent: GraphQLObjectType) -> bool:
        return self.schema.is_sub_type(named, parent)


def type_ref(type_: GraphQLOutputType) -> TypeRef:
    """The type where it is used, as the pure rooms know it."""
    marks = []
    current: object = type_
    while True:
        if is_non_null_type(current):
            marks.append("!")
        elif is_list_type(current):
            marks.append("[")
        else:
            return TypeRef(get_named_type(type_).name, "".join(marks))
        current = current.of_type


def truths_of(
    switches: Sequence[str], values: Mapping[str, object]
) -> tuple[bool, ...]:
    """What the switches say; those of the document's other operations are not set.

    Raises:
        RequestError: one is null, as a variable with a default may be given as.
    """
    for name in switches:
        if name in values and values[name] is None:
            raise RequestError(
                f"Variable '${name}' is null, but '@skip' or '@include' needs"
                " true or false.",
                code=Code.BAD_USER_INPUT,
            )
    return tuple(bool(values.get(name)) for name in switches)
