"""Events of subscriptions, and of what feeds them, as log lines: a part of `log`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from gateway.record import asdict
from gateway.telemetry.lines import Log
from gateway.telemetry.listening import (
    DeliveryRefused,
    EventsDropped,
    EventUnreadable,
    StreamBroken,
    StreamRestored,
    SubscriptionEnded,
    SubscriptionStarted,
)

LISTENING_LOGGED = {
    "subscription.started": "somebody subscribed (debug)",
    "subscription.ended": "a subscription is over (debug)",
    "subscription.dropped": "a slow subscriber lost events",
    "stream.unreadable": "a source said something that is no event",
    "webhook.refused": "a delivery was not taken",
    "stream.broken": "a source cannot be heard any more; it is listened to again",
    "stream.restored": "a source is heard again",
}


def _subscription(
    log: Log,
    event: SubscriptionStarted | SubscriptionEnded | EventsDropped,
) -> None:
    match event:
        case SubscriptionStarted():
            log.debug("subscription.started", **asdict(event))
        case SubscriptionEnded():
            log.debug("subscription.ended", **asdict(event))
        case EventsDropped():
            log.warning("subscription.dropped", **asdict(event))


def _stream(
    log: Log,
    event: EventUnreadable | DeliveryRefused | StreamBroken | StreamRestored,
) -> None:
    match event:
        case EventUnreadable():
            log.warning("stream.unreadable", **asdict(event))
        case DeliveryRefused():
            log.warning("webhook.refused", **asdict(event))
        case StreamBroken():
            log.warning("stream.broken", **asdict(event))
        case StreamRestored():
            log.info("stream.restored", **asdict(event))


LISTENING: Mapping[type, Callable[[Any, Any], None]] = {
    SubscriptionStarted: _subscription,
    SubscriptionEnded: _subscription,
    EventsDropped: _subscription,
    EventUnreadable: _stream,
    DeliveryRefused: _stream,
    StreamBroken: _stream,
    StreamRestored: _stream,
}
"""How each is written."""
