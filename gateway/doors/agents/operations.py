"""Operations as tools: those that profiles define, and those that people saved.

In charge of the document that a call becomes. Values of arguments travel as variables
and are judged where all variables are.
"""

from __future__ import annotations

from collections.abc import Mapping

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLInputType,
    GraphQLNonNull,
    GraphQLSchema,
    OperationType,
    get_named_type,
    is_composite_type,
    is_required_argument,
    parse,
    parse_type,
    type_from_ast,
)

from gateway.doors.agents.input_schema import (
    InputSchemas,
    default_of,
)
from gateway.doors.agents.outcome import Outcome, Refusal, answered
from gateway.doors.agents.selecting import Selecting
from gateway.doors.agents.tool import Described, Visit
from gateway.doors.selected.leaf import JsonSchema, described
from gateway.doors.selected.output import OutputSchemas
from gateway.persisted.judging import judge
from gateway.profile.model import Profile
from gateway.record import Model
from gateway.request.model import OperationKind
from gateway.saved.model import SavedOperation
from gateway.schema.asking import read_members
from gateway.values import JsonValue

_MOST_PATHS = 100
_ERRORS: JsonSchema = {
    "type": "array",
    "description": "What is missing, and why; only where something is.",
    "items": {"type": "object"},
}
_NOTHING = " { __typename }"
"""What is selected of an object none of whose fields comes without being named."""


class SavedTool(Model, frozen=True):
    """A saved operation: what it selects was decided by whoever wrote it down."""

    described: Described
    operation: SavedOperation

    def offered(self, visit: Visit) -> bool:
        return visit.settings.mutations or not self.described.changes

    async def call(self, visit: Visit, arguments: Mapping[str, JsonValue]) -> Outcome:
        asked = self.operation
        members: dict[str, JsonValue] = {
            "query": asked.document,
            "operationName": asked.name,
            "variables": arguments,
        }
        answer = await visit.answer(read_members(members))
        return answered(answer, visit.settings.result)


class ProfileTool(Model, frozen=True):
    """An operation of a profile: the agent says which fields, else the usual ones.

    ``choice`` is the argument that names them, ``usual`` the document without it.
    """

    described: Described
    kind: OperationKind
    name: str
    field: GraphQLField
    selecting: Selecting
    choice: str | None
    usual: str
    owner: str | None = None

    def offered(self, visit: Visit) -> bool:
        return visit.settings.mutations or not self.described.changes

    async def call(self, visit: Visit, arguments: Mapping[str, JsonValue]) -> Outcome:
        variables = dict(arguments)
        paths = variables.pop(self.choice, None) if self.choice else None
        document = self.usual if paths is None else self._of(paths)
        members: dict[str, JsonValue] = {
            "query": document,
            "operationName": self.name,
            "variables": variables,
        }
        asking = read_members(members)
        if paths is not None:  # as good as a document of the agent's own
            listed, observe = visit.generation.persisted, visit.pipeline.observe
            judge(listed, asking, visit.request, observe)
        return answered(await visit.answer(asking), visit.settings.result)

    def _of(self, paths: JsonValue) -> str:
        """The document that selects these fields.

        Raises:
            Refusal: they are no paths, or lead nowhere.
        """
        if isinstance(paths, str):
            paths = [paths]
        if not isinstance(paths, list) or not paths:
            raise Refusal(f"'{self.choice}' is a list of paths: [\"account.name\"].")
        if len(paths) > _MOST_PATHS:
            raise Refusal(f"'{self.choice}' has more than {_MOST_PATHS} paths.")
        for path in paths:
            if not isinstance(path, str):
                raise Refusal(f"'{self.choice}' has a path that is no text.")
        type_ = get_named_type(self.field.type)
        selection = self.selecting.written(self.selecting.of(paths, type_), type_)
        return document(self.kind, self.name, self.field, selection)


def document(
    kind: OperationKind, name: str, field: GraphQLField, selection: str
) -> str:
    """One root field with all its arguments as variables of their names."""
    given = field.args.items()
    variables = ", ".join(f"${argument}: {_type_of(one)}" for argument, one in given)
    passed = ", ".join(f"{argument}: ${argument}" for argument in field.args)
    head, call = (f"({variables})", f"({passed})") if field.args else ("", "")
    return f"{kind.value} {name}{head} {{ {name}{call}{selection} }}"


