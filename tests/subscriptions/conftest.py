"""Subscriptions over real sockets, and streams that say what a test tells them to."""

from __future__ import annotations

from tests.redis_server import redis_server

__all__ = ["redis_server"]
