"""The JSON Schema of profile files, made of the models that read them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from gateway.profile.document.files import KINDS, STEP_LISTS
from gateway.profile.document.operations import VariantDocument
from gateway.profile.document.types import StepTypes
from gateway.strict import StrictModel
from gateway.values import JsonValue

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def json_schema(types: Mapping[str, type[StrictModel]]) -> Mapping[str, JsonValue]:
    """One schema for operations, entities, fragments and variants."""
    known = StepTypes(types)
    whole = dict.fromkeys(known.whole.values())
    partial = dict.fromkeys(known.partial.values())
    models: list[type[BaseModel]] = [*KINDS.values(), *whole, *partial]
    refs, schema = models_json_schema(
        [(model, "validation") for model in models], by_alias=True
    )
    definitions: dict[str, Any] = schema["$defs"]
    for model in KINDS.values():
        steps = partial if model is VariantDocument else whole
        properties = _definition(definitions, refs[model, "validation"])["properties"]
        for key in (k for k in STEP_LISTS if k in properties):
            properties[key]["items"] = {
                "anyOf": [refs[step, "validation"] for step in steps]
            }
    for model in KINDS.values():
        definition = _definition(definitions, refs[model, "validation"])
        definition["patternProperties"] = {"^x-": {}}
    return {
        "$schema": _DIALECT,
        "title": "Headwater profile",
        "oneOf": [refs[model, "validation"] for model in KINDS.values()],
        "$defs": definitions,
    }


def _definition(definitions: dict[str, Any], ref: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = definitions[str(ref["$ref"]).rpartition("/")[2]]
    return found
