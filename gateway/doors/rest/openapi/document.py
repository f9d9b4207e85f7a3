"""A generation → the whole OpenAPI 3.1 document of its REST door. Pure."""

from __future__ import annotations

from gateway.doors.rest.offered import KINDS, offered_by
from gateway.doors.rest.openapi.paths import Paths
from gateway.doors.rest.openapi.schemas import Schema, Schemas
from gateway.doors.rest.reading import SAVED
from gateway.generation import Generation

_TEXT: Schema = {"type": "string"}
_PROBLEM: Schema = {
    "type": "object",
    "description": "Why there is no value (RFC 9457).",
    "properties": {
        "type": _TEXT,
        "title": _TEXT,
        "status": {"type": "integer"},
        "detail": _TEXT,
        "instance": _TEXT,
        "code": {"type": "string", "description": "The code of the GraphQL error."},
        "parameter": {"type": "string", "description": "Which parameter is wrong."},
        "position": {"type": "integer", "description": "Where in it, from 1."},
        "errors": {"type": "array", "items": {"type": "object"}},
    },
    "required": ["type", "title", "status", "detail", "instance", "code"],
}
_RESPONSE: Schema = {
    "type": "object",
    "description": "The whole GraphQL response: what is missing, and why.",
    "properties": {
        "data": {"type": ["object", "null"]},
        "errors": {"type": "array", "items": {"type": "object"}},
        "extensions": {"type": "object"},
    },
    "required": ["data"],
}
_HEADERS: Schema = {
    "headwater-completeness": {
        "description": "Whether all of the value is there.",
        "schema": {"type": "string", "enum": ["whole", "partial"]},
    },
    "headwater-errors": {
        "description": 'What is missing, and why: `"risk";code="UPSTREAM_TIMEOUT"`.',
        "schema": _TEXT,
    },
}


def describe(generation: Generation, path: str) -> Schema:
    """The document, for a door at a path."""
    schemas = Schemas(generation.schema)
    paths = Paths(generation, schemas)
    items: Schema = {
        f"/{name}": paths.of(one) for name, one in offered_by(generation).items()
    }
    for name, saved in generation.saved.items():
        if saved.kind.value in KINDS:
            items[f"/{SAVED}/{name}"] = paths.saved(saved)
    own: Schema = {"headwater.Problem": _PROBLEM, "headwater.Response": _RESPONSE}
    problem: Schema = {
        "description": "There is no value.",
        "content": {
            "application/problem+json": {
                "schema": {"$ref": "#/components/schemas/headwater.Problem"}
            }
        },
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "Headwater", "version": generation.digest[:12]},
        "servers": [{"url": path}],
        "paths": items,
        "components": {
            "schemas": {**dict(sorted(schemas.components.items())), **own},
            "responses": {"headwater.Problem": problem},
            "headers": _HEADERS,
        },
    }
