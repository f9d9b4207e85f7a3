"""What can happen to subscriptions, and to what feeds them: a part of `events`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class SubscriptionStarted:
    """A subscription listens. ``resumed``: it goes on after an event that it names."""

    request_id: str
    operation: str
    resumed: bool = False


@dataclass(frozen=True, slots=True)
class SubscriptionEnded:
    """A subscription is over, by ``reason``.

    ``delivered`` and ``dropped`` count its events; ``seconds`` is how long it lived.
    """

    request_id: str
    operation: str
    reason: str
    delivered: int
    dropped: int
    seconds: float


@dataclass(frozen=True, slots=True)
class EventsDropped:
    """A slow subscriber lost so many events since the one before."""

    request_id: str
    operation: str
    events: int


@dataclass(frozen=True, slots=True)
class EventUnreadable:
    """A source said something that is no event; nobody is told of it."""

    source: str
    step: str
    reason: str


@dataclass(frozen=True, slots=True)
class DeliveryRefused:
    """Somebody posted to a webhook source and was sent away, for a reason of ours."""

    source: str
    status: int
    reason: str


@dataclass(frozen=True, slots=True)
class StreamBroken:
    """A source cannot be heard any more; it is listened to again in ``next_in`` s."""

    source: str
    step: str
    code: str
    breaks: int
    next_in: float


@dataclass(frozen=True, slots=True)
class StreamRestored:
    """A source is heard again."""

    source: str
    step: str


Listening: TypeAlias = (
    SubscriptionStarted
    | SubscriptionEnded
    | EventsDropped
    | EventUnreadable
    | DeliveryRefused
    | StreamBroken
    | StreamRestored
)
"""Any of them."""
