"""Keys of a step about failure, time, caching and sharing, as written.

Their shapes are checked whether or not this version acts on them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Literal, Self, TypeAlias

from pydantic import (
    BeforeValidator,
    Discriminator,
    Field,
    Tag,
    WithJsonSchema,
    model_validator,
)

from gateway.errors import did_you_mean
from gateway.strict import Cel, Count, Json, StrictModel, Text, wrong, wrong_key
from gateway.units import Duration, RateText, duration, spelt
from gateway.units import UnitError as NoDuration

_CLASSES = ("timeout", "connect", "reset", "invalid", "rejected", "query", "4xx", "5xx")


def _error_class(written: object) -> object:
    """A class of failures; a status may be written as a number."""
    text = str(written)
    if text in _CLASSES or re.fullmatch("[1-5][0-9][0-9]", text):
        return text
    near = did_you_mean(text, _CLASSES)
    classes = ", ".join(_CLASSES)
    raise wrong(
        f"{text!r} is no class of failures",
        hint=near or f"write one of {classes}, or a status such as 429",
    )


ErrorClassText: TypeAlias = Annotated[
    str,
    BeforeValidator(_error_class),
    WithJsonSchema(
        {
            "anyOf": [
                {"enum": list(_CLASSES)},
                {"type": "integer", "minimum": 100, "maximum": 599},
                {"type": "string", "pattern": "^[1-5][0-9][0-9]$"},
            ]
        }
    ),
]


class RetryDocument(StrictModel):
    """When and how often a failed call is made again."""

    attempts: Count = Field(
        default=2, description="Calls in total; the first one counts."
    )
    errors: tuple[ErrorClassText, ...] = Field(
        default=(),
        description="Failures that are worth another attempt: timeout, connect, reset, "
        "invalid, rejected, query, 4xx, 5xx or a status such as 429.",
    )
    if_: Cel | None = Field(
        default=None,
        alias="if",
        description="CEL over `response`: true makes a reply worth another attempt.",
    )
    with_: Mapping[str, Json] | None = Field(
        default=None,
        alias="with",
        description="Keys of the step that further attempts use in place of its own.",
    )


def _after(written: object) -> object:
    if isinstance(written, str) and re.fullmatch(r"p-?[0-9.]+", written):
        if re.fullmatch(r"p[1-9][0-9]?(\.[0-9])?", written):
            return written
        raise wrong("a percentile is one of p1 to p99.9", hint="write p95")
    try:
        return duration(written)
    except NoDuration as error:
        message = error.message.replace("no duration", "no duration and no percentile")
        raise wrong(message, hint="write 50ms or p95") from None


class HedgeDocument(StrictModel):
    """A second, equal call for when the first is slow; the faster answer counts."""

    after: Annotated[
        float | str,
        BeforeValidator(_after),
        WithJsonSchema({"type": "string", "examples": ["p95", "50ms"]}),
    ] = Field(
        description="How long the first call is given: a duration, or a percentile of "
        "the step's own times such as p95."
    )


class CacheDocument(StrictModel):
    """How long an answer may be used again, and for whom."""

    @model_validator(mode="after")
    def _renewed_while_fresh(self) -> Self:
        if self.refresh is not None and self.refresh >= self.ttl:
            raise wrong_key(
                "refresh",
                f"an answer is fresh for {spelt(self.ttl)}, so it is never renewed "
                "before it expires",
                hint="write a shorter 'refresh', or remove it",
            )
        return self

    ttl: Duration = Field(description="How long an answer is fresh.")
    refresh: Duration | None = Field(
        default=None,
        description="Age from which an answer is renewed while it is still given.",
    )
    negative: Duration | None = Field(
        default=None,
        description="How long an answer that there is nothing (null, an empty list) "
        "is fresh. Default: `ttl`.",
    )
    keep: Duration | None = Field(
        default=None,
        description="How long an expired answer may serve a `stale` fallback.",
    )
    scope: Literal["public", "tenant", "caller"] = Field(
        default="tenant", description="Who shares the answer."
    )
    tags: tuple[Text, ...] = Field(
        default=(), description="Names to invalidate it by; may hold `${ cel }`."
    )


class StaleRung(StrictModel):
    """Fall back to an expired answer."""

    stale: Duration = Field(description="How old the answer may be.")


class ValueRung(StrictModel):
    """Fall back to a value."""

    value: Json = Field(description="The value; it may hold `${ cel }`.")


def _rung(written: object) -> str | None:
    if isinstance(written, str):
        return "<step>"
    keys = written if isinstance(written, Mapping) else ()
    if isinstance(written, StaleRung) or "stale" in keys:
        return "<stale>"
    return "<value>" if isinstance(written, ValueRung) or "value" in keys else None


Rung: TypeAlias = Annotated[
    Annotated[str, Tag("<step>")]
    | Annotated[StaleRung, Tag("<stale>")]
    | Annotated[ValueRung, Tag("<value>")],
    Discriminator(
        _rung,
        custom_error_type="headwater",
        custom_error_message="{why}",
        custom_error_context={
            "why": "this is nothing to fall back to",
            "hint": "write a step's name, { stale: 10m } or { value: ... }",
        },
    ),
]


class EscalateDocument(StrictModel):
    """Whom to tell when a step keeps failing."""

    source: Text = Field(description="The source that is told.")
    endpoint: Text = Field(description="Where a POST tells it.")
    after: RateText = Field(description="How many failures in how long: `5 in 1m`.")


_CODE = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)*")


def _code(written: object) -> object:
    """Codes are for programs to compare, so they are spelt in one way."""
    if isinstance(written, str) and not _CODE.fullmatch(written):
        better = re.sub(r"[^A-Z0-9]+", "_", written.upper()).strip("_")
        raise wrong(
            f"{written!r} is no code: capitals, digits and single _ make one",
            hint=f"write {better}" if _CODE.fullmatch(better) else "write LIKE_THIS",
        )
    return written


class ErrorDocument(StrictModel):
    """What the client sees when the step fails."""

    message: Text | None = Field(
        default=None, description="The error's message; it may hold `${ cel }`."
    )
    code: (
        Annotated[
            str,
            BeforeValidator(_code),
            Field(json_schema_extra={"pattern": f"^{_CODE.pattern}$"}),
        ]
        | None
    ) = Field(default=None, description="Its `extensions.code`: `CARD_BLOCKED`.")
    extensions: Mapping[str, Json] = Field(
        default_factory=dict,
        description="More `extensions`; they may hold `${ cel }`.",
    )


class TypeByDocument(StrictModel):
    """How an abstract value tells which type it has."""

    field: Text = Field(description="The key of the value that tells.")
    types: Mapping[str, Text] = Field(
        description="What the key says to the GraphQL type it means; `*` is any other."
    )


def _text_or_map(written: object) -> str:
    return "<text>" if isinstance(written, str) else "<map>"


TextOrMap: TypeAlias = Annotated[
    Annotated[Text, Tag("<text>")] | Annotated[Mapping[str, Text], Tag("<map>")],
    Discriminator(_text_or_map),
]


class BatchDocument(StrictModel):
    """One call for many parents."""

    key: Json = Field(
        description="What a parent is asked for by: `${ self.id }`, or a map of those."
    )
    body: Json = Field(default=None, description="JSON body over `keys`.")
    query: Mapping[str, Json] | None = Field(
        default=None,
        description="Query parameters over `keys`; a list repeats its key.",
    )
    by: TextOrMap | None = Field(
        default=None, description="The key of a row that says whose it is."
    )
    max: Count | None = Field(default=None, description="Keys in one call at most.")
    wait: Literal["all"] | None = Field(
        default=None, description="all: wait for every list before the first call."
    )
    window: Duration | None = Field(
        default=None, description="How long calls of other requests are waited for."
    )
    join: str | None = Field(
        default=None, description="What joins the keys in the URL: `,`."
    )
    cardinality: Literal["one", "many"] | None = Field(
        default=None, description="Rows of a key. Default: by the field's type."
    )
    missing: Literal["error"] | None = Field(
        default=None, description="error: a key without a row is an error."
    )
