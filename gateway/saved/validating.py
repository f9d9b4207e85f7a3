"""A parsed operation and the fragments it uses → a `SavedOperation` of a schema.

In charge of validation, with every place told in the file that a person wrote. Must
never let pass what the request's own checks would refuse.
"""

from __future__ import annotations

from collections.abc import Mapping

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLSchema,
    Node,
    OperationDefinitionNode,
    TypeInfo,
    TypeInfoVisitor,
    VariableDefinitionNode,
    VariableNode,
    is_non_null_type,
    print_ast,
    type_from_ast,
    validate,
    value_from_ast,
)
from graphql.language import Visitor, visit

from gateway.errors import Problems
from gateway.policy.limits import Limits
from gateway.policy.measures import excesses_of
from gateway.request.model import OperationKind
from gateway.request.used import used_by
from gateway.saved.model import SavedOperation, Variable
from gateway.saved.parsing import Parsed, leading_comment, place, span_of
from gateway.values import digest

Fragments = Mapping[str, FragmentDefinitionNode]


def saved_operation(
    parsed: Parsed,
    shared: Fragments,
    schema: GraphQLSchema,
    limits: Limits,
    problems: Problems,
) -> SavedOperation | None:
    """The operation of a file, with the shared fragments that it spreads.

    None where anything is wrong, all of which is reported.
    """
    before = len(problems.errors)
    problems.extend(parsed.problems)
    operation = parsed.operation
    if operation is None or len(problems.errors) > before:
        return None
    borrowed = _borrowed(parsed, shared)
    known = {**borrowed, **parsed.fragments}
    node = DocumentNode(definitions=(operation, *known.values()))
    for error in _wrong(schema, node):
        problems.add(span_of(error, parsed.file), error.message)
    if len(problems.errors) == before:
        _check_size(parsed, operation, known, limits, problems)
    if len(problems.errors) > before:
        return None
    document = "\n\n".join((parsed.text, *map(_text, borrowed.values())))
    return SavedOperation(
        name=parsed.name,
        kind=OperationKind(operation.operation.value),
        document=document,
        description=_description(parsed, operation),
        variables=_variables(operation, node, schema),
        digest=digest(document),
        file=parsed.file,
        used=used_by(node, schema),
    )


def _wrong(schema: GraphQLSchema, node: DocumentNode) -> list[GraphQLError]:
    try:
        return validate(schema, node)
    except RecursionError:
        return [GraphQLError("The operation is nested too deeply.", node.definitions)]


def _borrowed(parsed: Parsed, shared: Fragments) -> dict[str, FragmentDefinitionNode]:
    """The shared fragments that a file spreads, and those that they do in turn.

    A fragment of the file's own wins over a shared one of its name.
    """
    found: dict[str, FragmentDefinitionNode] = {}
    waiting: list[Node] = [*parsed.fragments.values()]
    if parsed.operation is not None:
        waiting.append(parsed.operation)
    while waiting:
        for name in _spreads(waiting.pop()):
            fragment = shared.get(name)
            if fragment and name not in parsed.fragments and name not in found:
                found[name] = fragment
                waiting.append(fragment)
    return found


class _Spreads(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []

    def enter_fragment_spread(self, node: FragmentSpreadNode, *_: object) -> None:
        self.names.append(node.name.value)


def _spreads(node: Node) -> list[str]:
    finder = _Spreads()
    visit(node, finder)
    return finder.names


def _check_size(
    parsed: Parsed,
    operation: OperationDefinitionNode,
    fragments: Fragments,
    limits: Limits,
    problems: Problems,
) -> None:
    """An operation that every request for would refuse is no operation."""
    for excess in excesses_of(operation, fragments, limits):
        if excess.limit not in limits.warn:
            problems.add(
                place(operation, parsed.file),
                f"the operation {excess.what}, and {excess.most:,} are allowed",
                hint=f"select less, or raise 'limits.{excess.limit}'",
            )


def _text(fragment: FragmentDefinitionNode) -> str:
    where = fragment.loc
    return where.source.body[where.start : where.end] if where else print_ast(fragment)


def _description(parsed: Parsed, operation: OperationDefinitionNode) -> str | None:
    own = operation.description
    return (own.value.strip() or None) if own else leading_comment(parsed.text)


def _variables(
    operation: OperationDefinitionNode, node: DocumentNode, schema: GraphQLSchema
) -> tuple[Variable, ...]:
    info = TypeInfo(schema)
    uses = _Uses(info)
    visit(node, TypeInfoVisitor(info, uses))
    return tuple(
        _variable(one, schema, uses.descriptions)
        for one in operation.variable_definitions or ()
    )


def _variable(
    node: VariableDefinitionNode, schema: GraphQLSchema, said: Mapping[str, str]
) -> Variable:
    name = node.variable.name.value
    type_ = type_from_ast(schema, node.type)
    given = node.default_value
    default = value_from_ast(given, type_) if given and type_ else None  # type: ignore[arg-type]
    return Variable(
        name=name,
        type=print_ast(node.type),
        required=is_non_null_type(type_) and given is None,
        default=default,
        description=node.description.value if node.description else said.get(name),
    )


class _Uses(Visitor):
    """What the schema says of the argument or input field a variable is given to."""

    def __init__(self, info: TypeInfo) -> None:
        super().__init__()
        self.info = info
        self.descriptions: dict[str, str] = {}

    def enter_variable(
        self, node: VariableNode, _key: object, parent: object, *_: object
    ) -> None:
        if isinstance(parent, VariableDefinitionNode):
            return
        described = self.info.get_argument()
        said = described.description if described else None
        if said:
            self.descriptions.setdefault(node.name.value, said)