def _type_of(argument: GraphQLArgument) -> GraphQLInputType:
    """The variable's type: one of an argument with a default may be left out."""
    type_ = argument.type
    if isinstance(type_, GraphQLNonNull) and not is_required_argument(argument):
        return type_.of_type
    return type_


# -- how they are made --------------------------------------------------------------


def saved_tool(
    operation: SavedOperation, schema: GraphQLSchema, name: str
) -> SavedTool:
    """The tool of a saved operation."""
    inputs = InputSchemas(schema)
    properties: JsonSchema = {}
    for one in operation.variables:
        type_ = type_from_ast(schema, parse_type(one.type))
        entry = inputs.of(type_)  # type: ignore[arg-type]
        properties[one.name] = described(entry, one.description, one.default)
    required = [one.name for one in operation.variables if one.required]
    made = Described(
        name=name,
        description=operation.description or f"The saved operation {operation.name}.",
        input=inputs.whole(properties, required),
        output=_with_errors(OutputSchemas(schema).of(parse(operation.document))),
        changes=operation.kind is OperationKind.MUTATION,
        arguments={one.name: one.required for one in operation.variables},
    )
    return SavedTool(made, operation)


def profile_tool(
    profile: Profile, selecting: Selecting, name: str
) -> ProfileTool | None:
    """The tool of a profile's operation; None where its schema has no such field."""
    schema = selecting.schema
    root = schema.get_root_type(OperationType(profile.kind.value))
    field = root.fields.get(profile.operation) if root else None
    if field is None:
        return None
    type_ = get_named_type(field.type)
    usual = selecting.written(selecting.usual(type_), type_)
    if is_composite_type(type_):
        usual = usual or _NOTHING
    choice = _choice(field) if usual else None
    written = document(profile.kind, profile.operation, field, usual)
    arguments = {a: is_required_argument(one) for a, one in field.args.items()}
    if choice:
        arguments[choice] = False
    made = Described(
        name=name,
        description=_description(profile, field, usual),
        input=_input(schema, field, choice, usual),
        output=_with_errors(OutputSchemas(schema).of_choice(parse(written))),
        changes=profile.kind is OperationKind.MUTATION,
        arguments=arguments,
    )
    return ProfileTool(
        made,
        profile.kind,
        profile.operation,
        field,
        selecting,
        choice,
        written,
        profile.owner,
    )


def _with_errors(data: JsonSchema | None) -> JsonSchema | None:
    """What a tool gives: data, and beside it what is missing of it."""
    if data is None:
        return None
    fields = data["properties"]
    assert isinstance(fields, dict)  # noqa: S101 - as they have just been made
    return {**data, "properties": {"errors": _ERRORS, **fields}}


def _choice(field: GraphQLField) -> str:
    """The argument that names fields: one that the operation does not have itself."""
    name = "fields"
    while name in field.args:
        name = f"select_{name}"
    return name


def _input(
    schema: GraphQLSchema, field: GraphQLField, choice: str | None, usual: str
) -> JsonSchema:
    inputs = InputSchemas(schema)
    properties: JsonSchema = {}
    required = []
    for name, one in field.args.items():
        entry = inputs.of(one.type)
        properties[name] = described(entry, one.description, default_of(one))
        if is_required_argument(one):
            required.append(name)
    if choice:
        properties[choice] = {
            "type": "array",
            "items": {"type": "string"},
            "description": f"Fields of {get_named_type(field.type).name} to get, as"
            " dotted paths: account.name. An object's path gets its usual fields; a"
            " type's name in a path asks of that type alone. Where no path is given:"
            f"{usual}",
        }
    return inputs.whole(properties, required)


def _description(profile: Profile, field: GraphQLField, usual: str) -> str:
    own = profile.description or field.description
    said = own or f"The operation {profile.operation}."
    gives = f"Gives {field.type}."
    if field.deprecation_reason:
        gives += f" Deprecated: {field.deprecation_reason}"
    if not usual and not own:
        return gives
    return f"{said.rstrip()}\n\n{gives}"
