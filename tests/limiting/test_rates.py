"""Rates and requests at a time, as clients meet them at every door."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.sync.client import connect

from gateway.errors import ProfileError
from gateway.units import spelt
from tests.limiting.conftest import Limited, limited
from tests.serving import running

QUERY = {"query": "{ me { told } }"}
OURS = "proxies: 127.0.0.0/8"


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Limited]:
    """A gateway behind a proxy that is believed: three requests in a day."""
    folder = tmp_path_factory.mktemp("rates")
    with limited(folder, f"{{ rate: 3 in 1d, {OURS} }}") as found:
        yield found


def of(name: str) -> dict[str, str]:
    return {"x-forwarded-for": name}


def code(answer: httpx.Response) -> object:
    return answer.json()["errors"][0]["extensions"]["code"]


def mcp(client: httpx.Client, headers: dict[str, str]) -> dict[str, Any]:
    message = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "tools/call",
        "params": {"name": "me", "arguments": {}},
    }
    accept = {"accept": "application/json, text/event-stream"}
    answer = client.post("/mcp", json=message, headers={**accept, **headers})
    found: dict[str, Any] = answer.json()
    return found


def test_a_client_that_asks_too_often_is_told_when_to_come_again(one: Limited) -> None:
    """429, in every media type; others are answered meanwhile."""
    mine = of("192.0.2.1")
    for _ in range(3):
        assert "data" in one.client.post("/graphql", json=QUERY, headers=mine).json()
    refused = one.client.post("/graphql", json=QUERY, headers=mine)
    assert refused.status_code == 429
    body, later = refused.json(), int(refused.headers["retry-after"])
    assert 28_700 < later <= 28_800
    assert body == {
        "errors": [
            {
                "message": f"This client asks too often, come again in {spelt(later)};"
                " 'limits.rate.client' allows 3 in 1d.",
                "extensions": {
                    "code": "CLIENT_RATE_LIMITED",
                    "limit": "limits.rate.client",
                    "allowed": "3 in 1d",
                    "retry_after": later,
                },
            }
        ]
    }
    other = one.client.post("/graphql", json=QUERY, headers=of("192.0.2.2"))
    assert other.status_code == 200


def test_every_door_has_the_same_budget(one: Limited) -> None:
    """Three requests by three doors, and every door refuses the next."""
    mine = of("192.0.2.3")
    url = {"query": QUERY["query"]}
    assert one.client.get("/graphql", params=url, headers=mine).status_code == 200
    assert one.client.get("/api/me", headers=mine).status_code == 200
    assert not mcp(one.client, mine)["result"]["isError"]

    got = one.client.get("/graphql", params=url, headers=mine)
    assert (got.status_code, code(got)) == (429, "CLIENT_RATE_LIMITED")
    rest = one.client.get("/api/me", headers=mine)
    assert rest.status_code == 429
    assert 28_700 < int(rest.headers["retry-after"]) <= 28_800
    assert rest.json()["code"] == "CLIENT_RATE_LIMITED"
    assert "CLIENT_RATE_LIMITED" in json.dumps(mcp(one.client, mine))
    events = {**mine, "accept": "text/event-stream"}
    told = one.client.post("/graphql", json=QUERY, headers=events)
    assert "CLIENT_RATE_LIMITED" in told.text
    parts = {**mine, "accept": "multipart/mixed;deferSpec=20220824, application/json"}
    deferred = {"query": "{ me { ... @defer { told } } }"}
    assert (
        "CLIENT_RATE_LIMITED"
        in one.client.post("/graphql", json=deferred, headers=parts).text
    )
    with connect(
        str(one.client.base_url.copy_with(scheme="ws", path="/graphql")),
        subprotocols=["graphql-transport-ws"],  # type: ignore[list-item]
        additional_headers=mine,
    ) as socket:
        socket.send(json.dumps({"type": "connection_init"}))
        assert json.loads(socket.recv(5))["type"] == "connection_ack"
        asked = {"id": "1", "type": "subscribe", "payload": QUERY}
        socket.send(json.dumps(asked))
        assert "CLIENT_RATE_LIMITED" in str(socket.recv(5))


def test_a_document_that_nobody_sent_before_is_counted_before_it_is_read(
    one: Limited,
) -> None:
    """And one that is no GraphQL counts as any other."""
    mine = of("192.0.2.4")
    wrong = {"query": "{"}
    for _ in range(3):
        assert code(one.client.post("/graphql", json=wrong, headers=mine)) == (
            "GRAPHQL_PARSE_FAILED"
        )
    fourth = one.client.post("/graphql", json=wrong, headers=mine)
    assert code(fourth) == "CLIENT_RATE_LIMITED"


def test_nobody_chooses_the_address_that_he_is_counted_by(tmp_path: Path) -> None:
    """Without a proxy that is believed, the header says nothing."""
    with limited(tmp_path, "{ rate: 1 in 1d }") as direct:
        client = direct.client
        first = client.post("/graphql", json=QUERY, headers=of("192.0.2.1"))
        second = client.post("/graphql", json=QUERY, headers=of("192.0.2.2"))
        assert (first.status_code, second.status_code) == (200, 429)


RATES = """{
  rate: {
    tenant: 3 in 1d,
    operations: { me: { client: 2 in 1d, all: 4 in 1d } } } }"""


def test_tenants_and_operations_have_rates_of_their_own(tmp_path: Path) -> None:
    """A root field counts once a request, whatever its aliases."""

    def me(subject: str, tenant: str) -> tuple[int, object]:
        who = {"x-tenant": tenant, "x-claims": json.dumps({"sub": subject})}
        answer = client.post(
            "/graphql", json={"query": "{ me { told } b: me { told } }"}, headers=who
        )
        return answer.status_code, "errors" in answer.json() and code(answer)

    with limited(tmp_path, RATES, "auth: { trust_headers: true }\n") as one:
        client = one.client
        assert [me("ada", "acme") for _ in range(3)] == [
            (200, False),
            (200, False),
            (429, "OPERATION_RATE_LIMITED"),
        ]
        assert me("bob", "acme") == (429, "TENANT_RATE_LIMITED")
        assert [me("bob", "beta"), me("cleo", "beta")] == [(200, False)] * 2
        assert me("dora", "gamma") == (429, "OPERATION_RATE_LIMITED")
        counts = one.counts()
        assert counts["rate.tenant", "refused"] == 1
        assert counts["rate.operations.me.client", "refused"] == 1
        assert counts["rate.operations.me.all", "refused"] == 1


def test_rates_that_warn_refuse_nobody_and_are_counted(tmp_path: Path) -> None:
    """Each request that would have been refused."""
    with limited(tmp_path, "{ rate: 1 in 1d, concurrency: 1, warn: rate }") as one:
        for _ in range(3):
            assert one.client.post("/graphql", json=QUERY).status_code == 200
        assert one.counts() == {("rate.client", "warned"): 2}


def test_a_store_that_is_not_there_stops_the_load(tmp_path: Path) -> None:
    """A fleet that believes to share its rates, and does not, is unprotected."""
    with (
        pytest.raises(ProfileError, match="name it in"),
        limited(tmp_path, "{ rate: { client: 1/s, store: redis } }"),
    ):
        pass


SLOW = """
language: 1
operation: slow
args: { id: ID! }
steps:
  - { name: it, endpoint: "/{id}", timeout: 20s, sample: { x: 1 } }
