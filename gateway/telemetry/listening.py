"""What can happen to subscriptions, and to what feeds them: a part of `events`."""

from __future__ import annotations

from typing import TypeAlias

from gateway.record import Model


class SubscriptionStarted(Model, frozen=True):
    """A subscription listens. ``resumed``: it goes on after an event that it names."""

    request_id: str
    operation: str
    resumed: bool = False


class SubscriptionEnded(Model, frozen=True):
    """A subscription is over, by ``reason``.

    ``delivered`` and ``dropped`` count its events; ``seconds`` is how long it lived.
    """

    request_id: str
    operation: str
    reason: str
    delivered: int
    dropped: int
    seconds: float


class EventsDropped(Model, frozen=True):
    """A slow subscriber lost so many events since the one before."""

    request_id: str
    operation: str
    events: int


class EventUnreadable(Model, frozen=True):
    """A source said something that is no event; nobody is told of it."""

    source: str
    step: str
    reason: str


class DeliveryRefused(Model, frozen=True):
    """Somebody posted to a webhook source and was sent away, for a reason of ours."""

    source: str
    status: int
    reason: str


class StreamBroken(Model, frozen=True):
    """A source cannot be heard any more; it is listened to again in ``next_in`` s."""

    source: str
    step: str
    code: str
    breaks: int
    next_in: float


class StreamRestored(Model, frozen=True):
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
