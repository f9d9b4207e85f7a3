"""Events reach those who subscribed, with data of further steps."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from tests.redis_server import RedisServer
from tests.subscriptions.kit import QUERY, bank, files, payment, sse_events, told


async def test_each_event_runs_the_plan_for_what_is_selected(tmp_path: Path) -> None:
    """As server-sent events: one call of one step for each, none for `rate`."""
    async with bank(tmp_path) as one, one.sse() as events:
        one.stream.say(payment(1))
        one.stream.say(payment(2))
        assert await anext(events) == ("", "next", told(1))
        assert await anext(events) == ("", "next", told(2))
        assert one.calls.counts == {"account": 2}
        assert one.stream.listened[0][0].inputs == {"channel": "paid:7"}
        one.stream.end()
        assert await anext(events) == ("", "complete", None)
    assert one.stream.listening == 0


async def test_a_socket_gets_them_too(tmp_path: Path) -> None:
    """By graphql-transport-ws, several subscriptions on one socket."""
    async with bank(tmp_path) as one, one.socket() as client:
        await client.subscribe("1")
        await one.stream.until(listening=1)
        one.stream.say(payment(1))
        assert await client.receive() == {
            "id": "1",
            "type": "next",
            "payload": told(1),
        }
        await client.send({"id": "1", "type": "complete"})
        await one.stream.until(listening=0)
        assert one.calls.counts == {"account": 1}


async def test_a_redis_feeds_them(tmp_path: Path, redis_server: RedisServer) -> None:
    """A channel of a real server: PUBLISH is an event."""
    async with bank(tmp_path, files(redis=redis_server.url), real=True) as one:
        said = '{"id": 1, "amount": 10, "account": "a1"}'
        async with one.sse() as events, one.socket() as client:
            await client.subscribe()
            while len(one.gateway.pipeline.live.members) < 2:
                await (await client.connection.ping())
            assert redis_server.ask("PUBLISH", "paid:7", said) == "1"
            assert await anext(events) == ("", "next", told(1))
            assert (await client.receive())["payload"] == told(1)
            assert redis_server.ask("PUBLISH", "paid:8", said) == "0"
        assert one.calls.counts == {"account": 1}  # equal calls at one time are one


async def test_the_forms_in_which_it_can_be_asked_for(tmp_path: Path) -> None:
    """By GET too, as browsers' `EventSource` asks; never in JSON if that is first."""
    async with bank(tmp_path) as one, httpx.AsyncClient() as client:
        url = f"http://127.0.0.1:{one.port}/graphql"
        events = {"accept": "text/event-stream"}
        async with client.stream(
            "GET", url, params={"query": QUERY}, headers=events
        ) as response:
            one.stream.say(payment(1))
            assert await anext(sse_events(response)) == ("", "next", told(1))
        for accept in ("application/json", "application/json, text/event-stream"):
            answer = await client.post(
                url, json={"query": QUERY}, headers={"accept": accept}
            )
            assert answer.headers["content-type"].startswith("application/json")
            (error,) = answer.json()["errors"]
            assert error["extensions"]["code"] == "BAD_REQUEST"
            assert "text/event-stream" in error["message"]
        assert len(one.stream.listened) == 1


async def test_a_plan_can_be_seen_without_listening(tmp_path: Path) -> None:
    """A dry run is one answer and the end."""
    more = "plan: { when: 'true' }\n"
    async with (
        bank(tmp_path, files(more=more)) as one,
        one.sse(headwater_plan="dry-run") as events,
    ):
        _, name, answer = await anext(events)
        assert name == "next"
        steps = [step["id"] for step in answer["extensions"]["plan"]["steps"]]
        assert steps == ["paid.payment", "paid.account"]
        assert (await anext(events))[1] == "complete"
        assert one.stream.listened == []


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("subscription { nope }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription {", "GRAPHQL_PARSE_FAILED"),
        ("subscription { paid { payment { id } } }", "GRAPHQL_VALIDATION_FAILED"),
        (
            "subscription A { paid(customer: 1) { payment { id } } } { __typename }",
            "GRAPHQL_VALIDATION_FAILED",
        ),
        (
            "subscription($c: ID!) { paid(customer: $c) { payment { id } } }",
            "BAD_USER_INPUT",
        ),
        (
            "subscription { paid(customer: 1) { rate { value } } ping: __typename }",
            "GRAPHQL_VALIDATION_FAILED",
        ),
    ],
)
async def test_bad_documents_are_refused_by_every_door(
    tmp_path: Path, query: str, code: str
) -> None:
    """With the code that a query would get, and nothing is listened to."""
    async with bank(tmp_path) as one, one.sse(query) as events, one.socket() as client:
        _, name, answer = await anext(events)
        assert name == "next"
        assert {e["extensions"]["code"] for e in answer["errors"]} == {code}
        assert (await anext(events))[1] == "complete"
        await client.subscribe("1", query)
        message = await client.receive()
        assert message["type"] == "error"
        assert {e["extensions"]["code"] for e in message["payload"]} == {code}
        assert one.stream.listened == []
