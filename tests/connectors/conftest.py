"""Tests of sources ask for a transport by name: `tests.connectors.transports`."""

from tests.connectors.transports import transport

__all__ = ["transport"]
