"""Keys that files of several kinds have, each said once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, TypeAlias

from pydantic import BeforeValidator, WithJsonSchema

from gateway.profile.document.many import few
from gateway.profile.document.step import StepDocument
from gateway.strict import Cel, wrong

_COORDINATE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\.[A-Za-z_][A-Za-z0-9_]*")


def _language(written: object) -> object:
    if written != 1 or isinstance(written, bool):
        raise wrong(
            "this version reads language 1",
            hint="write language: 1, or upgrade the gateway",
        )
    return written


def _coordinate(written: object) -> object:
    if isinstance(written, str) and not _COORDINATE.fullmatch(written):
        raise wrong(
            f"{written!r} is no field of a type", hint="write Customer360.riskScore"
        )
    return written


Language: TypeAlias = Annotated[
    int, BeforeValidator(_language), WithJsonSchema({"const": 1})
]
Steps: TypeAlias = Annotated[tuple[StepDocument, ...], BeforeValidator(few)]
Fields: TypeAlias = Mapping[Annotated[str, BeforeValidator(_coordinate)], Cel]
STEPS = "The calls that the answer is made of, each by name."
FIELDS = "Fields whose value is an expression: `Customer360.riskScore: risk.score`."
LANGUAGE = "The version of the language. Without it the file is in paper mode."
DEFAULTS = "What the steps say where they say nothing themselves."
