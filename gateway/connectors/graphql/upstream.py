"""An upstream's schema at load time: what a document or a field is held to.

In charge of reading SDL once for each text, and of saying what does not fit it. Must
never be asked when a request is served.
"""

from __future__ import annotations

from functools import lru_cache

from graphql import (
    GraphQLError,
    GraphQLField,
    GraphQLSchema,
    build_schema,
    is_required_argument,
    parse,
    specified_rules,
    validate,
)

from gateway.errors import did_you_mean


@lru_cache(maxsize=16)
def schema_of(text: str) -> GraphQLSchema | GraphQLError:
    """The schema of an SDL text, or what is wrong with it.

    Directives and scalars of federation need no definition.
    """
    try:
        return build_schema(text, assume_valid_sdl=True)
    except (GraphQLError, TypeError) as error:
        return error if isinstance(error, GraphQLError) else GraphQLError(str(error))


def root_field(
    schema: GraphQLSchema, name: str, *, mutation: bool
) -> tuple[GraphQLField | None, str | None]:
    """A field of the root, or the fix where there is none of the name."""
    roots = (schema.query_type, schema.mutation_type)
    own, other = reversed(roots) if mutation else roots
    if own is not None and name in own.fields:
        return own.fields[name], None
    if other is not None and name in other.fields:
        told = "remove 'mutation'" if mutation else "add mutation: true"
        return None, f"it is a field of {other.name}: {told}"
    return None, did_you_mean(name, own.fields if own is not None else ())


def missing_arguments(field: GraphQLField, given: set[str]) -> list[str]:
    """The arguments that a field cannot do without."""
    return [
        name
        for name, argument in field.args.items()
        if is_required_argument(argument) and name not in given
    ]


def misfits(schema: GraphQLSchema, document: str) -> list[GraphQLError]:
    """What is wrong with a document, as the upstream itself would say it."""
    return validate(schema, parse(document), specified_rules, max_errors=20)
