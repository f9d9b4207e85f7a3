"""The keys of `type: grpc`, as written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, TypeAlias

from pydantic import BeforeValidator, Field

from gateway.connectors.grpc.codes import CODES, NAMES
from gateway.errors import did_you_mean
from gateway.strict import Cel, Count, Flag, Json, StrictModel, Text, wrong

MOST_MESSAGES = 10_000


def _status(written: object) -> object:
    """A status by its name, or by its number."""
    if isinstance(written, int) and not isinstance(written, bool):
        written = NAMES.get(written, str(written))
    if written == "OK":
        raise wrong("OK is no failure", hint="remove it")
    if not isinstance(written, str) or written not in CODES:
        near = did_you_mean(str(written), CODES)
        hint = near or f"the statuses are {', '.join(sorted(CODES))}"
        raise wrong(f"gRPC has no status {written!r}", hint=hint)
    return written


GrpcStatus: TypeAlias = Annotated[str, BeforeValidator(_status)]
"""``NOT_FOUND``, or 5."""


class GrpcOptions(StrictModel):
    """Keys of `type: grpc`: one unary or server-streaming call."""

    service: Text = Field(description="Full name of the service: `bank.v1.Accounts`.")
    rpc: Text = Field(description="Name of the rpc: `GetAccount`.")
    message: Json = Field(
        default=None,
        description="The request message; any value in it may be `${ cel }`. Fields go "
        "by their JSON name (`customerId`) or their own (`customer_id`); null leaves a "
        "field out.",
    )
    metadata: Mapping[str, Json] = Field(
        default_factory=dict,
        description="Metadata of the call; values may hold `${ cel }`. Null entries "
        "are omitted.",
    )
    max_messages: Count = Field(
        default=MOST_MESSAGES,
        description="Messages of a stream; with more of them the step fails.",
    )
    idempotent: Flag | None = Field(
        default=None,
        description="Whether asking twice is the same as asking once, so that the "
        "call may be repeated. Default: as the rpc's `idempotency_level` says.",
    )
    success_if: Cel | None = Field(
        default=None,
        description="CEL over `response`: false makes the step fail as rejected.",
    )
    on_status: Mapping[GrpcStatus, Json] = Field(
        default_factory=dict,
        description="What a gRPC status means as an answer, in place of a failure: "
        "`{ NOT_FOUND: null }`, or by its number.",
    )
