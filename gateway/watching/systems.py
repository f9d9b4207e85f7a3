"""Which system a source is, in the words of OpenTelemetry.

In charge of addresses and names as the deployment file has them, told once a load. Must
never tell who asks: no user, no password, no query of a URL.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath
from typing import Final, TypeAlias
from urllib.parse import urlsplit

from gateway.connectors.settings import (
    DialectSettings,
    DuckDBSettings,
    GraphqlSettings,
    GrpcSettings,
    KafkaSettings,
    NatsSettings,
    PostgresSettings,
    RedisSettings,
    RestSettings,
    SourceSettings,
)
from gateway.record import Model, field

Told: TypeAlias = Mapping[str, str | int]
_PORTS: Final[Mapping[str, int]] = {
    "http": 80,
    "https": 443,
    "postgresql": 5432,
    "postgres": 5432,
    "mysql": 3306,
    "mariadb": 3306,
    "redis": 6379,
    "rediss": 6379,
    "nats": 4222,
    "tls": 4222,
}
_DATABASES: Final[Mapping[str, str]] = {
    "postgres": "postgresql",
    "redshift": "aws.redshift",
    "mssql": "microsoft.sql_server",
    "oracle": "oracle.db",
}
"""What the conventions call a database, where that is not its URL's scheme."""


class System(Model, frozen=True):
    """What stands in every span of a source's calls.

    ``dialect`` is sqlglot's word for its SQL, where it takes SQL. ``by_http``: what its
    replies have as status is one of HTTP.
    """

    told: Told = field(default_factory=dict)
    dialect: str | None = None
    by_http: bool = False


UNKNOWN: Final = System(by_http=True)
"""One of which nothing is known, such as a package's own."""


def system_of(settings: SourceSettings, dialect: str | None = None) -> System:  # noqa: PLR0911 - one a kind
    """The system that a source of these settings is."""
    match settings:
        case RestSettings():
            return System(_of_http(settings), by_http=True)
        case GraphqlSettings():
            told = {**_of_http(settings.http), "http.request.method": "POST"}
            return System(told, by_http=True)
        case GrpcSettings():
            told = {"rpc.system": "grpc", **_address(f"//{settings.target}")}
            return System(told)
        case PostgresSettings():
            return System(_database(settings.place), dialect)
        case DialectSettings():
            return System(_database(settings.place), dialect)
        case DuckDBSettings():
            held = PurePath(settings.path).stem if settings.path else "memory"
            return System({"db.system.name": "duckdb", "db.namespace": held}, dialect)
        case RedisSettings():
            return System(_database(settings.url))
        case KafkaSettings():
            alone = settings.hosts[0] if len(settings.hosts) == 1 else ""
            return System({"messaging.system": "kafka", **_address(f"//{alone}")})
        case NatsSettings():
            return System({"messaging.system": "nats", **_address(settings.url)})
        case _:
            return UNKNOWN


def _of_http(settings: RestSettings) -> Told:
    if settings.route.socket is not None:
        return {"server.address": settings.route.socket}
    return _address(settings.url)


def _database(url: str) -> Told:
    scheme = url.partition("://")[0].partition("+")[0]
    scheme = "redis" if scheme == "rediss" else scheme
    told: dict[str, str | int] = {"db.system.name": _DATABASES.get(scheme, scheme)}
    told |= _address(url)
    path = urlsplit(url).path.strip("/")
    if scheme == "sqlite":
        path = PurePath(path).stem or "memory"
    elif scheme == "redis":
        path = path or "0"
    if path:
        told["db.namespace"] = path
    return told


def _address(url: str) -> Told:
    """Host and port of a URL; nothing where it has none, or several."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return {}
    if not host or "," in host:
        return {}
    port = port or _PORTS.get(parts.scheme.partition("+")[0])
    return {"server.address": host} | ({} if port is None else {"server.port": port})
