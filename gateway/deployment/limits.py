"""The key `limits` of `headwater.yaml`, as written: how much may be asked for."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import BeforeValidator, Field

from gateway.deployment.issuers import listed
from gateway.deployment.words import Discreet, Number
from gateway.units import Size

_Limit: TypeAlias = Annotated[Number, Field(ge=1)]
Warned: TypeAlias = Literal[
    "tokens", "depth", "fields", "roots", "aliases", "directives", "list"
]


class LimitSettings(Discreet):
    """What one request may ask for at most."""

    tokens: _Limit = Field(default=10_000, description="Tokens of a document.")
    depth: _Limit = Field(default=15, description="Nesting of fields.")
    fields: _Limit = Field(
        default=10_000,
        description="Fields of an operation, each as often as fragments bring it in.",
    )
    roots: _Limit = Field(
        default=20, description="Root fields of an operation: keys of its `data`."
    )
    aliases: _Limit = Field(
        default=30,
        description="Aliases of an operation, each as often as fragments bring it in.",
    )
    directives: _Limit = Field(
        default=50,
        description="Directives of an operation, counted as aliases are.",
    )
    list: _Limit = Field(
        default=10_000,
        description="Items of a list in arguments or variables.",
    )
    head: Size = Field(
        default=64_000, description="Size of the URL and the headers: `64KB`."
    )
    headers: _Limit = Field(default=100, description="Number of headers.")
    body: Size = Field(default=1_000_000, description="Size of a request: `1MB`.")
    errors: _Limit = Field(default=100, description="Errors in an answer.")
    calls: _Limit = Field(default=200, description="Upstream calls of a request.")
    warn: Annotated[
        tuple[Warned, ...],
        BeforeValidator(listed, json_schema_input_type=Warned | tuple[Warned, ...]),
    ] = Field(
        default=(),
        description="Limits that are not held yet: what they would refuse is answered, "
        "counted and logged.",
    )
