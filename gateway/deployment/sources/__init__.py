"""The keys of sources, as written: what all share in `every`, one file a kind.

A kind's file is imported when a deployment has such a source: making the models of all
of them takes as long as reading a deployment.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.deployment.sources.every import AnySource
from gateway.deployment.sources.kinds import BUILT_IN, Kinds

if TYPE_CHECKING:
    from gateway.deployment.sources.duckdb import DuckDbSource
    from gateway.deployment.sources.files import FileSource, StaticSource
    from gateway.deployment.sources.graphql import GraphqlSource
    from gateway.deployment.sources.grpc import GrpcSource
    from gateway.deployment.sources.kafka import KafkaSource
    from gateway.deployment.sources.nats import NatsSource
    from gateway.deployment.sources.postgres import PostgresSource
    from gateway.deployment.sources.redis import RedisSource
    from gateway.deployment.sources.rest import RestSource
    from gateway.deployment.sources.sql import SqlSource
    from gateway.deployment.sources.webhook import WebhookSource

__all__ = [
    "SOURCE_TYPES",
    "AnySource",
    "DuckDbSource",
    "FileSource",
    "GraphqlSource",
    "GrpcSource",
    "KafkaSource",
    "NatsSource",
    "PostgresSource",
    "RedisSource",
    "RestSource",
    "SqlSource",
    "StaticSource",
    "WebhookSource",
]

SOURCE_TYPES = Kinds(BUILT_IN)
"""Kinds of source by the word for their `type`."""


def __getattr__(name: str) -> type[AnySource]:
    """A kind by the name of its model, imported now."""
    words = (word for word, kind in BUILT_IN.items() if kind.model == name)
    word = next(words, None)
    if word is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return SOURCE_TYPES[word]
