"""`gql`, Python's client, with its default settings."""

from __future__ import annotations

from typing import Any

import pytest
from gql import Client, gql
from gql.transport.exceptions import TransportQueryError
from gql.transport.httpx import HTTPXAsyncTransport
from gql.transport.websockets import WebsocketsTransport

from tests.clients.shop import Served

BOOK = gql("query Book($id: ID!) { book(id: $id) { id title } }")
RATE = gql(
    "mutation ($id: ID!, $stars: Int!) { rate(id: $id, stars: $stars) { stars } }"
)
SOLD = gql("subscription ($shop: ID!) { sold(shop: $shop) { sale { id } } }")


def over_http(served: Served) -> HTTPXAsyncTransport:
    return HTTPXAsyncTransport(served.graphql)


def over_a_socket(served: Served) -> WebsocketsTransport:
    return WebsocketsTransport(served.graphql.replace("http", "ws"))


@pytest.mark.parametrize("way", [over_http, over_a_socket])
async def test_gql_asks_changes_and_hears_of_errors(served: Served, way: Any) -> None:
    """With the schema fetched, which is its own introspection; then variables."""
    transport = way(served)
    client = Client(transport=transport, fetch_schema_from_transport=way is over_http)
    async with client as session:
        BOOK.variable_values = {"id": "1"}
        found = await session.execute(BOOK)
        assert found == {"book": {"id": "1", "title": "Middlemarch"}}
        RATE.variable_values = {"id": "1", "stars": 5}
        assert await session.execute(RATE) == {"rate": {"stars": 5}}
        BOOK.variable_values = {"id": "lost"}
        with pytest.raises(TransportQueryError) as failed:
            await session.execute(BOOK)
    assert failed.value.data == {"book": None}
    assert failed.value.errors is not None
    assert failed.value.errors[0]["extensions"]["code"] == "UPSTREAM_STATUS"


async def test_gql_listens_over_a_websocket(served: Served) -> None:
    """One event of a subscription, and it leaves."""
    async with Client(transport=over_a_socket(served)) as session:
        SOLD.variable_values = {"shop": "gql"}
        async for event in session.subscribe(SOLD):
            assert event == {"sold": {"sale": {"id": "sale of gql"}}}
            break
