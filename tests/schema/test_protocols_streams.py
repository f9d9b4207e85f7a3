"""Answers as events and as parts, for clients that take nothing else."""

from __future__ import annotations

import json
import socket

import httpx

from tests.serving import Bank

TWO = "query A($id: ID!) { customer(id: $id) { name } } query B { __typename }"
EVENTS = {"accept": "text/event-stream"}
PARTS = {"accept": "multipart/mixed;subscriptionSpec=1.0"}


def events_of(text: str) -> list[tuple[str, object]]:
    """Every event's name and data."""
    found = []
    for block in text.replace("\r\n", "\n").strip().split("\n\n"):
        lines = dict(line.split(":", 1) for line in block.split("\n"))
        data = lines["data"].strip()
        found.append((lines["event"].strip(), json.loads(data) if data else None))
    return found


async def test_a_query_is_one_event_and_the_end(client: httpx.AsyncClient) -> None:
    """With the request's id, and nothing cached on the way."""
    response = await client.post(
        "/graphql",
        json={
            "query": TWO,
            "variables": {"id": "7"},
            "operationName": "A",
        },
        headers={**EVENTS, "x-request-id": "r-1"},
    )
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/event-stream")
    assert response.headers["x-request-id"] == "r-1"
    assert response.headers["cache-control"] == "no-cache, no-transform"
    assert events_of(response.text) == [
        ("next", {"data": {"customer": {"name": "Ada"}}}),
        ("complete", None),
    ]


async def test_a_query_by_get_is_one_event(client: httpx.AsyncClient) -> None:
    """As browsers' EventSource asks."""
    response = await client.get(
        "/graphql", params={"query": "{ __typename }"}, headers=EVENTS
    )
    assert events_of(response.text)[0] == ("next", {"data": {"__typename": "Query"}})


async def test_a_mutation_by_get_is_refused_in_a_stream_too(
    client: httpx.AsyncClient, bank: Bank
) -> None:
    """No way in has weaker rules."""
    query = 'mutation { rename(id: "7", name: "Eve") { name } }'
    response = await client.get("/graphql", params={"query": query}, headers=EVENTS)
    error = {
        "message": "A mutation is sent by POST.",
        "extensions": {"code": "BAD_REQUEST"},
    }
    assert events_of(response.text)[0] == ("next", {"errors": [error]})
    assert bank.ledger.calls == []


async def test_a_subscription_without_profile_is_refused(
    client: httpx.AsyncClient,
) -> None:
    """In the stream's own words."""
    query = "subscription { renamed { id } }"
    error = {
        "message": "Operation 'renamed' has no valid profile at the moment.",
        "locations": [{"line": 1, "column": 16}],
        "path": ["renamed"],
        "extensions": {"code": "PROFILE_UNAVAILABLE"},
    }
    response = await client.post("/graphql", json={"query": query}, headers=EVENTS)
    assert events_of(response.text)[0] == ("next", {"errors": [error]})
    response = await client.post("/graphql", json={"query": query}, headers=PARTS)
    assert response.headers["content-type"].startswith("multipart/mixed")
    assert json.dumps({"payload": {"errors": [error]}}, separators=(",", ":")) in (
        response.text
    )


async def test_bad_input_is_json_whatever_was_accepted(
    client: httpx.AsyncClient,
) -> None:
    """The checks of HTTP come first."""
    for body in (b"null", b"[]", b"{", b'{"query":7}'):
        response = await client.post(
            "/graphql",
            content=body,
            headers={**EVENTS, "content-type": "application/json"},
        )
        assert response.status_code == 400
        assert response.json()["errors"][0]["extensions"] == {"code": "BAD_REQUEST"}
    response = await client.post(
        "/graphql",
        content=b" " * 20_000,
        headers={**EVENTS, "content-type": "application/json"},
    )
    assert response.status_code == 413


def test_a_reader_that_went_cancels_the_calls_made_for_it(
    port: int, bank: Bank
) -> None:
    """A stream is watched as a document is."""
    body = json.dumps({"query": '{ customer(id: "slow") { name } }'})
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        connection.sendall(
            (
                "POST /graphql HTTP/1.1\r\nhost: bank\r\naccept: text/event-stream\r\n"
                "content-type: application/json\r\n"
                f"content-length: {len(body)}\r\n\r\n{body}"
            ).encode()
        )
        assert bank.ledger.started.wait(60)
    assert bank.ledger.cancelled.wait(60)
