"""Events reach those who subscribed, with data of further steps."""

from __future__ import annotations

from pathlib import Path

from tests.redis_server import RedisServer
from tests.subscriptions.kit import bank, files, payment, told


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