"""


class Waiting:
    """A source that answers nobody until it is let."""

    def __init__(self) -> None:
        self.asked = threading.Event()
        self.let = threading.Event()

    async def __call__(self, _scope: Any, _receive: Any, send: Any) -> None:
        self.asked.set()
        await asyncio.to_thread(self.let.wait, 10)
        start = {"type": "http.response.start", "status": 200}
        headers = [(b"content-type", b"application/json")]
        await send({**start, "headers": headers})
        await send({"type": "http.response.body", "body": b'{"x": 1}'})


def test_a_client_has_so_many_requests_at_a_time(tmp_path: Path) -> None:
    """Answered, left and refused ones make room; another client has its own."""
    source = Waiting()
    with running(source) as upstream:
        files = {"profiles/slow.yaml": SLOW}
        where = f"sources: {{ default: {{ url: 'http://127.0.0.1:{upstream}' }} }}\n"
        limits = f"{{ concurrency: 1, {OURS} }}"
        with (
            limited(tmp_path, limits, where, files) as one,
            ThreadPoolExecutor(1) as pool,
        ):
            slow = {"query": '{ slow(id: "1") { it { x } } }'}
            under_way = pool.submit(one.client.post, "/graphql", json=slow)
            assert source.asked.wait(60)
            second = one.client.post("/graphql", json=QUERY)
            assert (second.status_code, second.headers["retry-after"]) == (429, "1")
            assert code(second) == "CONCURRENCY_LIMITED"
            assert one.client.get("/api/me").status_code == 429
            other = one.client.post("/graphql", json=QUERY, headers=of("192.0.2.9"))
            assert other.status_code == 200
            source.let.set()
            assert under_way.result(10).json() == {"data": {"slow": {"it": {"x": 1}}}}
            assert one.client.post("/graphql", json=QUERY).status_code == 200
            limiting = one.gateway.current.limiting
            assert limiting is not None
            assert limiting.crowd is not None
            assert limiting.crowd.running == {}
