"""Subscriptions over real sockets, and streams that say what a test tells them to."""

from __future__ import annotations

from tests.nats_server import nats_server
from tests.redis_server import redis_server

__all__ = ["nats_server", "redis_server"]
