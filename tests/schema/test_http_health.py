"""The gateway's own pages: how it is, what it is, and what is nowhere."""

from __future__ import annotations

from datetime import datetime, timedelta

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from gateway.errors import Problem
from gateway.execution.guards.breaker import BreakerRule, Breakers, Leave, Outcome
from gateway.record import replace
from gateway.request.adapter import AdapterSettings
from gateway.schema.guarding import LIVE, READY
from gateway.schema.health import describe
from gateway.schema.server import application
from gateway.schema.serving import ServerSettings
from gateway.values import SourceSpan
from tests.serving import Bank

PROBLEM = Problem(SourceSpan("bank.yaml", 3, 5), "no such step", "did you mean 'a'?")


@pytest.mark.parametrize("path", ["/health?live", *LIVE])
@pytest.mark.parametrize("ready", [True, False])
async def test_a_gateway_that_answers_lives(
    client: httpx.AsyncClient, bank: Bank, path: str, ready: bool
) -> None:
    """Living does not ask for a configuration."""
    bank.ready = ready
    response = await client.get(path)
    assert (response.status_code, response.json()) == (200, {"live": True})


@pytest.mark.parametrize("path", ["/health?ready", *READY])
@pytest.mark.parametrize(("ready", "status"), [(True, 200), (False, 503)])
async def test_readiness_is_green_or_red(
    client: httpx.AsyncClient, bank: Bank, path: str, ready: bool, status: int
) -> None:
    """503 takes the instance out of a balancer."""
    bank.ready = ready
    response = await client.get(path)
    assert (response.status_code, response.json()) == (status, {"ready": ready})
    assert response.headers["cache-control"] == "no-store"


async def test_health_tells_what_does_not_run_as_written(
    client: httpx.AsyncClient, bank: Bank
) -> None:
    """Stale and unavailable operations with their problems; still ready."""
    audience = replace(bank.current.audience, unavailable={"offers": (PROBLEM,)})
    bank.current = replace(
        bank.current,
        audience=audience,
        stale=("customer",),
        problems=(PROBLEM,),
        admission=AdapterSettings(),
    )
    response = await client.get("/health")
    assert response.status_code == 200
    assert response.json() == {"live": True, **describe(bank.current)}
    assert response.json() == {
        "live": True,
        "ready": True,
        "generation": {"number": 1, "digest": bank.current.digest},
        "operations": 3,
        "stale": ["customer"],
        "unavailable": {"offers": [PROBLEM.as_json()]},
        "problems": [PROBLEM.as_json()],
    }


async def test_who_may_see_plans_sees_how_sources_are(
    client: httpx.AsyncClient, bank: Bank
) -> None:
    """What runs and waits, what is left alone and since when; no hosts."""
    upstream = bank.current.upstreams["ledger"]
    breakers = Breakers(BreakerRule(min_calls=1, open=3_600.0))
    for endpoint, outcome in {"GET /a": Outcome.FAILS, "GET /b": Outcome.WORKS}.items():
        breaker = breakers.of(endpoint)
        assert breaker is not None
        breaker.record(Leave.GO, outcome, bank.pipeline.clock.now())
    bank.current = replace(
        bank.current,
        upstreams={"ledger": replace(upstream, breakers=breakers)},
    )
    async with upstream.bulkhead.slot():
        report = (await client.get("/health")).json()["sources"]
    since = report["ledger"]["breakers"]["GET /a"].pop("since")
    wall = bank.pipeline.clock.wall()
    assert wall - datetime.fromisoformat(since) < timedelta(minutes=1)
    assert report == {
        "ledger": {
            "running": 1,
            "allowed": 16,
            "waiting": 0,
            "retries_left": 10,
            "breakers": {"GET /a": {"state": "open"}},
        }
    }


async def test_others_see_neither_sources_nor_their_troubles(
    client: httpx.AsyncClient, bank: Bank
) -> None:
    """Nor does who sends claims that cannot be read."""
    bank.current = replace(bank.current, admission=AdapterSettings(trust_headers=True))
    plain = (await client.get("/health")).json()
    odd = (await client.get("/health", headers={"x-claims": "{"})).json()
    assert plain == odd == {"live": True, **describe(bank.current)}


async def test_versions_name_what_shapes_an_answer(client: httpx.AsyncClient) -> None:
    """Of the packages and of Python."""
    response = await client.get("/-/versions")
    assert response.status_code == 200
    assert {"headwater", "graphql-core", "strawberry-graphql", "python"} <= set(
        response.json()
    )


async def test_elsewhere_is_nothing(client: httpx.AsyncClient) -> None:
    """404 as JSON; a path that only begins like ours is another path."""
    for path in ("/nowhere", "/graphql/", "/graphqlx", "/health/x"):
        response = await client.get(path)
        message = f"Nothing is served at {path}."
        assert response.status_code == 404
        assert response.json() == {"errors": [{"message": message}]}
    assert (await client.post("/health")).status_code == 405


async def test_other_routes_are_served_beside_it(bank: Bank) -> None:
    """As the explorer's are."""

    def page(_request: Request) -> PlainTextResponse:
        return PlainTextResponse("page")

    app = application(bank, ServerSettings(), routes=[Route("/", page)])
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://bank"
    ) as client:
        assert (await client.get("/")).text == "page"
        answer = await client.get("/graphql", params={"query": "{ __typename }"})
        assert answer.json() == {"data": {"__typename": "Query"}}
