"""What it takes to open a source: plain frozen values, made by the deployment.

In charge of nothing but naming them, with the defaults a careful operator would pick.
Must never read a file or the environment.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from gateway.connectors.credentials.settings import AuthSettings
from gateway.connectors.webhooks.verifying import Verifying
from gateway.errors import ErrorClass
from gateway.expression import Expression
from gateway.record import Model
from gateway.tls import TlsFiles

RESPONSE_LIMIT = 5_000_000
ROW_LIMIT = 10_000


@dataclass(frozen=True, slots=True)
class Route:
    """How an HTTP API is reached, where it is not by a connection to its URL's host.

    ``socket`` is the path of a Unix socket, ``proxy`` the URL of a proxy, with its
    password. ``http2`` speaks HTTP/2: agreed on in TLS, and without TLS from the start.
    """

    socket: str | None = None
    proxy: str | None = field(default=None, repr=False)
    http2: bool = False


STRAIGHT = Route()
"""The usual one, which the gateway's own transport knows."""


@dataclass(frozen=True, slots=True)
class RestSettings:
    """An HTTP API.

    ``url`` is the base that every endpoint is below, its own path kept. ``headers``
    are constant and go with every call. ``unwrap`` is the key that the answer is
    under. ``response_limit`` is in bytes after inflation. ``connections`` is how many
    sockets may be open at once. ``transport`` is the gateway's own HTTP/1.1, or httpx.
    ``auth`` proves who calls; ``tls`` are certificates, ours and of whom we believe.
    ``health`` is what may be asked for to see whether it works: a path. A ``route`` of
    its own goes over httpx, whatever ``transport`` says.
    """

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    unwrap: str | None = None
    response_limit: int = RESPONSE_LIMIT
    connections: int = 256
    transport: Literal["lean", "httpx"] = "lean"
    auth: AuthSettings | None = None
    tls: TlsFiles | None = None
    health: str | None = None
    route: Route = STRAIGHT


class GraphqlSettings(Model, frozen=True):
    """A GraphQL API: what it takes to reach it over HTTP, its URL as it stands.

    ``together``: queries of one request that are ready at once are one.
    """

    http: RestSettings
    together: bool = False


@dataclass(frozen=True, slots=True)
class DuckDBSettings:
    """A DuckDB file, and folders or files of Parquet, CSV and JSON beside it.

    ``path`` None means a database in memory that holds nothing but ``files``.
    ``threads`` is how many queries run at once; ``row_limit`` the rows of one answer,
    ``response_limit`` its bytes of text. ``attached`` are further DuckDB files by the
    name that queries call them. ``memory``, in bytes, and ``cpus`` are what the engine
    may take in all; None leaves it to the engine.
    """

    path: str | None = None
    files: tuple[str, ...] = ()
    read_only: bool = True
    row_limit: int = ROW_LIMIT
    threads: int = 8
    response_limit: int = RESPONSE_LIMIT
    attached: Mapping[str, str] = field(default_factory=dict)
    memory: int | None = None
    cpus: int | None = None


@dataclass(frozen=True, slots=True)
class DialectSettings:
    """A SQL database by its URL, which may hold a password and is never shown.

    ``connections`` is how many are open at most, ``row_limit`` the rows of one answer,
    ``response_limit`` its bytes; ``statement_timeout``, in seconds, is what the
    database itself is told.
    """

    url: str = field(repr=False)
    connections: int = 10
    row_limit: int = ROW_LIMIT
    response_limit: int = RESPONSE_LIMIT
    statement_timeout: float = 30.0

    @property
    def place(self) -> str:
        """The URL without who asks."""
        scheme, mark, rest = self.url.partition("://")
        return f"{scheme}{mark}{rest.rpartition('@')[2]}"


