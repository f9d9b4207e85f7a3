"""What a deployment says of subscriptions, as execution keeps it."""

from __future__ import annotations

from gateway.deployment.subscriptions import SubscriptionSettings
from gateway.execution.streams.mailbox import Room, Slow, SubscriptionRules


def rules_of(written: SubscriptionSettings) -> SubscriptionRules:
    """The rules of every subscription that says nothing itself."""
    slow = Slow(written.slow_consumer)
    room = Room(written.queue, written.queue_size, slow)
    return SubscriptionRules(written.limit, room)
