"""Replies given without a call: of `mock` steps, of `type: mock`, of profile tests.

In charge of their shape only.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, TypeAlias

from pydantic import BeforeValidator, Field

from gateway.strict import Json, StrictModel, wrong
from gateway.units import Duration

Status: TypeAlias = Annotated[int, Field(ge=100, le=599)]


class CannedReply(StrictModel):
    """A reply that is given without a call."""

    status: Status = Field(default=200, description="HTTP status.")
    headers: Mapping[str, str] = Field(
        default_factory=dict, description="Response headers."
    )
    body: Json = Field(default=None, description="Response body, as decoded.")
    delay: Duration | None = Field(default=None, description="Time until it comes.")
    error: Literal["timeout", "connect", "reset", "invalid"] | None = Field(
        default=None, description="The way the call fails, in place of a reply."
    )


def _several(written: object) -> object:
    if isinstance(written, dict):
        return [written]
    if isinstance(written, list) and not written:
        raise wrong("there is no reply in the list", hint="write { body: ... }")
    return written


Replies: TypeAlias = Annotated[
    tuple[CannedReply, ...],
    BeforeValidator(
        _several, json_schema_input_type=CannedReply | tuple[CannedReply, ...]
    ),
]
"""One reply, or a script of several of which the last stays."""
