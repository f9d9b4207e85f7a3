"""What spans say of systems and calls, by OpenTelemetry's conventions."""

# ruff: noqa: S608 - queries put together from constants of this file

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gateway.connectors.grpc.target import GrpcTarget
from gateway.connectors.redis.step import RedisTarget
from gateway.connectors.settings import (
    DialectSettings,
    DuckDBSettings,
    GraphqlSettings,
    GrpcSettings,
    KafkaSettings,
    NatsSettings,
    PlacesSettings,
    PostgresSettings,
    RedisSettings,
    RestSettings,
    Route,
    SourceSettings,
    StaticSettings,
)
from gateway.connectors.sql_summary import summary_of
from gateway.connectors.streams.target import Named, StreamTarget
from gateway.testing import answers
from gateway.testing.source import fails
from gateway.watching.conventions import Conventions
from gateway.watching.systems import system_of
from gateway.watching.vocabulary import ATTRIBUTES
from tests.watching.collector import PARENT, Collector, collector, told
from tests.watching.kit import ask, virtually, watched

__all__ = ["collector"]
SECRET = "hunter2"
REST = RestSettings("https://api.example.com/v2")


def at(host: str, port: int) -> dict[str, object]:
    return {"server.address": host, "server.port": port}


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        (REST, at("api.example.com", 443)),
        (RestSettings("http://[::1]:8080"), at("::1", 8080)),
        (
            RestSettings("http://api/", route=Route(socket="/run/api.sock")),
            {"server.address": "/run/api.sock"},
        ),
        (
            GraphqlSettings(REST),
            {**at("api.example.com", 443), "http.request.method": "POST"},
        ),
        (PlacesSettings({"eu": REST}), {}),
        (
            GrpcSettings("core.internal:50051"),
            {"rpc.system": "grpc", **at("core.internal", 50051)},
        ),
        (
            PostgresSettings(f"postgresql://me:{SECRET}@db.internal/bank?x={SECRET}"),
            {
                "db.system.name": "postgresql",
                **at("db.internal", 5432),
                "db.namespace": "bank",
            },
        ),
        (
            DialectSettings(f"mssql+pyodbc://me:{SECRET}@db:1433/shop"),
            {
                "db.system.name": "microsoft.sql_server",
                **at("db", 1433),
                "db.namespace": "shop",
            },
        ),
        (
            DialectSettings("sqlite:////var/lib/shop.db"),
            {"db.system.name": "sqlite", "db.namespace": "shop"},
        ),
        (
            DuckDBSettings("/var/lib/risk.duckdb"),
            {"db.system.name": "duckdb", "db.namespace": "risk"},
        ),
        (
            RedisSettings(f"rediss://:{SECRET}@cache"),
            {"db.system.name": "redis", **at("cache", 6379), "db.namespace": "0"},
        ),
        (KafkaSettings(("a:9092",)), {"messaging.system": "kafka", **at("a", 9092)}),
        (KafkaSettings(("a:9092", "b:9092")), {"messaging.system": "kafka"}),
        (
            NatsSettings(f"nats://me:{SECRET}@bus"),
            {"messaging.system": "nats", **at("bus", 4222)},
        ),
        (StaticSettings(), {}),
    ],
)
def test_a_source_is_told_by_its_place_and_kind(
    settings: SourceSettings, says: dict[str, object]
) -> None:
    """Never by who asks; one of several places by none."""
    assert dict(system_of(settings).told) == says
    assert says.keys() <= ATTRIBUTES.keys()


@pytest.mark.parametrize(
    ("query", "words"),
    [
        (f"SELECT a FROM accounts WHERE b = '{SECRET}'", "SELECT accounts"),
        ("select 1 from a join bank.b on true join a x on true", "SELECT a bank.b"),
        ("WITH t AS (SELECT * FROM x) SELECT * FROM t", "SELECT x"),
        (f"SELECT * FROM read_csv('{SECRET}.csv')", "SELECT"),
        (f"SELECT * FROM '{SECRET}/a.parquet'", "SELECT"),
        ("SELECT a FROM b UNION SELECT a FROM c", "SELECT b c"),
        (f"VALUES ('{SECRET}')", "VALUES"),
        (f"this is no SQL {SECRET} (", "SELECT"),
        ("SELECT 1 FROM " + ", ".join(f"t{n:03}" for n in range(90)), None),
    ],
)
def test_a_query_is_told_by_what_it_reads(query: str, words: str | None) -> None:
    """Tables, each once; no value, no file, and never more than 255 characters."""
    kind, found = summary_of(query, "duckdb")
    assert SECRET not in found
    assert found.startswith(kind)
    assert found == words if words else 240 < len(found) <= 255


