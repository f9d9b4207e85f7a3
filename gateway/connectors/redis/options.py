"""The keys that `type: redis` adds to a step, as written in YAML."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from gateway.strict import Json, StrictModel


class RedisOptions(StrictModel):
    """Keys of `type: redis`: one command that reads."""

    command: Annotated[tuple[Json, ...], Field(min_length=2)] = Field(
        description="The command and its arguments: `[GET, 'user:${ id }']`. A list "
        "among them is as many arguments."
    )
    decode: Literal["text", "json"] = Field(
        default="text", description="What each value is: text, or text of JSON."
    )
    names: Json = Field(
        default=None,
        description="Names of the values of MGET and HMGET, in their order: the answer "
        "is a map of those that are there; `${ keys }`. HMGET has its fields.",
    )
