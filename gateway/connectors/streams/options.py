"""The keys that `type: stream` adds to a step, as written in YAML."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from gateway.strict import Cel, Flag, Json, StrictModel


class Resume(StrictModel):
    """How listening is taken up again."""

    resume: Flag = Field(
        description="Go on after the last event that a subscriber had, where its "
        "source keeps what it said."
    )


class StreamOptions(StrictModel):
    """Keys of `type: stream`: what is listened to."""

    channel: Json = Field(
        default=None,
        description="The channel, subject or topic: `payments:${ customer_id }`.",
    )
    pattern: Json = Field(
        default=None,
        description="Several channels at once, as the source spells it: "
        "`payments:*`. Redis only.",
    )
    stream: Json = Field(
        default=None,
        description="A stream that its source keeps, so that listening can be taken "
        "up again: a Redis Stream's key.",
    )
    decode: Literal["text", "json"] | None = Field(
        default=None,
        description="What is said: text, or text of JSON. Default: JSON where it is "
        "JSON, else text; the fields of a Redis Stream are text.",
    )
    from_: Literal["latest"] | Resume = Field(
        default="latest",
        alias="from",
        description="`latest`: what happens from now on. `{ resume: true }`: a "
        "subscriber who was away gets what he missed, where the source keeps it.",
    )
    key: Cel | None = Field(
        default=None,
        description="CEL over `response`: what an event is about. Of two events "
        "about one thing that wait for a slow subscriber, he gets the later one.",
    )
