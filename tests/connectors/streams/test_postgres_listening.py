"""LISTEN/NOTIFY on a real PostgreSQL: one connection for all channels of a source."""

from __future__ import annotations

import asyncio

import pytest

from gateway.connectors.base import Call
from gateway.connectors.postgres.source import PostgresSource
from gateway.connectors.settings import PostgresSettings
from gateway.connectors.streams.target import Named, StreamTarget
from gateway.errors import ErrorClass, UpstreamError
from gateway.testing.contract.subject import call_of, within
from tests.connectors.streams.contract import Heard, StreamContract, some, until
from tests.postgres_server import PASSWORD, PostgresServer

NAME = "listening-tests"


def listens(channel: object) -> Call[StreamTarget]:
    return call_of(StreamTarget(Named("channel", channel)))


def opened(server: PostgresServer, password: str = PASSWORD) -> PostgresSource:
    url = server.url.replace(PASSWORD, password)
    return PostgresSource(PostgresSettings(url, application_name=NAME))


async def asked(server: PostgresServer, query: str, *params: object) -> int:
    rows = await asyncio.to_thread(server.ask, query, *params)
    return int(str(rows[0][0])) if rows and rows[0][0] not in (None, "") else 0


async def listeners(server: PostgresServer) -> int:
    query = "SELECT count(*) FROM pg_stat_activity WHERE application_name = %s"
    return await asked(server, query, NAME)


class TestChannel(StreamContract):
    """A channel whose name needs quoting."""

    channel = 'it\'s "one"; DROP TABLE x; --'

    @pytest.fixture
    async def heard(self, postgres_server: PostgresServer) -> Heard:
        server = postgres_server
        notify = "SELECT pg_notify(%s, %s)::text"
        cut = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE "
        return Heard(
            open=lambda: opened(server),
            call=listens(self.channel),
            say=lambda said: asked(server, notify, self.channel, said.decode()),
            dead=lambda: PostgresSource(
                PostgresSettings(f"postgresql://a:{PASSWORD}@127.0.0.1:9/x")
            ),
            unreadable=None,
            listeners=lambda: listeners(server),
            cut=lambda: asked(server, f"{cut} application_name = %s", NAME),
            stranger=lambda: opened(server, "hunter3"),
            secrets=(PASSWORD, "hunter3"),
        )


async def test_channels_share_a_connection_and_hear_their_own(
    postgres_server: PostgresServer,
) -> None:
    """So that thousands of channels cost the server one connection; text stays text."""
    source = opened(postgres_server)
    async with (
        source.listen(within(listens("a")), None) as one,
        source.listen(within(listens("b")), None) as two,
    ):
        await until(lambda: listeners(postgres_server), 1)
        await asyncio.to_thread(postgres_server.ask, "NOTIFY b, 'no json'")
        await asyncio.to_thread(postgres_server.ask, "NOTIFY a, '7'")
        found = [(await some(events, 1))[0] for events in (one, two)]
    await until(lambda: listeners(postgres_server), 0)
    await source.close()
    assert [(e.body, e.headers) for e in found] == [
        (7, {"channel": "a"}),
        ("no json", {"channel": "b"}),
    ]


@pytest.mark.parametrize("name", ["x" * 64, "a\0b", "", None, ["a"]])
async def test_what_is_no_name_of_a_channel_is_rejected(name: object) -> None:
    """Nothing is cut off silently, as the server would do."""
    source = PostgresSource(PostgresSettings("postgresql://127.0.0.1:9/x"))
    with pytest.raises(UpstreamError) as refused:
        async with source.listen(within(listens(name)), None):
            pass
    await source.close()
    assert refused.value.kind is ErrorClass.REJECTED
