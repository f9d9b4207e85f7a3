"""`/explorer/requests` and `/explorer/live`, on a real port."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.app import Gateway, build_gateway
from gateway.cli.listening import asgi
from gateway.standing import Stage
from gateway.telemetry.events import BreakerOpened, unobserved
from gateway.watching.live import READERS
from tests.project import write
from tests.serving import running

SECRET = "s3cret"
FILES = {
    "headwater.yaml": """
sources: { away: { url: "http://127.0.0.1:9" } }
slo: { operations: { customer: { availability: 99% } } }
auth: { trust_headers: true }
plan: { when: "'sees' in request.claims", inspect: "'looks' in request.claims" }
""",
    "schema/bank.graphql": """
type Query { customer(id: ID!): Customer, lost: Lost }
type Customer { id: ID! }
type Lost { id: ID }
""",
    "profiles/customer.yaml": """
language: 1
operation: customer
steps: [{ name: body, type: value, value: { id: "${ id }" } }]
""",
    "profiles/lost.yaml": """
language: 1
operation: lost
steps: [{ name: it, type: api, source: away, endpoint: GET /it }]
""",
}
LOOKS = {"x-claims": '{"sees": 1, "looks": 1}', "host": "localhost"}
QUERY = "query Mine($id: ID!) { customer(id: $id) { id } }"


@pytest.fixture
def gateway(tmp_path: Path) -> Gateway:
    return build_gateway([write(tmp_path, FILES)], {}, observe=unobserved)


@pytest.fixture
def url(gateway: Gateway) -> Iterator[str]:
    with running(asgi(gateway)) as port:
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
async def http(url: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=url, headers=LOOKS, timeout=20) as client:
        yield client


async def ask(
    http: httpx.AsyncClient, query: str = QUERY, tenant: str = "acme"
) -> None:
    named = "Mine" if query == QUERY else None
    variables = {"id": SECRET}
    body = {"query": query, "variables": variables, "operationName": named}
    headers = {"x-tenant": tenant, "authorization": f"Bearer {SECRET}"}
    (await http.post("/graphql", json=body, headers=headers)).raise_for_status()


async def listed(http: httpx.AsyncClient, **filters: str) -> list[Any]:
    answer = await http.get("/explorer/requests", params=filters)
    assert answer.status_code == 200, answer.text
    assert SECRET not in answer.text
    found: list[Any] = answer.json()["requests"]
    return found


async def test_requests_are_listed_filtered_and_shown(http: httpx.AsyncClient) -> None:
    """The newest first; one of them with its plan, and without a value of it."""
    await ask(http)
    await ask(http, "{ lost { id } }", tenant="globex")
    assert [one["operations"] for one in await listed(http)] == [["lost"], ["customer"]]
    assert [one["name"] for one in await listed(http, operation="customer")] == ["Mine"]
    assert [one["tenant"] for one in await listed(http, outcome="bad")] == ["globex"]
    assert [one["tenant"] for one in await listed(http, tenant="acme")] == ["acme"]
    assert await listed(http, min_ms="60000") == []
    (failed,) = await listed(http, operation="lost")
    answer = await http.get(f"/explorer/requests/{failed['id']}")
    assert SECRET not in answer.text
    (step,) = answer.json()["plan"]["steps"]
    assert (step["id"], step["status"]) == ("lost.it", "failed")
    assert answer.json()["worker"]["number"] == 1


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("requests?outcome=odd", 400, "'outcome' is one of whole, partial, failed"),
        ("requests?min_ms=nan", 400, "'min_ms' is a number of milliseconds."),
        ("requests?min_ms=x", 400, "'min_ms' is a number of milliseconds."),
        ("requests/none", 404, "This request is not kept here"),
    ],
)
async def test_what_cannot_be_found_is_said(
    http: httpx.AsyncClient, path: str, status: int, said: str
) -> None:
    """In the form of all errors."""
    answer = await http.get(f"/explorer/{path}")
    assert answer.status_code == status
    assert answer.json()["errors"][0]["message"].startswith(said)


@pytest.mark.parametrize("path", ["requests", "requests/x", "live"])
@pytest.mark.parametrize("claims", ["{}", '{"sees": 1}'])
async def test_only_who_may_look_at_others_does(
    url: str, path: str, claims: str
) -> None:
    """Seeing one's own plans is not enough; who may is said."""
    headers = {"x-claims": claims}
    async with httpx.AsyncClient(base_url=url, headers=headers) as http:
        answer = await http.get(f"/explorer/{path}")
    (error,) = answer.json()["errors"]
    assert (answer.status_code, error["extensions"]["code"]) == (403, "FORBIDDEN")
    assert "headwater serve --dev" in error["message"]


