"""The keys `policies`, `audit`, `usage` and `telemetry` of `headwater.yaml`.

In charge of their shapes. What this version acts on is said in `effect`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from gateway.deployment.words import Discreet, Number, OfArguments, OfRequest
from gateway.strict import Text
from gateway.units import Duration, Percent


class PolicySettings(Discreet):
    """Who may see SDL fields under a tag, and what others see."""

    when: OfRequest = Field(
        description="CEL over `request` and `flags`: who may see them. Only true does."
    )
    deny: Literal["mask", "null", "error", "hide"] | None = Field(
        default="mask",
        description="What others see: `mask` is `***` for texts and null for the rest, "
        "`null`, `error`: null and an error `FORBIDDEN`, or `hide`: their schema "
        "has no such field.",
    )
    keep: Annotated[Number, Field(ge=0, le=8)] = Field(
        default=0,
        description="How many characters a mask leaves at the end, of texts that are "
        "twice as long at least; the value is then read.",
    )


class AuditSettings(Discreet):
    """Who read what of whom."""

    sink: Path = Field(description="File that the entries are appended to.")
    tags: Annotated[tuple[Text, ...], Field(min_length=1)] = Field(
        description="The SDL tags of the fields whose reading is recorded."
    )
    subject: OfArguments | None = Field(
        default=None,
        description="CEL over the operation's `args`, `request` and `flags`: whose "
        "record it is.",
    )
    on_failure: Literal["refuse", "log"] = Field(
        default="refuse",
        description="Where the line cannot be written: `refuse` gives an error "
        "`AUDIT_UNAVAILABLE` in place of the answer, `log` the answer and a log event.",
    )


class UsageSettings(Discreet):
    """What is used, by whom."""

    to: Path = Field(description="Directory of the counts: one that all processes see.")
    by: Annotated[
        tuple[Literal["field", "client", "tenant", "operation"], ...],
        Field(min_length=1),
    ] = Field(
        default=("field", "client", "tenant", "operation"),
        description="What is counted and told apart: fields with their arguments, "
        "clients with their versions, tenants, names of operations.",
    )
    keep: Duration | None = Field(
        default=None, description="How long files are kept. Default: `90d`."
    )


class TelemetrySettings(Discreet):
    """Where traces go, and which requests are slow."""

    otlp: Text | None = Field(
        default=None,
        description="Where a collector takes OTLP over HTTP: `http://127.0.0.1:4318`.",
    )
    sample: Percent = Field(
        default=0.01,
        description="Share of the requests that are traced; those of callers who "
        "trace theirs are besides, and those that fail or are slow: `5%`, `100%`.",
    )
    baggage: bool = Field(
        default=False,
        description="Whether the `baggage` of a traced request goes on to its sources.",
    )
    slow: Duration | None = Field(
        default=None,
        description="From when on a request is slow, and logged with its steps: "
        "`500ms`.",
    )
