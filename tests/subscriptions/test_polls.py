"""Polls are calls of their source: its breaker and its slots hold for them too."""

from __future__ import annotations

import asyncio
from pathlib import Path

from gateway.errors import ErrorClass
from gateway.execution.guards.breaker import BreakerRule, Breakers
from gateway.execution.guards.bulkhead import Bulkhead
from gateway.execution.upstream import Upstream
from gateway.telemetry.listening import EventUnreadable
from gateway.testing import ScriptedSource, answers, fails, waits
from tests.subscriptions.kit import SDL, Bank, bank, files, until

QUERY = "subscription { paid(customer: 7) { payment { id } } }"
POLL = (
    "{ name: payment, type: stream, every: 100ms, "
    'poll: { endpoint: "/paid/{customer}" } }'
)


def polled(sources: str = "") -> dict[str, str]:
    written = files(sdl=SDL)
    text = written["profiles/paid.yaml"]
    line = next(line for line in text.splitlines() if "type: stream" in line)
    written["profiles/paid.yaml"] = text.replace(line, f"  - {POLL}")
    written["headwater.yaml"] += sources
    return written


def guarded(one: Bank, upstream: Upstream) -> None:
    """The gateway asks its default source so from now on."""
    one.gateway.current.upstreams["default"] = upstream  # type: ignore[index]


async def test_a_poll_waits_for_a_slot_of_its_source(tmp_path: Path) -> None:
    """Two listenings of a source that takes one call at a time never meet there."""
    async with bank(tmp_path, polled()) as one:
        released, script = asyncio.Event(), ScriptedSource({})
        script.script = {"payment": waits(released, {"id": "1"})}
        upstream = Upstream("default", script, Bulkhead(1))
        guarded(one, upstream)
        async with one.socket() as client:
            await client.subscribe("1", QUERY)
            await client.subscribe("2", QUERY.replace("7", "8"))
            await until(lambda: script.running == 1 and upstream.bulkhead.waiting == 1)
            released.set()
            said = [(await client.receive())["payload"] for _ in range(2)]
            assert said == [{"data": {"paid": {"payment": {"id": "1"}}}}] * 2
        assert script.most_running == 1


async def test_a_breaker_that_is_open_stops_polls_and_polls_open_it(
    tmp_path: Path,
) -> None:
    """By the endpoint, as it is known of the steps that call it."""
    async with bank(tmp_path, polled()) as one:
        script = ScriptedSource({"payment": answers({"id": "1"})})
        breakers = Breakers(BreakerRule(failures=0.5, window=60, min_calls=2, open=60))
        upstream = Upstream("default", script, Bulkhead(9), breakers=breakers)
        guarded(one, upstream)
        async with one.sse(QUERY) as events:
            assert (await anext(events))[2]["data"]["paid"]["payment"] == {"id": "1"}
            script.script = {"payment": fails(ErrorClass.CONNECT)}
            await until(lambda: bool(list(breakers.open())))
            assert [endpoint for endpoint, _ in breakers.open()] == [
                "GET /paid/{customer}"
            ]
            told = one.happened(EventUnreadable)
            await until(lambda: len(one.happened(EventUnreadable)) > len(told))
            last = one.happened(EventUnreadable)[-1]
            assert last.reason.endswith("is not asked at the moment: it kept failing.")
            asked = script.counts["payment"]
            async with one.sse(QUERY.replace("7", "8")) as refused:
                (error,) = (await anext(refused))[2]["errors"]
                assert error["extensions"]["code"] == "UPSTREAM_UNAVAILABLE"
            assert script.counts["payment"] == asked
