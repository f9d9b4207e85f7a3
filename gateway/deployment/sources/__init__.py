"""The keys of sources, as written: what all share in `every`, one file a kind."""

from collections.abc import Mapping

from gateway.deployment.sources.duckdb import DuckDbSource
from gateway.deployment.sources.every import AnySource
from gateway.deployment.sources.files import FileSource, StaticSource
from gateway.deployment.sources.graphql import GraphqlSource
from gateway.deployment.sources.grpc import GrpcSource
from gateway.deployment.sources.kafka import KafkaSource
from gateway.deployment.sources.nats import NatsSource
from gateway.deployment.sources.postgres import PostgresSource
from gateway.deployment.sources.redis import RedisSource
from gateway.deployment.sources.rest import RestSource, SourceErrors
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
    "SourceErrors",
    "SqlSource",
    "StaticSource",
    "WebhookSource",
]

SOURCE_TYPES: Mapping[str, type[AnySource]] = {
    "rest": RestSource,
    "duckdb": DuckDbSource,
    "postgresql": PostgresSource,
    "postgres": PostgresSource,
    "sql": SqlSource,
    "mysql": SqlSource,
    "mariadb": SqlSource,
    "sqlite": SqlSource,
    "file": FileSource,
    "static": StaticSource,
    "redis": RedisSource,
    "grpc": GrpcSource,
    "graphql": GraphqlSource,
    "nats": NatsSource,
    "kafka": KafkaSource,
    "webhook": WebhookSource,
}
"""Kinds of source by the word for their `type`."""
