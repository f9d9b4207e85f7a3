"""Keys of mutations as written: what they make untrue, how they are known again."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Discriminator, Field, Tag

from gateway.strict import Flag, StrictModel, Text
from gateway.units import Duration


class InvalidatesDocument(StrictModel):
    """What of the cache is no longer true when a step of a mutation is done."""

    tags: tuple[Text, ...] = Field(
        min_length=1,
        description="Tags of the entries to take away; they may hold `${ cel }` over "
        "the arguments, the request and the step's own answer by its name.",
    )
    on: Literal["success", "always"] = Field(
        default="success",
        description="always: also where the step was called and failed, as it may have "
        "been done all the same.",
    )


def _list_or_map(written: object) -> str:
    return "<list>" if isinstance(written, list | tuple) else "<map>"


Invalidates: TypeAlias = Annotated[
    Annotated[tuple[Text, ...], Field(min_length=1), Tag("<list>")]
    | Annotated[InvalidatesDocument, Tag("<map>")],
    Discriminator(_list_or_map),
]


class IdempotencyDocument(StrictModel):
    """How a mutation that is asked again is known again, and done once."""

    key: Text | None = Field(
        default=None,
        description="What is equal where it is the same request again; `${ cel }` over "
        "the arguments and the request. Default: the header `Idempotency-Key`.",
    )
    ttl: Duration | None = Field(
        default=None,
        description="How long the answer is given again. Default `24h`.",
    )
    required: Flag = Field(
        default=False, description="Refuse requests without a key. Nothing is called."
    )
