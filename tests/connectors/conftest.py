"""Tests of sources ask for a transport by name: `tests.connectors.transports`."""

from tests.connectors.transports import transport
from tests.graphql_server import graphql_server, upstream
from tests.grpc_server import bank_descriptors, grpc_server
from tests.nats_server import nats_server

__all__ = [
    "bank_descriptors",
    "graphql_server",
    "grpc_server",
    "nats_server",
    "transport",
    "upstream",
]
