"""The JSON Schema of `headwater.yaml`, made of the models that read it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from gateway.deployment.model import DeploymentDocument
from gateway.deployment.sources.plugged import source_types
from gateway.values import JsonValue

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_REFERENCE = {"type": "string", "pattern": r"\$\{"}
"""What may stand for any value: it comes from the environment or a file."""
_RESTRICTED = ("enum", "const", "pattern")


def json_schema() -> Mapping[str, JsonValue]:
    """The schema of a deployment file; sources may be inline or a directory."""
    kinds = source_types().values()
    models: list[type[BaseModel]] = [DeploymentDocument, *kinds]
    refs, schema = models_json_schema(
        [(model, "validation") for model in models], by_alias=True
    )
    definitions: dict[str, Any] = schema["$defs"]
    root = definitions.pop(
        refs[DeploymentDocument, "validation"]["$ref"].split("/")[-1]
    )
    sources = [refs[model, "validation"] for model in kinds]
    root["properties"]["sources"] |= {
        "anyOf": [
            {"type": "string"},
            {"type": "object", "additionalProperties": {"anyOf": sources}},
        ]
    }
    root["patternProperties"] = {"^x-": {}}
    opened: dict[str, Any] = _opened(root)
    made = {name: _opened(each) for name, each in definitions.items()}
    return {"$schema": _DIALECT} | opened | {"title": "Headwater", "$defs": made}


def _opened(schema: Any) -> Any:
    """The schema with references allowed wherever a value is restricted."""
    if isinstance(schema, list):
        return [_opened(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    made = {
        key: value if key in {"enum", "default", "examples"} else _opened(value)
        for key, value in schema.items()
    }
    if isinstance(schema.get("type"), dict):  # properties, one of them named "type"
        return made
    plain = schema.get("type") in {"integer", "number", "boolean"}
    if not plain and not any(
        isinstance(schema.get(k), str | list) for k in _RESTRICTED
    ):
        return made
    kept = {k: made.pop(k) for k in ("description", "title", "default") if k in made}
    return {"anyOf": [made, _REFERENCE], **kept}
