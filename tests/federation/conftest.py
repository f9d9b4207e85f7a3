"""Fixtures of this folder."""

from tests.federation.routing import router

__all__ = ["router"]