@dataclass(frozen=True, slots=True)
class PostgresSettings:
    """A PostgreSQL database by its URL, which may hold a password and is never shown.

    ``connections`` is how many are open at most, ``row_limit`` the rows of one answer,
    ``response_limit`` its bytes of text. Without ``prepare`` every statement is sent as
    text, for poolers that give each statement another session.
    """

    url: str = field(repr=False)
    password: str | None = field(default=None, repr=False)
    search_path: tuple[str, ...] = ()
    application_name: str = "headwater"
    read_only: bool = True
    prepare: bool = True
    connections: int = 64
    row_limit: int = ROW_LIMIT
    response_limit: int = RESPONSE_LIMIT

    @property
    def place(self) -> str:
        """The URL without who asks, and without its settings."""
        rest = self.url.partition("://")[2].partition("?")[0]
        return f"postgresql://{rest.rpartition('@')[2]}"


class MockSettings(Model, frozen=True):
    """The source of `type: mock` steps, which hold their own replies."""


@dataclass(frozen=True, slots=True)
class FileSettings:
    """A file of reference data. ``columns`` are the types of a CSV file's columns."""

    path: str
    format: Literal["json", "ndjson", "yaml", "csv"] = "json"
    columns: Mapping[str, Literal["text", "int", "float", "boolean"]] = field(
        default_factory=dict
    )


class StaticSettings(Model, frozen=True):
    """Reference data that stands in the deployment."""

    data: object = None


class GrpcSettings(Model, frozen=True):
    """A gRPC system. ``target`` is its host and port, ``secure`` whether by TLS.

    ``response_limit`` is in bytes, for all messages of a stream together;
    ``keepalive`` in seconds. ``snake`` names fields as the .proto file does. ``auth``
    is who the gateway is to it.
    """

    target: str
    secure: bool = False
    tls: TlsFiles | None = None
    response_limit: int = RESPONSE_LIMIT
    keepalive: float = 300.0
    snake: bool = False
    auth: AuthSettings | None = None


class PlacesSettings(Model, frozen=True):
    """An HTTP API that has several places, by name."""

    places: Mapping[str, RestSettings]


class RedisSettings(Model, frozen=True):
    """A Redis by URL. ``response_limit`` is in bytes of values."""

    url: str
    connections: int = 64
    response_limit: int = RESPONSE_LIMIT


@dataclass(frozen=True, slots=True)
class NatsSettings:
    """A NATS server by URL. ``response_limit`` is in bytes of one message."""

    url: str = field(repr=False)
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)
    secure: bool = False
    tls: TlsFiles | None = None
    response_limit: int = RESPONSE_LIMIT


@dataclass(frozen=True, slots=True)
class KafkaSettings:
    """Brokers, each `host:port`. ``response_limit`` is in bytes of one record."""

    hosts: tuple[str, ...]
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    secure: bool = False
    tls: TlsFiles | None = None
    response_limit: int = RESPONSE_LIMIT


class WebhookSettings(Model, frozen=True):
    """A system that calls us. ``body`` is in bytes; headers' names are lower-case.

    ``channel`` is read over ``body`` and ``headers``; ``delivery`` is the header with
    a delivery's own id.
    """

    verifying: Verifying
    channel: Expression | None = None
    delivery: str | None = None
    body: int = 1_000_000


class PluginSettings(Model, frozen=True):
    """A source of another package: of which kind it is, and what opens it."""

    kind: str
    open: Callable[[], object]


SourceSettings: TypeAlias = (
    RestSettings
    | GraphqlSettings
    | DuckDBSettings
    | DialectSettings
    | PostgresSettings
    | MockSettings
    | FileSettings
    | StaticSettings
    | GrpcSettings
    | PlacesSettings
    | RedisSettings
    | NatsSettings
    | KafkaSettings
    | WebhookSettings
    | PluginSettings
)


@dataclass(frozen=True, slots=True)
class CannedAnswer:
    """A reply that is given without a call; with ``error``, a failure of that kind.

    ``delay`` is in seconds.
    """

    body: object = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    delay: float = 0.0
    error: ErrorClass | None = None
