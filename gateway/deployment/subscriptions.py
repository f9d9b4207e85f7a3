"""The key `subscriptions` of `headwater.yaml`, as written: how many, and how slow."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from gateway.deployment.words import Discreet, Number
from gateway.units import Size


class SubscriptionSettings(Discreet):
    """What subscribers may have, and what becomes of slow ones."""

    limit: Annotated[Number, Field(ge=0)] = Field(
        default=10_000, description="Open subscriptions of one process at most."
    )
    queue: Annotated[Number, Field(ge=1)] = Field(
        default=1_000, description="Events that may wait for one subscriber."
    )
    queue_size: Size = Field(
        default=1_000_000,
        description="Size of the events that may wait for one subscriber, as their "
        "source sent them: `1MB`.",
    )
    slow_consumer: Literal["close", "drop_oldest", "latest"] = Field(
        default="close",
        description="What becomes of a subscriber for whom more would wait. close: the "
        "subscription ends with SLOW_CONSUMER; drop_oldest: what waits longest is "
        "lost; latest: only the last event ever waits.",
    )
