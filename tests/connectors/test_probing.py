"""Sources that are tried: what works is said, what does not is told, none is asked."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import duckdb
import pytest

from gateway.connectors.credentials.probing import probed
from gateway.connectors.duckdb import DuckDBSource
from gateway.connectors.files.source import FileSource, StaticSource
from gateway.connectors.probing import Probed, Probing
from gateway.connectors.redis.source import RedisSource
from gateway.connectors.rows import SqlTarget
from gateway.connectors.settings import (
    DuckDBSettings,
    FileSettings,
    RestSettings,
    Route,
    StaticSettings,
)
from gateway.connectors.transport.base import Transport
from gateway.errors import UpstreamError

PASSWORD = "hunter2"


async def tried(source: Probing, **targets: object) -> Probed | UpstreamError:
    """What trying comes to; the source is closed again."""
    try:
        return await source.probe(targets)
    except UpstreamError as error:
        return error
    finally:
        await source.close()  # type: ignore[attr-defined]


async def test_duckdb_is_opened_and_every_query_explained(tmp_path: Path) -> None:
    """A query that cannot run is told by its step; none is run."""
    file = tmp_path / "w.duckdb"
    with duckdb.connect(str(file)) as connection:
        connection.execute("CREATE TABLE risk (id INTEGER, score DOUBLE)")
    found = await tried(
        DuckDBSource(DuckDBSettings(str(file))),
        good=SqlTarget("SELECT score FROM risk WHERE id = $id", {"id": None}),
        bad=SqlTarget("SELECT scor FROM risk", {}),
        costly=SqlTarget("SELECT error('this was run')", {}),
    )
    assert isinstance(found, Probed)
    assert found.said == "opened, queries explained"
    assert list(found.failures) == ["bad"]
    assert 'Referenced column "scor" not found' in found.failures["bad"]


async def test_a_warehouse_that_is_missing_is_told(tmp_path: Path) -> None:
    """As a call would tell it."""
    error = await tried(DuckDBSource(DuckDBSettings(str(tmp_path / "no.duckdb"))))
    assert isinstance(error, UpstreamError)
    assert error.message == "A file of the warehouse is missing."


async def test_a_file_is_read_and_told_where_it_is_broken(tmp_path: Path) -> None:
    """With the place."""
    file = tmp_path / "a.json"
    file.write_text('{"a": 1}', "utf-8")
    settings = FileSettings(str(file), "json")
    assert await tried(FileSource(settings)) == Probed("read")
    file.write_text('{"a": }', "utf-8")
    error = await tried(FileSource(settings))
    assert isinstance(error, UpstreamError)
    assert str(error.detail).startswith(f"{file}:1:7: ")


async def test_data_in_place_needs_no_trying() -> None:
    """It was read with the file that it stands in."""
    assert await tried(StaticSource(StaticSettings([]))) == Probed("in place")


class Reached:
    """A transport that gets through."""

    async def reach(self) -> str:
        return "TCP"


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (RestSettings("http://h"), "TCP"),
        (
            RestSettings("http://h", transport="httpx"),
            "TCP, over httpx for transport",
        ),
        (
            RestSettings("http://h", route=Route(proxy=f"http://a:{PASSWORD}@p:1")),
            "TCP, over httpx for proxy",
        ),
        (
            RestSettings("http://h", route=Route(socket="/run/a", http2=True)),
            "TCP, over httpx for socket, http2",
        ),
    ],
)
async def test_an_api_that_is_not_spoken_to_by_the_gateway_s_own_code_says_why(
    settings: RestSettings, said: str
) -> None:
    """Speed differs, so whoever wonders can read it."""
    transport = cast("Transport", Reached())
    assert await probed(transport, None, settings) == Probed(said)


def test_every_kind_of_source_can_be_tried() -> None:
    """`headwater check --live` has a word for each."""
    from gateway.connectors.dialects.source import DialectSource
    from gateway.connectors.graphql.source import GraphqlSource
    from gateway.connectors.grpc.source import GrpcSource
    from gateway.connectors.picked import PickedSource
    from gateway.connectors.postgres.source import PostgresSource
    from gateway.connectors.rest import RestSource

    kinds = (DialectSource, GraphqlSource, GrpcSource, PickedSource, PostgresSource)
    kinds += (RestSource, RedisSource, DuckDBSource, FileSource, StaticSource)
    assert [kind for kind in kinds if not hasattr(kind, "probe")] == []