def test_a_call_is_told_by_what_it_is() -> None:
    """An rpc, a command, a topic; what of a topic's name is a value is not told."""
    systems = {
        "core": system_of(GrpcSettings("core:1")),
        "redis": system_of(RedisSettings("redis://c/1")),
        "bus": system_of(KafkaSettings(("a:1", "b:1"))),
    }
    conventions = Conventions(systems)
    rpc = conventions.of("core", "q.a", GrpcTarget("bank.Accounts", "Get"))
    assert (rpc.name, rpc.told["rpc.service"], rpc.told["rpc.method"]) == (
        "bank.Accounts/Get",
        "bank.Accounts",
        "Get",
    )
    command = conventions.of("redis", "q.b", RedisTarget("GET", ("k",)))
    assert command.told["db.operation.name"] == "GET"
    whole = StreamTarget(Named("channel", "orders"))
    parts = StreamTarget(Named("channel", object(), written="orders."))
    topics = [
        conventions.of("bus", "q.c", one).told.get("messaging.destination.name")
        for one in (whole, parts)
    ]
    assert topics == ["orders", None]
    assert conventions.of("core", "q.a", rpc) is conventions.of("core", "q.a", rpc)


SOURCES = {
    "grpc_core": "{ type: grpc, url: 'grpc://core.internal:50051' }",
    "db": "{ type: postgresql, url: 'postgresql://me@db.internal/bank' }",
}
FILES = {
    "schema/bank.graphql": "type Query { customer: Customer }\n"
    "type Customer { account: Account, risk: Risk }\n"
    "type Account { name: String }\ntype Risk { score: Int }",
    "profiles/customer.yaml": """
language: 1
operation: customer
steps:
  - { name: account, type: grpc, source: grpc_core, service: bank.Accounts, rpc: Get }
  - name: risk
    type: sql
    source: db
    query: SELECT score FROM risk WHERE name = 'hunter2'
""",
}


def test_calls_by_grpc_and_of_sql_are_spans_by_their_conventions(
    tmp_path: Path, collector: Collector
) -> None:
    """Status 200 of what speaks no HTTP is none, nor is that of a failure."""
    spans: dict[str, Any] = {}

    async def main() -> None:
        script = {"account": answers({"name": "A"}), "risk": fails(status=404)}
        telemetry = f"telemetry: {{ otlp: '{collector.url}', sample: 0% }}\n"
        given: Any = {"script": script, "files": FILES, "sources": SOURCES}
        gateway, _ = watched(tmp_path, telemetry, serves=True, **given)
        await ask(gateway, traceparent=PARENT)
        gateway.tracers.close()
        spans.update({one.name: told(one) for one in collector.spans()})

    virtually(main)
    rpc, query = spans["bank.Accounts/Get"], spans["SELECT risk"]
    assert rpc == {
        "headwater.source": "grpc_core",
        "peer.service": "grpc_core",
        "headwater.attempt": 1,
        "headwater.came": "ok",
        "rpc.system": "grpc",
        "rpc.service": "bank.Accounts",
        "rpc.method": "Get",
        **at("core.internal", 50051),
    }
    assert query == {
        "headwater.source": "db",
        "peer.service": "db",
        "headwater.attempt": 1,
        "headwater.came": "status",
        "error.type": "status",
        "db.system.name": "postgresql",
        "db.namespace": "bank",
        "db.operation.name": "SELECT",
        "db.query.summary": "SELECT risk",
        **at("db.internal", 5432),
    }
    assert not [one for one in spans.values() if "http.response.status_code" in one]
    assert {name for one in spans.values() for name in one} <= ATTRIBUTES.keys()