@contextlib.asynccontextmanager
async def followed(
    http: httpx.AsyncClient, last: str = ""
) -> AsyncIterator[AsyncIterator[tuple[str, str, Any]]]:
    """The events of a stream: id, kind and data."""
    headers = {"last-event-id": last} if last else {}
    async with http.stream("GET", "/explorer/live", headers=headers) as answer:
        assert answer.status_code == 200

        async def events() -> AsyncIterator[tuple[str, str, Any]]:
            told: dict[str, str] = {}
            async for line in answer.aiter_lines():
                name, _, value = line.partition(": ")
                if line:
                    told[name] = value
                elif "event" in told:
                    data = json.loads(told["data"])
                    yield told.get("id", ""), told["event"], data
                    told = {}

        yield events()


async def test_a_reader_follows_and_goes_on_where_he_was(
    http: httpx.AsyncClient, gateway: Gateway
) -> None:
    """Requests, events and how sources stand; coming back, only what is new."""
    await ask(http)
    async with asyncio.timeout(20), followed(http) as events:
        _, kind, hello = await anext(events)
        assert (kind, hello["again"]) == ("hello", False)
        _, kind, state = await anext(events)
        assert (kind, list(state["sources"])) == ("state", ["away", "mock"])
        assert [(b["of"], b["good"]) for b in state["budgets"]] == [("customer", 1)]
        first, kind, request = await anext(events)
        assert (kind, request["name"]) == ("request", "Mine")
        gateway.observe(BreakerOpened("away", "GET /it"))
        second, kind, happened = await anext(events)
        assert (kind, happened["what"]) == ("happened", "breaker")
    async with asyncio.timeout(20), followed(http, last=first) as events:
        assert (await anext(events))[2]["again"] is True
        assert (await anext(events))[1] == "state"
        assert (await anext(events))[:2] == (second, "happened")


async def test_one_who_was_elsewhere_begins_anew(http: httpx.AsyncClient) -> None:
    """Numbers of another process mean nothing here, nor do made-up ones."""
    await ask(http)
    for last in ("00000000-7", "x", "-"):
        async with asyncio.timeout(20), followed(http, last=last) as events:
            assert (await anext(events))[2]["again"] is False


async def test_readers_are_so_many_at_most_and_give_their_places_back(
    http: httpx.AsyncClient, gateway: Gateway
) -> None:
    """One more is told so."""
    live = gateway.pipeline.watch.live
    assert live is not None
    async with asyncio.timeout(20), contextlib.AsyncExitStack() as stack:
        following = [
            await stack.enter_async_context(followed(http)) for _ in range(READERS)
        ]
        for events in following:
            await anext(events)
        busy = await http.get("/explorer/live")
        assert busy.status_code == 503
        await stack.aclose()
        while live.readers:  # noqa: ASYNC110 - the server is another thread
            await asyncio.sleep(0)


async def test_a_stream_ends_with_its_process(
    http: httpx.AsyncClient, gateway: Gateway
) -> None:
    """It holds up no end; nor does it go on for who may not look any more."""
    for ends in (
        lambda: setattr(gateway, "stage", Stage.DRAINING),
        lambda: gateway.pipeline.watch.shown(to_somebody=False),
    ):
        async with asyncio.timeout(20), followed(http) as events:
            await anext(events)
            ends()
            assert [kind async for _, kind, _ in events if kind != "state"] == []
        gateway.stage = Stage.SERVING
