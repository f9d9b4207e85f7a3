"""Which kinds of source there are, and where the model of each one's keys is.

In charge of importing a model when somebody asks for it, and not before. Must never
read a source.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from types import MappingProxyType

from gateway.deployment.sources.every import AnySource
from gateway.drivers import DRIVERS
from gateway.record import Model

_NONE: frozenset[str] = frozenset()


class Kind(Model, frozen=True):
    """One of our own: its module beside this one, and the model in it.

    ``schemes`` are those of the URLs that mean it without a `type`.
    """

    module: str
    model: str
    schemes: frozenset[str] = _NONE

    def load(self) -> type[AnySource]:
        """The model."""
        module = import_module(f"gateway.deployment.sources.{self.module}")
        found: type[AnySource] = getattr(module, self.model)
        return found


_POSTGRES = Kind("postgres", "PostgresSource", frozenset({"postgresql", "postgres"}))
_SQL = Kind("sql", "SqlSource", frozenset(DRIVERS))
BUILT_IN: Mapping[str, Kind] = MappingProxyType(
    {
        "rest": Kind("rest", "RestSource", frozenset({"http", "https", "http+unix"})),
        "duckdb": Kind("duckdb", "DuckDbSource"),
        "postgresql": _POSTGRES,
        "postgres": _POSTGRES,
        "sql": _SQL,
        "mysql": _SQL,
        "mariadb": _SQL,
        "sqlite": _SQL,
        "file": Kind("files", "FileSource"),
        "static": Kind("files", "StaticSource"),
        "redis": Kind("redis", "RedisSource", frozenset({"redis", "rediss"})),
        "grpc": Kind("grpc", "GrpcSource", frozenset({"grpc", "grpcs"})),
        "graphql": Kind("graphql", "GraphqlSource"),
        "nats": Kind("nats", "NatsSource", frozenset({"nats"})),
        "kafka": Kind("kafka", "KafkaSource", frozenset({"kafka"})),
        "webhook": Kind("webhook", "WebhookSource"),
    }
)
"""Our own by the word for their `type`."""


class Kinds(Mapping[str, type[AnySource]]):
    """Models of sources by the word for their `type`, imported when looked up."""

    def __init__(self, of: Mapping[str, Kind | type[AnySource]]) -> None:
        self._of = of

    def __getitem__(self, word: str) -> type[AnySource]:
        """The model of a kind."""
        found = self._of[word]
        return found.load() if isinstance(found, Kind) else found

    def __contains__(self, word: object) -> bool:
        """Whether there is such a kind; nothing is imported."""
        return word in self._of

    def __iter__(self) -> Iterator[str]:
        """The words, in the order in which people are told of them."""
        return iter(self._of)

    def __len__(self) -> int:
        """How many there are."""
        return len(self._of)

    def meant_by(self, scheme: str) -> str | None:
        """The kind that a URL's scheme means; None where it means none."""
        words = (word for word, kind in self._of.items() if scheme in kind.schemes)
        return next(words, None)
