"""Whole gateways with mutations over HTTP, and upstreams that remember what came."""

from __future__ import annotations

from tests.redis_server import redis_server

__all__ = ["redis_server"]
