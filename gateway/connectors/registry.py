"""The step types there are, and how a source is opened from its settings.

In charge of the two look-ups. Packages add step types by the entry point group
``headwater.step_types``; a name that is built in cannot be taken over.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from importlib.metadata import EntryPoint
from types import MappingProxyType
from typing import Any, assert_never

from gateway.connectors.base import Source, StepType
from gateway.connectors.decision import DecisionStep
from gateway.connectors.files.source import FileSource, StaticSource
from gateway.connectors.files.step import FileStep
from gateway.connectors.graphql.step import GraphqlStep
from gateway.connectors.grpc.step import GrpcStep
from gateway.connectors.mock import MockSource, MockStep
from gateway.connectors.picked import PickedSource
from gateway.connectors.plugged import opened, require_step_type
from gateway.connectors.redis.step import RedisStep
from gateway.connectors.rest import RestSource
from gateway.connectors.rest_step import RestStep
from gateway.connectors.settings import (
    DialectSettings,
    DuckDBSettings,
    FileSettings,
    GraphqlSettings,
    GrpcSettings,
    KafkaSettings,
    MockSettings,
    NatsSettings,
    PlacesSettings,
    PluginSettings,
    PostgresSettings,
    RedisSettings,
    RestSettings,
    SourceSettings,
    StaticSettings,
    WebhookSettings,
)
from gateway.connectors.sql import SqlStep
from gateway.connectors.streams.step import StreamStep
from gateway.connectors.value import ValueStep
from gateway.installed import PluginError, added, label, loaded

GROUP = "headwater.step_types"


@cache
def step_types() -> Mapping[str, StepType[Any]]:
    """Every step type by each of its names.

    Raises:
        PluginError: an installed package takes a name that is taken, or brings no
            step type.
    """
    return with_plugins(added(GROUP))


def with_plugins(plugins: Iterable[EntryPoint]) -> Mapping[str, StepType[Any]]:
    """The built-in step types and those that the entry points name (a class each)."""
    types: dict[str, StepType[Any]] = {}
    built_in: tuple[StepType[Any], ...] = (
        RestStep(),
        SqlStep(),
        ValueStep(),
        DecisionStep(),
        MockStep(),
        FileStep(),
        RedisStep(),
        GrpcStep(),
        GraphqlStep(),
    )
    built_in = (*built_in, StreamStep(built_in))
    for step_type in built_in:
        types.update(dict.fromkeys(step_type.names, step_type))
    for plugin in plugins:
        added = require_step_type(plugin, loaded(plugin))
        for name in added.names:
            if name in types:
                raise PluginError(f"{label(plugin)} takes the name {name!r} again")
            types[name] = added
    return MappingProxyType(types)


def open_source(settings: SourceSettings) -> Source[Any]:  # noqa: C901, PLR0911, PLR0912 - one a kind
    """A source ready for calls. Opens no connection yet, so it cannot fail."""
    match settings:
        case RestSettings():
            return RestSource(settings)
        case GraphqlSettings():
            from gateway.connectors.graphql.source import GraphqlSource

            source = GraphqlSource(settings)
            if settings.together:
                from gateway.connectors.graphql.together import TogetherSource

                return TogetherSource(source)
            return source
        case DuckDBSettings():
            # A sixth of a second that a deployment without a warehouse does not pay.
            from gateway.connectors.duckdb import DuckDBSource

            return DuckDBSource(settings)
        case DialectSettings():
            from gateway.connectors.dialects.source import DialectSource

            return DialectSource(settings)
        case PostgresSettings():
            from gateway.connectors.postgres.source import PostgresSource

            return PostgresSource(settings)
        case MockSettings():
            return MockSource()
        case FileSettings():
            return FileSource(settings)
        case StaticSettings():
            return StaticSource(settings)
        case GrpcSettings():
            from gateway.connectors.grpc.source import GrpcSource

            return GrpcSource(settings)
        case PlacesSettings():
            return PickedSource(settings)
        case RedisSettings():
            from gateway.connectors.redis.source import RedisSource

            return RedisSource(settings)
        case NatsSettings():
            from gateway.connectors.nats.source import NatsSource

            return NatsSource(settings)
        case KafkaSettings():
            from gateway.connectors.kafka.source import KafkaSource

            return KafkaSource(settings)
        case WebhookSettings():
            from gateway.connectors.webhooks.source import WebhookSource

            return WebhookSource(settings)
        case PluginSettings():
            return opened(settings)
        case _:
            assert_never(settings)
