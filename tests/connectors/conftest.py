"""Tests of sources ask for a transport by name: `tests.connectors.transports`."""

from tests.connectors.transports import transport
from tests.postgres_server import postgres_server

__all__ = ["postgres_server", "transport"]
