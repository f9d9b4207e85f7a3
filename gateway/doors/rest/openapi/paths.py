"""Operations → OpenAPI path items: parameters, bodies, responses.

In charge of saying of each resource exactly what `reading` takes and `answering` gives.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLScalarType,
    Undefined,
    get_named_type,
    is_required_argument,
    parse,
)

from gateway.doors.rest.negotiation import Form
from gateway.doors.rest.offered import Offered, types_of
from gateway.doors.rest.openapi.schemas import Schema, Schemas, described
from gateway.doors.rest.reading import SAVED
from gateway.doors.rest.rows import is_rows
from gateway.doors.rest.usual import Usual, usual_fields
from gateway.doors.selected.output import OutputSchemas
from gateway.generation import Generation
from gateway.record import Model
from gateway.request.model import OperationKind
from gateway.saved.model import SavedOperation
from gateway.values import JsonValue

_PROBLEMS = ("400", "404", "406", "422", "500", "502", "503", "504")
_MOST_PATHS = 200
_FIELDS = (
    "Which fields of the value, as paths separated by commas: `account.name,risk`. An"
    " object's own name, and `*`, stand for what is usual of it. Fields with arguments"
    " are written `items(first: 3).id`. Listed are the usual ones; every other field of"
    " the type can be named as well."
)


class Paths(Model, frozen=True):
    """The path items of one generation."""

    generation: Generation
    schemas: Schemas

    def of(self, offered: Offered) -> Schema:
        """The item of a profile's operation."""
        one: Schema = {"operationId": offered.name, "tags": ["operations"]}
        one |= described({}, offered)
        if offered.field.deprecation_reason is not None:
            one["deprecated"] = True
        chosen = self._fields(offered)
        fields = [chosen] if chosen else []
        form = self.schemas.present(offered.field.type)
        forms = {Form.JSON: form, Form.GRAPHQL: _envelope()}
        if is_rows(offered.field.type):
            forms |= {Form.LINES: {"type": "string"}, Form.CSV: {"type": "string"}}
        if offered.kind is OperationKind.MUTATION:
            forms[Form.JSON] = self.schemas.output(offered.field.type)
            body = self._body(offered.field.args)
            return {"post": _operation(one, fields, forms, body)}
        parameters = [self._parameter(n, a) for n, a in offered.field.args.items()]
        return {"get": _operation(one, [*parameters, *fields], forms)}

    def saved(self, saved: SavedOperation) -> Schema:
        """The item of a saved operation: to be read, and sent where that suits."""
        one: Schema = {"operationId": f"{SAVED}.{saved.name}", "tags": [SAVED]}
        if saved.description:
            one["description"] = saved.description
        types = types_of(self.generation, saved)
        args = {
            variable.name: GraphQLArgument(
                types[variable.name],
                # One with a default may be left out, and still is never null.
                Undefined if variable.required else variable.default,
                description=variable.description,
            )
            for variable in saved.variables
        }
        forms: dict[Form, Schema] = {
            Form.JSON: self._selected(saved),
            Form.GRAPHQL: _envelope(),
        }
        body = self._body(args)
        if saved.kind is OperationKind.MUTATION:
            return {"post": _operation(one, [], forms, body)}
        sent = {**one, "operationId": f"{SAVED}.{saved.name}.send"}
        parameters = [self._parameter(name, arg) for name, arg in args.items()]
        return {
            "get": _operation(one, parameters, forms),
            "post": _operation(sent, [], forms, body),
        }

    def _selected(self, saved: SavedOperation) -> Schema:
        """``data`` of a saved operation: what it selects, and nothing else."""
        made = OutputSchemas(self.generation.schema).of(parse(saved.document))
        if made is None:
            return {"type": "object"}
        return {**made, "additionalProperties": False}

    def _parameter(self, name: str, argument: GraphQLArgument) -> Schema:
        made: Schema = {
            "name": name,
            "in": "query",
            "required": is_required_argument(argument),
        }
        made = described(made, argument)
        plain = _nullable(argument.type)
        schema = self.schemas.input(argument.type)
        if _is_json(plain):
            return {**made, "content": {Form.JSON.value: {"schema": schema}}}
        if isinstance(plain, GraphQLList):
            schema["minItems"] = 1  # none at all cannot be told from not given
            return {**made, "style": "form", "explode": True, "schema": schema}
        return {**made, "schema": schema}

    def _fields(self, offered: Offered) -> Schema | None:
        type_ = get_named_type(offered.field.type)
        if isinstance(type_, GraphQLScalarType | GraphQLEnumType):
            return None
        depth = self.generation.limits.depth - 1
        usual = usual_fields(self.generation.schema, type_, depth)
        names = list(dict.fromkeys(_names(usual)))[:_MOST_PATHS]
        items: Schema = {"type": "string", "enum": ["*", *names] if names else names}
        if not names:
            items = {"type": "string", "minLength": 1}
        return {
            "name": offered.parameter,
            "in": "query",
            "required": not names,
            "description": _FIELDS,
            "style": "form",
            "explode": False,
            "schema": {"type": "array", "minItems": 1, "items": items},
        }

    def _body(self, args: Mapping[str, GraphQLArgument]) -> Schema:
        properties: Schema = {
            name: described(self.schemas.input(one.type, nullable=True), one)
            for name, one in args.items()
        }
        needed: list[JsonValue] = [
            n for n, a in args.items() if is_required_argument(a)
        ]
        schema: Schema = {
            "type": "object",
            "properties": properties,
            **({"required": needed} if needed else {}),
            "additionalProperties": False,
        }
        return {"required": True, "content": {Form.JSON.value: {"schema": schema}}}


def _names(usual: Usual) -> Iterator[str]:
    return (".".join(path) for path in usual.names())


def _nullable(type_: GraphQLInputType) -> GraphQLInputType:
    return type_.of_type if isinstance(type_, GraphQLNonNull) else type_


def _is_json(type_: GraphQLInputType) -> bool:
    """Whether a parameter of the type is written as JSON."""
    inner = _nullable(type_.of_type) if isinstance(type_, GraphQLList) else type_
    if isinstance(inner, GraphQLScalarType):
        return inner.name == "JSON" and inner is type_
    return isinstance(inner, GraphQLInputObjectType | GraphQLList)


def _envelope() -> Schema:
    return {"$ref": "#/components/schemas/headwater.Response"}


def _operation(
    one: Schema,
    parameters: list[Schema],
    forms: Mapping[Form, Schema],
    body: Schema | None = None,
) -> Schema:
    content: Schema = {form.value: {"schema": made} for form, made in forms.items()}
    headers: Schema = {
        name: {"$ref": f"#/components/headers/{name}"}
        for name in ("headwater-completeness", "headwater-errors")
    }
    ok: Schema = {"description": "The value.", "headers": headers, "content": content}
    problem: Schema = {"$ref": "#/components/responses/headwater.Problem"}
    responses: Schema = {"200": ok}
    if body is None:
        responses["304"] = {"description": "The client has it already."}
    responses |= dict.fromkeys(_PROBLEMS, problem)
    responses["default"] = problem
    made: Schema = {**one, "parameters": list(parameters)}
    if body is not None:
        made["requestBody"] = body
    return {**made, "responses": responses}
