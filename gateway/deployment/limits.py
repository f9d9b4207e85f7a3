"""The key `limits` of `headwater.yaml`, as written: how much may be asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, BeforeValidator, Field

from gateway.deployment.auth import network
from gateway.deployment.issuers import listed
from gateway.deployment.words import Discreet, Number
from gateway.strict import Text, unwritten
from gateway.units import Duration, RateText, Size

_Limit: TypeAlias = Annotated[Number, Field(ge=1)]
Warned: TypeAlias = Literal[
    "tokens",
    "depth",
    "fields",
    "roots",
    "aliases",
    "directives",
    "list",
    "calls",
    "cost",
    "nesting",
    "variables",
    "concurrency",
    "rate",
]


class OperationRate(Discreet):
    """How often one operation may be asked for."""

    client: RateText | None = Field(default=None, description="By one client.")
    tenant: RateText | None = Field(default=None, description="By one tenant.")
    all: RateText | None = Field(default=None, description="By all of them together.")


def _operation(written: object) -> object:
    return {"client": written} if isinstance(written, str) else written


class RateSettings(Discreet):
    """How often may be asked."""

    client: RateText | None = Field(
        default=None, description="Requests of one client: `100/s`, `1000 in 1m`."
    )
    tenant: RateText | None = Field(default=None, description="Requests of one tenant.")
    operations: Mapping[
        Text,
        Annotated[
            OperationRate,
            BeforeValidator(_operation, json_schema_input_type=OperationRate | str),
        ],
    ] = Field(
        default_factory=dict,
        description="Rates of single operations by their root field: one of each "
        "client, or a map.",
    )
    store: Literal["memory", "redis"] = Field(
        default="memory",
        description="Who shares the rates: each process has its own, or all that have "
        "one Redis, that of `cache.url`.",
    )


def _rate(written: object) -> object:
    return {"client": written} if isinstance(written, str) else written


class CostSettings(Discreet):
    """What an operation may cost, and what is counted."""

    max: _Limit = Field(default=100_000, description="What one operation may cost.")
    call: Annotated[Number, Field(ge=0)] = Field(
        default=10, description="What a call of a source counts."
    )
    list: Annotated[Number, Field(ge=0)] = Field(
        default=10, description="Items of a list of which nothing is said."
    )


def _cost(written: object) -> object:
    return written if isinstance(written, Mapping) else {"max": written}


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
    calls: _Limit = Field(
        default=200,
        description="Upstream calls of one request: those that it is sure to make, and "
        "those for objects and pages while it runs.",
    )
    cost: Annotated[
        CostSettings,
        BeforeValidator(_cost, json_schema_input_type=CostSettings | int),
    ] = Field(
        default=unwritten(CostSettings),
        description="What an operation may cost by its types, lists and calls: a "
        "number, or a map.",
    )
    planning: Duration = Field(
        default=0.25,
        description="Processor's time that proving a document valid may take, and "
        "planning it: `250ms` each.",
    )
    introspection: bool = Field(
        default=True,
        description="Whether `__schema` and `__type` may be asked for; `__typename` "
        "always may.",
    )
    nesting: Annotated[Number, Field(ge=1, le=64)] = Field(
        default=64, description="Nesting of the values of variables."
    )
    variables: Size | None = Field(
        default=None,
        description="Size of all variables as JSON: `100KB`. Default: that of `body`.",
    )
    requests: _Limit = Field(
        default=1_000,
        description="Requests under way at a time in one process, whoever asks; "
        "further ones are told 503 at once.",
    )
    concurrency: _Limit | None = Field(
        default=None,
        description="Requests of one client under way at a time, in one process.",
    )
    rate: Annotated[
        RateSettings | None,
        BeforeValidator(_rate, json_schema_input_type=RateSettings | str),
    ] = Field(
        default=None,
        description="How often may be asked: a rate of each client, or a map.",
    )
    proxies: Annotated[
        tuple[Annotated[Text, AfterValidator(network)], ...],
        BeforeValidator(listed, json_schema_input_type=Text | tuple[Text, ...]),
    ] = Field(
        default=(),
        description="Addresses of proxies whose `x-forwarded-for` says where a client "
        "is, besides those of `auth.proxy`: `[10.0.0.0/8]`.",
    )
    warn: Annotated[
        tuple[Warned, ...],
        BeforeValidator(listed, json_schema_input_type=Warned | tuple[Warned, ...]),
    ] = Field(
        default=(),
        description="Limits that are not held yet: what they would refuse is answered, "
        "counted and logged.",
    )
