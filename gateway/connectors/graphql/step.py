"""`type: graphql` at load time: a document, a field, or an entity of a subgraph.

In charge of what of a call is fixed when a profile is loaded, and of holding it to the
upstream's schema where the source has one. Must never do I/O.
"""

from __future__ import annotations

from typing import ClassVar, cast

from graphql import GraphQLError, GraphQLField, GraphQLSchema

from gateway.connectors.base import ReplyRules, Section
from gateway.connectors.graphql.documents import DocumentReader, is_mutation
from gateway.connectors.graphql.options import GraphqlOptions
from gateway.connectors.graphql.selection import selection_misfit, type_misfit
from gateway.connectors.graphql.target import (
    REPRESENTATIONS,
    Argument,
    Entity,
    GraphqlTarget,
)
from gateway.connectors.graphql.upstream import (
    Upstream,
    missing_arguments,
    root_field,
    schema_of,
    upstream_of,
)
from gateway.errors import did_you_mean
from gateway.record import replace
from gateway.shape import FieldShape

_OF = {"variables": "document", "arguments": "field", "types": "field"}


class GraphqlStep:
    """Load time of ``type: graphql``."""

    names: ClassVar[tuple[str, ...]] = ("graphql",)
    options: ClassVar[type[GraphqlOptions]] = GraphqlOptions
    sources: ClassVar[frozenset[str]] = frozenset({"graphql"})
    default_source: ClassVar[str | None] = "default"

    def __init__(self, upstream: str | None = None) -> None:
        self._upstream = upstream

    def knowing(self, offer: object) -> GraphqlStep:
        """The same for steps of a source whose schema is known: its SDL."""
        return GraphqlStep(offer if isinstance(offer, str) else None)

    def compile(self, section: Section, options: object) -> GraphqlTarget:
        asked = cast("GraphqlOptions", options)
        _check_one(section, asked)
        schema = self._schema()
        name = f"{section.operation}_{section.name}"
        if asked.document is not None:
            return DocumentReader(section, schema).read(asked)
        if asked.also is not None:
            wrong = selection_misfit(asked.also)
            if wrong:
                section.problem(("also",), f"this is no selection: {wrong}")
        if asked.entity is not None:
            made = _entity(section, asked, name, schema)
        else:
            made = _field(section, asked, name, schema)
        return replace(made, upstream=self._known())

    def _schema(self) -> GraphQLSchema | None:
        """The upstream's schema; None where none is known."""
        found = schema_of(self._upstream) if self._upstream is not None else None
        return None if isinstance(found, GraphQLError) else found

    def _known(self) -> Upstream | None:
        return upstream_of(self._upstream) if self._upstream is not None else None

    def shape(self, options: object) -> tuple[FieldShape, ...] | None:  # noqa: ARG002
        return None

    def rules(self, options: object) -> ReplyRules:
        return ReplyRules(reads=not _changes(cast("GraphqlOptions", options)))

    def idempotent(self, options: object) -> bool:
        asked = cast("GraphqlOptions", options)
        if asked.idempotent is not None:
            return asked.idempotent
        return not _changes(asked)


def _changes(asked: GraphqlOptions) -> bool:
    """Whether it asks for a mutation."""
    if asked.document is not None:
        return is_mutation(asked.document)
    return asked.mutation


def _check_one(section: Section, asked: GraphqlOptions) -> None:
    """It asks for one thing, and every key belongs to that."""
    given = [
        k for k in ("document", "field", "entity") if getattr(asked, k) is not None
    ]
    if not given:
        message = "a graphql step needs a 'document', a 'field' or an 'entity'"
        section.problem((), message, hint="write field: customer")
    for key in given[1:]:
        message = f"a step has a {given[0]!r} or {key!r}, not both"
        section.problem((key,), message, hint="remove one of them")
    for key, of in _OF.items():
        if getattr(asked, key) and of not in given:
            section.problem((key,), f"{key!r} belong to a {of!r}", hint=f"add {of!r}")


def _field(
    section: Section, asked: GraphqlOptions, name: str, schema: GraphQLSchema | None
) -> GraphqlTarget:
    field = asked.field or ""
    known = _known(section, asked, schema) if schema is not None else None
    arguments = []
    for each, value in asked.arguments.items():
        given = section.value(("arguments", each), value)
        type_ = asked.types.get(each) or _type(known, each)
        arguments.append(Argument(each, given, type_))
    for each, text in asked.types.items():
        if each not in asked.arguments:
            hint = did_you_mean(each, asked.arguments)
            section.problem(
                ("types", each), f"there is no argument {each!r}", hint=hint
            )
        elif type_misfit(text):
            hint = "write it as in GraphQL: [Status!]!"
            section.problem(("types", each), f"{text!r} is no type", hint=hint)
    return GraphqlTarget(
        name,
        field,
        variables={a.name: a.value for a in arguments if a.type},
        mutation=asked.mutation,
        exact=section.wants_exact(),
        arguments=tuple(arguments),
        also=asked.also or "",
        selects=True,
    )


def _type(field: GraphQLField | None, argument: str) -> str | None:
    known = field.args.get(argument) if field is not None else None
    return None if known is None else str(known.type)


def _known(
    section: Section, asked: GraphqlOptions, schema: GraphQLSchema
) -> GraphQLField | None:
    """The field as the upstream has it, with the arguments that it takes."""
    name = asked.field or ""
    field, hint = root_field(schema, name, mutation=asked.mutation)
    if field is None:
        if name:
            section.problem(
                ("field",), f"the upstream has no field {name!r}", hint=hint
            )
        return None
    for each in asked.arguments:
        if each not in field.args:
            hint = did_you_mean(each, field.args)
            message = f"the upstream's {name!r} takes no argument {each!r}"
            section.problem(("arguments", each), message, hint=hint)
    for each in missing_arguments(field, set(asked.arguments)):
        type_ = field.args[each].type
        message = f"the upstream's {name!r} needs the argument {each!r} ({type_})"
        section.problem(("field",), message, hint=f"add arguments: {{ {each}: ... }}")
    return field


def _entity(
    section: Section, asked: GraphqlOptions, name: str, schema: GraphQLSchema | None
) -> GraphqlTarget:
    assert asked.entity is not None, "only entities are compiled so"  # noqa: S101
    if schema is not None and asked.entity.type not in schema.type_map:
        message = f"the upstream has no type {asked.entity.type!r}"
        hint = did_you_mean(asked.entity.type, schema.type_map)
        section.problem(("entity", "type"), message, hint=hint)
    section.value((REPRESENTATIONS,), "${ keys }")
    return GraphqlTarget(
        name,
        None,
        exact=section.wants_exact(),
        entity=Entity(
            asked.entity.type, asked.entity.needs, bool(asked.entity.requires)
        ),
        also=asked.also or "",
        selects=True,
    )
