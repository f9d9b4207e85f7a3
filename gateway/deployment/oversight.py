"""The keys `policies`, `audit`, `usage` and `telemetry` of `headwater.yaml`.

In charge of their shapes. What this version acts on is said in `effect`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field

from gateway.deployment.words import Discreet
from gateway.strict import Cel, Text
from gateway.units import Percent


class PolicySettings(Discreet):
    """Who may see SDL fields under a tag, and what others see."""

    when: Cel = Field(description="CEL: who may see them.")
    deny: Literal["mask", "null", "error", "hide"] | None = Field(
        default="mask", description="What others see: mask, null, error or hide."
    )


class AuditSettings(Discreet):
    """Who read what of whom."""

    sink: Path = Field(description="File that the entries are appended to.")
    tags: tuple[Text, ...] = Field(default=(), description="SDL tags to record.")
    subject: Cel | None = Field(default=None, description="CEL: whose record it is.")
    on_failure: Literal["refuse", "continue"] = Field(
        default="refuse", description="What happens when the sink cannot be written."
    )


class UsageSettings(Discreet):
    """What is used, by whom."""

    by: tuple[Literal["field", "client", "tenant", "operation"], ...] = Field(
        default=(), description="What is counted."
    )
    to: Path = Field(description="Directory of the counts.")


class TelemetrySettings(Discreet):
    """Where traces and metrics go."""

    otlp: Text | None = Field(default=None, description="An OTLP endpoint.")
    sample: Percent = Field(default=1.0, description="Share of traces kept: `5%`.")
