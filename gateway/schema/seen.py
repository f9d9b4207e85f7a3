"""The schema as somebody sees it, as text or as introspection's answer.

In charge of both forms. What is hidden from him is in neither. Must never decide what
that is.
"""

from __future__ import annotations

from typing import cast

from graphql import (
    GraphQLSchema,
    build_schema,
    introspection_from_schema,
    print_schema,
)

from gateway.generation import Generation
from gateway.request.model import RequestContext
from gateway.values import JsonValue


def sdl_for(generation: Generation, request: RequestContext) -> str:
    """What of the schema whoever asks is offered, as SDL."""
    return print_schema(generation.visible(generation.offered(request)))


def schema_of(sdl: str) -> GraphQLSchema:
    """The schema of such a text, for comparing."""
    return build_schema(sdl, assume_valid=True)


def introspection_for(generation: Generation, request: RequestContext) -> JsonValue:
    """The same as `__schema` would tell him."""
    schema = generation.visible(generation.offered(request))
    return cast(
        "JsonValue", introspection_from_schema(schema, input_value_deprecation=True)
    )
