"""A source's keys as what it takes to open it, one function a kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from gateway.connectors.settings import (
    DialectSettings,
    DuckDBSettings,
    FileSettings,
    GraphqlSettings,
    GrpcSettings,
    KafkaSettings,
    NatsSettings,
    PlacesSettings,
    PluginSettings,
    PostgresSettings,
    RedisSettings,
    RestSettings,
    Route,
    SourceSettings,
    StaticSettings,
    WebhookSettings,
)
from gateway.connectors.webhooks.verifying import (
    HmacSettings,
    TokenSettings,
    Verifying,
)
from gateway.deployment import AnySource, RestSource
from gateway.errors import InternalError
from gateway.expression import parse
from gateway.loading.credentials import credentials_of, tls_files_of

if TYPE_CHECKING:
    from gateway.deployment.sources.duckdb import DuckDbSource
    from gateway.deployment.sources.files import FileSource, StaticSource
    from gateway.deployment.sources.graphql import GraphqlSource
    from gateway.deployment.sources.grpc import GrpcSource
    from gateway.deployment.sources.kafka import KafkaSource
    from gateway.deployment.sources.nats import NatsSource
    from gateway.deployment.sources.postgres import PostgresSource
    from gateway.deployment.sources.redis import RedisSource
    from gateway.deployment.sources.sql import SqlSource
    from gateway.deployment.sources.webhook import Hmac, WebhookSource


def settings_of(written: AnySource) -> SourceSettings:
    """What it takes to open a source.

    Raises:
        InternalError: the kind has no settings here.
    """
    made = _BY_TYPE.get(written.type)
    if made is not None:
        return made(written)
    if hasattr(written, "open"):  # a kind that a package adds
        return PluginSettings(written.type, written.open)
    raise InternalError(f"{type(written).__name__} cannot be opened")


def _graphql(written: GraphqlSource) -> GraphqlSettings:
    return GraphqlSettings(_rest(written), together=written.together)


def _file(written: FileSource) -> FileSettings:
    return FileSettings(str(written.path), written.holds, written.columns)


def _redis(written: RedisSource) -> RedisSettings:
    limits = written.limits
    return RedisSettings(written.url, limits.concurrency, limits.response)


def _static(written: StaticSource) -> StaticSettings:
    return StaticSettings(written.data)


def _places(written: RestSource) -> RestSettings | PlacesSettings:
    """One place, or each of several as a source of its own."""
    if isinstance(written.url, str):
        return _rest(written)
    alone = {
        name: written.model_copy(update={"url": url, "pick": None})
        for name, url in written.url.items()
    }
    return PlacesSettings({name: _rest(place) for name, place in alone.items()})


def _rest(written: RestSource) -> RestSettings:
    return RestSettings(
        url=written.base,
        unwrap=written.unwrap,
        transport=written.transport,
        response_limit=written.limits.response,
        connections=written.limits.concurrency,
        auth=credentials_of(written.auth),
        tls=tls_files_of(written.tls),
        health=written.health,
        route=Route(written.unix_socket, written.proxy, written.http2),
    )


def _duckdb(written: DuckDbSource) -> DuckDBSettings:
    in_memory = written.path == ":memory:"
    return DuckDBSettings(
        path=None if in_memory else written.path,
        files=tuple(map(str, written.files)),
        row_limit=written.max_rows,
        threads=written.connections,
        response_limit=written.limits.response,
        attached={name: str(path) for name, path in written.attach.items()},
        memory=written.memory,
        cpus=written.threads,
    )


def grpc_settings(written: GrpcSource) -> GrpcSettings:
    """What it takes to open a gRPC source."""
    return GrpcSettings(
        target=written.target,
        secure=written.secure,
        tls=written.tls_files,
        response_limit=written.limits.response,
        keepalive=written.keepalive,
        snake=written.names == "snake",
        auth=credentials_of(written.auth),
    )


def _dialect(written: SqlSource) -> DialectSettings:
    return DialectSettings(
        url=written.address,
        connections=written.connections,
        row_limit=written.max_rows,
        response_limit=written.limits.response,
        statement_timeout=written.statement_timeout,
    )


def postgres_settings(written: PostgresSource) -> PostgresSettings:
    """What it takes to open a PostgreSQL, or to ask it what a query gives."""
    secret = written.password
    return PostgresSettings(
        url=written.url,
        password=None if secret is None else secret.get_secret_value(),
        search_path=written.search_path,
        application_name=written.application_name,
        read_only=written.read_only,
        prepare=written.prepare,
        connections=written.connections or written.limits.concurrency,
        row_limit=written.max_rows,
        response_limit=written.limits.response,
    )


def nats_settings(written: NatsSource) -> NatsSettings:
    """What it takes to listen to a NATS."""
    password, token = written.password, written.token
    return NatsSettings(
        url=written.url,
        user=written.user,
        password=None if password is None else password.get_secret_value(),
        token=None if token is None else token.get_secret_value(),
        secure=written.tls is not None or written.url.startswith("tls:"),
        tls=tls_files_of(written.tls),
        response_limit=written.limits.response,
    )


def kafka_settings(written: KafkaSource) -> KafkaSettings:
    """What it takes to listen to a Kafka."""
    password = written.password
    return KafkaSettings(
        hosts=written.hosts,
        user=written.user,
        password=None if password is None else password.get_secret_value(),
        secure=written.tls is not None,
        tls=tls_files_of(written.tls),
        response_limit=written.limits.response,
    )


def webhook_settings(written: WebhookSource) -> WebhookSettings:
    """What it takes to believe a system that calls us."""
    how: Verifying = None
    if written.hmac is not None:
        how = _hmac(written.hmac)
    elif written.token is not None:
        value = written.token.value.get_secret_value().encode()
        how = TokenSettings(written.token.header, value)
    return WebhookSettings(
        how,
        None if written.channel is None else parse(written.channel),
        written.delivery,
        written.body,
    )


def _hmac(written: Hmac) -> HmacSettings:
    time = written.timestamp
    usual = "{body}" if time is None else "{timestamp}.{body}"
    return HmacSettings(
        header=written.header,
        secret=written.secret.get_secret_value().encode(),
        algorithm=written.algorithm,
        format=written.format,
        signed=written.signed or usual,
        time_header=None if time is None else time.header,
        tolerance=300.0 if time is None else time.tolerance,
    )


_BY_TYPE: Mapping[str, Callable[[Any], SourceSettings]] = MappingProxyType(
    {
        "rest": _places,
        "graphql": _graphql,
        "duckdb": _duckdb,
        "sql": _dialect,
        "mysql": _dialect,
        "mariadb": _dialect,
        "sqlite": _dialect,
        "postgresql": postgres_settings,
        "postgres": postgres_settings,
        "file": _file,
        "static": _static,
        "redis": _redis,
        "grpc": grpc_settings,
        "nats": nats_settings,
        "kafka": kafka_settings,
        "webhook": webhook_settings,
    }
)
"""By the word for its `type`: nobody imports a kind to find that it is another."""
