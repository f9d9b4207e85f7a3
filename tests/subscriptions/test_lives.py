"""How subscriptions go on, and all the ways in which they end."""

from __future__ import annotations

import asyncio
import gc
import json
import time
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from websockets.exceptions import ConnectionClosed

from gateway.errors import Code, ErrorClass
from gateway.generation import Generation
from gateway.request.model import Asking, RequestContext
from gateway.subscribing import Subscription
from gateway.subscribing.footing import footing_of
from gateway.telemetry.listening import (
    EventUnreadable,
    StreamBroken,
    StreamRestored,
    SubscriptionEnded,
)
from gateway.testing import failure, hangs, waits
from tests.nats_server import NatsServer
from tests.redis_server import RedisServer
from tests.subscriptions.kit import (
    QUERY,
    SDL,
    Bank,
    Client,
    bank,
    files,
    payment,
    told,
    until,
)


def codes(body: object) -> list[str]:
    assert isinstance(body, dict | list)
    errors = body["errors"] if isinstance(body, dict) else body
    return [error["extensions"]["code"] for error in errors]


def claims(seconds: float) -> str:
    return json.dumps({"sub": "ada", "exp": time.time() + seconds})


def ended(one: Bank) -> list[str]:
    return [event.reason for event in one.happened(SubscriptionEnded)]


async def _closed(client: Client) -> int | None:
    """The code with which the gateway closes the socket, whatever it says before."""
    try:
        async for _ in client.connection:
            pass
    except ConnectionClosed:
        pass
    return client.connection.close_code


# -- leaving ----------


async def test_leaving_in_the_middle_of_an_event_cancels_its_calls(
    tmp_path: Path,
) -> None:
    """Nobody waits for them any more."""
    async with bank(tmp_path) as one, one.socket() as client:
        one.calls.script = {"account": hangs()}
        await client.subscribe()
        await one.stream.until(listening=1)
        one.stream.say(payment(1))
        await until(lambda: one.calls.running == 1)
        await client.send({"id": "1", "type": "complete"})
        await one.stream.until(listening=0)
        await until(lambda: one.calls.cancelled == ["account"])
        await until(lambda: ended(one) == ["left"])


async def test_the_last_one_to_leave_ends_the_listening(tmp_path: Path) -> None:
    """And nobody before: equal subscriptions share it, unequal ones do not."""
    async with bank(tmp_path) as one, one.sse() as events:
        async with one.sse(QUERY.replace("amount", "")) as others:
            one.stream.say(payment(1))
            await anext(others)
        async with one.sse(QUERY.replace('"7"', '"8"')):
            assert [call.inputs for call, _ in one.stream.listened] == [
                {"channel": "paid:7"},
                {"channel": "paid:8"},
            ]
        await one.stream.until(listening=1)
        assert await anext(events) == ("", "next", told(1))
    await one.stream.until(listening=0)
    assert len(one.gateway.pipeline.live.hub) == 0


# -- slow ones ----------


async def _slow(one: Bank) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A subscriber who reads the beginning of his answer, and then nothing more."""
    reader, writer = await asyncio.open_connection("127.0.0.1", one.port, limit=1_000)
    body = json.dumps({"query": QUERY}).encode()
    writer.write(
        b"POST /graphql HTTP/1.1\r\nhost: a\r\naccept: text/event-stream\r\n"
        b"content-type: application/json\r\ncontent-length: %d\r\n\r\n"
        % len(body)
        + body
    )
    await reader.readuntil(b"\r\n\r\n")
    writer.transport.pause_reading()  # type: ignore[attr-defined]
    return reader, writer


@pytest.mark.parametrize("slow", ["close", "drop_oldest", "latest"])
async def test_who_stops_reading_holds_up_nobody(tmp_path: Path, slow: str) -> None:
    """He is ended or loses events, as the deployment says; the others get all."""
    rules = f"subscriptions: {{ queue: 3, slow_consumer: {slow} }}\n"
    large = payment(1, id="x" * 500_000)
    async with bank(tmp_path, files(more=rules)) as one, one.sse() as events:
        _, writer = await _slow(one)
        live = one.gateway.pipeline.live
        await until(lambda: len(live.members) == 2)
        said = 0
        while not live.counts["dropped"]:
            one.stream.say(large)
            said += 1
            assert (await anext(events))[2]["data"]["paid"]["payment"]["amount"] == 10
            assert said < 100
        assert len(live.members) == 2
        writer.transport.abort()
        await until(lambda: len(live.members) == 1)
        assert ended(one) == ["slow_consumer" if slow == "close" else "left"]
        assert one.happened(SubscriptionEnded)[0].dropped == live.counts["dropped"]


async def test_a_socket_that_nobody_reads_is_slow_too(tmp_path: Path) -> None:
    """Another socket gets everything meanwhile, and memory stays bounded."""
    rules = "subscriptions: { queue: 3 }\n"
    large = payment(1, id="x" * 500_000)
    async with (
        bank(tmp_path, files(more=rules)) as one,
        one.socket(max_queue=1) as stuck,
        one.socket() as client,
    ):
        await stuck.subscribe()
        await client.subscribe()
        live = one.gateway.pipeline.live
        await until(lambda: len(live.members) == 2)
        said = 0
        while not live.counts["dropped"]:
            one.stream.say(large)
            said += 1
            assert (await client.receive())["type"] == "next"
            assert said < 100
        stuck.connection.transport.abort()
        await until(lambda: ended(one) == ["slow_consumer"])


async def test_a_profile_may_say_what_becomes_of_slow_ones(tmp_path: Path) -> None:
    """And with `key` of two events about one thing he gets the later one."""
    written = files(', key: "response.body.account"')
    written["profiles/paid.yaml"] += "slow_consumer: latest\n"
    written["headwater.yaml"] += "subscriptions: { queue: 2 }\n"
    async with bank(tmp_path, written) as one, one.socket() as client:
        released = asyncio.Event()
        one.calls.script = {"account": waits(released, {"owner": "Ada"})}
        await client.subscribe()
        await one.stream.until(listening=1)
        for number in (1, 2, 3, 4):
            one.stream.say(payment(number))
            await until(lambda n=number: one.calls.running == 1 and _heard(one) == n)  # type: ignore[misc]
        released.set()
        assert (await client.receive())["payload"] == told(1)
        assert (await client.receive())["payload"] == {
            **told(4),
            "extensions": {"subscription": {"dropped": 2}},
        }


def _heard(one: Bank) -> int:
    """Events that have been taken, wait, or were lost."""
    (member,) = one.gateway.pipeline.live.members
    mailbox = member._ear.mailbox  # type: ignore[attr-defined]
    return 1 + len(mailbox) + one.gateway.pipeline.live.counts["dropped"]


# -- reloads ----------


async def test_after_a_reload_the_next_event_runs_the_new_plan(tmp_path: Path) -> None:
    """The listening goes on; nothing is listened to anew."""
    async with bank(tmp_path) as one, one.sse() as events:
        one.stream.say(payment(1))
        assert await anext(events) == ("", "next", told(1))
        profile = one.folder / "profiles/paid.yaml"
        asked = '- { name: account, endpoint: "/accounts/{payment.account}" }'
        assert asked in profile.read_text()
        value = "- { name: account, type: value, value: \"${ {'owner': 'Eve'} }\" }"
        profile.write_text(profile.read_text().replace(asked, value))
        assert await one.gateway.reload()
        one.stream.say(payment(2))
        _, _, answer = await anext(events)
        assert answer["data"]["paid"]["account"] == {"owner": "Eve"}
        assert one.calls.counts == {"account": 1}
        assert len(one.stream.listened) == 1


async def test_what_does_not_fit_any_more_ends(tmp_path: Path) -> None:
    """At once, not at its next event."""
    async with (
        bank(tmp_path) as one,
        one.sse() as events,
        one.socket() as client,
        one.sse("subscription { paid(customer: 7) { payment { id } } }") as others,
    ):
        await client.subscribe()
        live = one.gateway.pipeline.live
        await until(lambda: len(live.members) == 3)
        schema = SDL.replace(", amount: Int", "")
        (one.folder / "schema/bank.graphql").write_text(schema)
        assert await one.gateway.reload()
        _, name, answer = await anext(events)
        assert (name, codes(answer)) == ("next", ["SCHEMA_CHANGED"])
        assert "amount" in answer["errors"][0]["message"]
        assert (await anext(events))[1] == "complete"
        message = await client.receive()
        assert (message["type"], codes(message["payload"])) == (
            "error",
            ["SCHEMA_CHANGED"],
        )
        one.stream.say(payment(1))
        assert (await anext(others))[2] == {"data": {"paid": {"payment": {"id": "1"}}}}
        assert len(live.members) == 1


async def test_a_hundred_reloads_lose_nothing_and_leave_nothing(
    tmp_path: Path,
) -> None:
    """Every event once, in order, for each way in; a generation goes with its reload.

    Every other reload changes what the step of the account says.
    """
    async with bank(tmp_path) as one, one.sse() as events, one.socket() as client:
        await client.subscribe("1")
        await client.subscribe("2", QUERY.replace("owner", "owner id"))
        live = one.gateway.pipeline.live
        await until(lambda: len(live.members) == 3)
        profile = one.folder / "profiles/paid.yaml"
        text = profile.read_text()
        kept: list[tuple[int, int]] = []
        for number in range(1, 101):
            one.stream.say(payment(number))
            profile.write_text(text + f"# {number}\n" * (number % 2))
            assert await one.gateway.reload()
            assert await anext(events) == ("", "next", told(number))
            got = [await client.receive() for _ in range(2)]
            paid = {
                message["id"]: message["payload"]["data"]["paid"] for message in got
            }
            assert [paid[id_]["payment"]["id"] for id_ in ("1", "2")] == [
                str(number)
            ] * 2
            if number in (10, 100):
                kept.append((len(asyncio.all_tasks()), _generations()))
        one.stream.end()
        assert [name async for _, name, _ in events] == ["complete"]
        last = [(await client.receive())["type"] for _ in range(2)]
        assert last == ["complete", "complete"]
        assert len(one.stream.listened) == 1
        (tasks, generations), (later_tasks, later_generations) = kept
        # One or two may still be at their end; what leaked would be ninety.
        assert later_tasks <= tasks + 2
        assert later_generations <= generations + 2
        assert one.gateway.current.lease.holders == 0


def _generations() -> int:
    """How many anybody still holds."""
    gc.collect()
    return sum(isinstance(each, Generation) for each in gc.get_objects())


async def test_a_reload_that_changes_the_source_listens_to_the_new_one(
    tmp_path: Path, redis_server: RedisServer
) -> None:
    """And to the old one no more, which can close; what was said between is missed."""
    said = json.dumps(payment(1))
    written = files(redis=redis_server.url)
    async with bank(tmp_path, written, real=True) as one, one.sse() as events:
        config = one.folder / "headwater.yaml"
        config.write_text(config.read_text().replace("/0", "/1"))
        assert await one.gateway.reload()
        hub = one.gateway.pipeline.live.hub
        await until(
            lambda: (
                [
                    one.gateway.current.upstreams["events"].source
                    is listening.asked.upstream.source
                    for listening in (*hub.shared.values(), *hub.alone)
                ]
                == [True]
            )
        )
        await asyncio.to_thread(_published, redis_server, said)
        missed = {"extensions": {"subscription": {"missed": True}}}
        assert await anext(events) == ("", "next", {**told(1), **missed})


def _published(redis: RedisServer, said: str) -> None:
    """Say it once one listens: who left is heard of by Redis in its own time."""
    while redis.ask("PUBSUB", "NUMSUB", "paid:7").split()[-1] != "1":
        pass
    assert redis.ask("PUBLISH", "paid:7", said) == "1"


async def test_a_place_in_another_stream_is_no_place_in_this_one(
    tmp_path: Path,
) -> None:
    """A reload that listens to something else goes on from now, and says so."""
    written = files(", from: { resume: true }")
    text = written["profiles/paid.yaml"].replace("channel:", "stream:")
    written["profiles/paid.yaml"] = text
    async with bank(tmp_path, written) as one, one.sse() as events:
        one.stream.say(payment(1), id="50")
        assert await anext(events) == ("50", "next", told(1))
        moved = text.replace("paid:${", "booked:${")
        (one.folder / "profiles/paid.yaml").write_text(moved)
        assert await one.gateway.reload()
        await until(lambda: len(one.stream.listened) == 2 and one.stream.listening == 1)
        assert [
            (dict(call.inputs)["stream"], after) for call, after in one.stream.listened
        ] == [("paid:7", None), ("booked:7", None)]
        one.stream.say(payment(2), id="7")
        missed = {"extensions": {"subscription": {"missed": True}}}
        assert await anext(events) == ("7", "next", {**told(2), **missed})


# -- the source ----------


async def test_what_cannot_be_read_is_logged_and_skipped(tmp_path: Path) -> None:
    """One bad message says nothing about the next."""
    async with bank(tmp_path) as one, one.sse() as events:
        one.stream.say(None, trouble="it is not valid JSON")
        one.stream.say(payment(1))
        assert await anext(events) == ("", "next", told(1))
        assert one.happened(EventUnreadable) == [
            EventUnreadable("events", "payment", "it is not valid JSON")
        ]


async def test_a_broken_connection_is_made_again(tmp_path: Path) -> None:
    """The next answer says that something may have been missed."""
    async with bank(tmp_path) as one, one.sse() as events:
        one.stream.fail(failure(ErrorClass.RESET))
        await until(lambda: bool(one.happened(StreamRestored)))
        (broken,) = one.happened(StreamBroken)
        assert (broken.code, broken.breaks) == ("UPSTREAM_UNREACHABLE", 1)
        one.stream.say(payment(1))
        missed = {"extensions": {"subscription": {"missed": True}}}
        assert await anext(events) == ("", "next", {**told(1), **missed})


async def test_a_source_that_cannot_be_heard_refuses(tmp_path: Path) -> None:
    """With its own code, and nothing stays behind."""
    async with bank(tmp_path) as one:
        one.stream.refuses = failure(ErrorClass.CONNECT)
        async with one.sse() as events:
            _, name, answer = await anext(events)
            assert (name, codes(answer)) == ("next", ["UPSTREAM_UNREACHABLE"])
            assert "data" not in answer
        live = one.gateway.pipeline.live
        assert (len(live.members), len(live.hub)) == (0, 0)


async def test_who_comes_back_goes_on_where_he_was(
    tmp_path: Path, redis_server: RedisServer
) -> None:
    """A stream that Redis keeps: by `last-event-id`, or by an extension."""
    written = files(", from: { resume: true }", redis=redis_server.url)
    text = written["profiles/paid.yaml"].replace('channel: "paid', 'stream: "kept')
    written["profiles/paid.yaml"] = text
    query = QUERY.replace("amount", "").replace("account { owner }", "")

    def add(number: int) -> str:
        return redis_server.ask("XADD", "kept:7", "*", "id", str(number))

    async with bank(tmp_path, written, real=True) as one:
        async with one.sse(query) as events:
            first = add(1)
            assert await anext(events) == (first, "next", _id(1))
        second, third = add(2), add(3)
        async with one.sse(query, last_event_id=first) as events:
            assert await anext(events) == (second, "next", _id(2))
            assert await anext(events) == (third, "next", _id(3))
        async with one.socket() as client:
            await client.subscribe("1", query, after=second)
            message = await client.receive()
            assert message["payload"] == {
                **_id(3),
                "extensions": {"subscription": {"eventId": third}},
            }


async def test_who_comes_back_to_a_jetstream_goes_on_where_he_was(
    tmp_path: Path, nats_server: NatsServer
) -> None:
    """By `last-event-id`, or by an extension; what is not kept any more is missed."""
    written = files(", from: { resume: true }, stream: KEPT")
    text = written["profiles/paid.yaml"].replace("paid:${", "kept.${")
    written["profiles/paid.yaml"] = text
    deployment = written["headwater.yaml"].replace("redis, url", "nats, url")
    nats = deployment.replace("redis://events.invalid", nats_server.url)
    written["headwater.yaml"] = nats
    query = QUERY.replace("amount", "").replace("account { owner }", "")
    async with nats_server.client() as client:
        stream = client.jetstream()
        await stream.add_stream(name="KEPT", subjects=["kept.*"], max_msgs=2)
        async with bank(tmp_path, written, real=True) as one:
            async with one.sse(query) as events:
                await stream.publish("kept.7", b'{"id": "1"}')
                assert await anext(events) == ("1", "next", _id(1))
            for number in (2, 3):
                await stream.publish("kept.7", b'{"id": "%d"}' % number)
            async with one.sse(query, last_event_id="1") as events:
                found = [await anext(events) for _ in range(2)]
                assert found == [(str(n), "next", _id(n)) for n in (2, 3)]
            async with one.socket() as socket:
                await socket.subscribe("1", query, after="2")
                told = {"subscription": {"eventId": "3"}}
                message = await socket.receive()
                assert message["payload"] == {**_id(3), "extensions": told}
            hub = one.gateway.pipeline.live.hub
            await until(lambda: len(hub) == 0)  # what it heard it would tell again
            await stream.publish("kept.7", b'{"id": "4"}')
            async with one.sse(query, last_event_id="1") as events:
                await stream.publish("kept.7", b'{"id": "5"}')
                missed = {"extensions": {"subscription": {"missed": True}}}
                assert await anext(events) == ("5", "next", {**_id(5), **missed})


def _id(number: int) -> dict[str, object]:
    return {"data": {"paid": {"payment": {"id": str(number)}}}}


# -- who may ----------


async def test_a_token_ends_its_subscriptions(tmp_path: Path) -> None:
    """Its `exp` closes the socket with 4403, and a stream of events with a code."""
    async with bank(tmp_path) as one:
        async with one.sse(x_claims=claims(600)) as events:
            one.stream.say(payment(1))
            assert await anext(events) == ("", "next", told(1))
            (member,) = one.gateway.pipeline.live.members
            assert isinstance(member, Subscription)
            member.expire()  # what its timer does
            _, _, answer = await anext(events)
            assert codes(answer) == ["UNAUTHENTICATED"]
            assert (await anext(events))[1] == "complete"
        async with one.socket(x_claims=claims(2)) as client:
            await client.subscribe()
            assert await _closed(client) == 4403
        async with one.sse(x_claims=claims(-1)) as events:
            assert codes((await anext(events))[2]) == ["UNAUTHENTICATED"]
        await until(lambda: one.stream.listening == 0)


async def test_events_of_another_tenant_are_not_delivered(tmp_path: Path) -> None:
    """The filter decides for each subscriber, over one shared listening.

    Where it cannot be evaluated nothing of the event is told, but that there was one.
    """
    keys = ', filter: "response.body.tenant == request.tenant"'
    async with (
        bank(tmp_path, files(keys)) as one,
        one.sse(x_tenant="acme") as acme,
        one.sse(x_tenant="bolt") as bolt,
        one.sse() as nobody,
    ):
        one.stream.say(payment(1, tenant="bolt"))
        one.stream.say(payment(2, tenant="acme"))
        one.stream.say({"id": "3", "amount": 0, "account": "a"})
        one.stream.end()
        assert await anext(acme) == ("", "next", told(2))
        assert await anext(bolt) == ("", "next", told(1))
        for each in (acme, bolt):
            said = [event async for event in each]
            assert [codes(answer) for _, _, answer in said if answer] == [
                ["EXPRESSION_ERROR", "DEPENDENCY_FAILED"]
            ]
        assert len([event async for event in nobody if event[2]]) == 1
        assert one.gateway.pipeline.live.counts["filtered"] == 4


ACME = """
language: 1
extends: paid
match: { tenant: [acme] }
remove: [rate]
steps:
  - { name: account, endpoint: "/acme/{payment.account}" }
"""


async def test_an_event_is_answered_by_each_subscriber_s_own_profile(
    tmp_path: Path,
) -> None:
    """What a profile does not show cannot be subscribed to."""
    project = {**files(), "profiles/paid.acme.yaml": ACME}
    async with (
        bank(tmp_path, project) as one,
        one.sse(x_tenant="acme") as acme,
        one.sse() as others,
    ):
        one.stream.say(payment(1))
        assert await anext(acme) == ("", "next", told(1))
        assert await anext(others) == ("", "next", told(1))
        assert one.calls.counts == {"account": 2}
        rated = 'subscription { paid(customer: "7") { rate { value } } }'
        async with one.sse(rated, x_tenant="acme") as refused:
            (_, _, answer) = await anext(refused)
            assert codes(answer) == ["GRAPHQL_VALIDATION_FAILED"]


async def test_who_is_offered_something_else_meanwhile_stands_on_that(
    tmp_path: Path,
) -> None:
    """Whoever asks is looked at anew before each event, where that decides."""
    project = {**files(), "profiles/paid.acme.yaml": ACME}
    async with bank(tmp_path, project) as one:
        generation, pipeline = one.gateway.current, one.gateway.pipeline
        who = RequestContext("r", 0.0, datetime.now(UTC))
        asking = Asking(QUERY, live=True)
        footing = footing_of(pipeline, generation, asking, who)
        assert footing.still_holds(generation, who._replace(tenant="globex"))
        assert not footing.still_holds(generation, who._replace(tenant="acme"))


async def test_there_are_so_many_at_most(tmp_path: Path) -> None:
    """Of a process; one that leaves makes room."""
    rules = "subscriptions: { limit: 1 }\n"
    async with bank(tmp_path, files(more=rules)) as one:
        async with one.sse(), one.sse() as refused:
            assert codes((await anext(refused))[2]) == ["SUBSCRIPTION_LIMIT"]
        await one.stream.until(listening=0)
        async with one.sse() as events:
            one.stream.say(payment(1))
            assert await anext(events) == ("", "next", told(1))


# -- the end of the process ----------


async def test_what_was_heard_is_delivered_before_the_end(tmp_path: Path) -> None:
    """Then the socket is closed with 1012, a stream of events without `complete`."""
    async with bank(tmp_path) as one, one.socket() as client, one.sse() as events:
        released = asyncio.Event()
        one.calls.script = {"account": waits(released, {"owner": "Ada"})}
        await client.subscribe()
        live = one.gateway.pipeline.live
        await until(lambda: len(live.members) == 2)
        await _while_ending(one, client, released)
        assert [await anext(events) for _ in range(3)] == [
            ("", "next", told(number)) for number in (1, 2, 3)
        ]
        assert await anext(events) == ("", "retry", None)
        assert [event async for event in events] == []
        assert ended(one) == ["drained", "drained"]


async def _while_ending(one: Bank, client: Client, released: asyncio.Event) -> None:
    """Three events wait when the process is told to end; no new ones are heard."""
    for number in (1, 2, 3):
        one.stream.say(payment(number))
    await until(lambda: one.calls.running == 1)
    one.server.should_exit = True
    live = one.gateway.pipeline.live
    await until(lambda: live.draining)
    one.stream.say(payment(4))
    await client.subscribe("2")
    message = await client.receive()
    assert (message["id"], codes(message["payload"])) == ("2", [Code.SHUTTING_DOWN])
    released.set()
    answers = [(await client.receive())["payload"] for _ in range(3)]
    assert answers == [told(number) for number in (1, 2, 3)]
    assert await _closed(client) == 1012


# -- profiles ----------


@pytest.mark.parametrize("kind", ["query", "mutation"])
async def test_only_a_subscription_listens(tmp_path: Path, kind: str) -> None:
    """A stream's step in another operation is a problem of its file."""
    written = files()
    written["schema/bank.graphql"] = SDL.replace("Subscription", kind.title()).replace(
        "type Query { ping: String }" if kind == "query" else "\0", ""
    )
    text = written["profiles/paid.yaml"].replace("subscription", kind)
    written["profiles/paid.yaml"] = text
    async with bank(tmp_path, written) as one:
        messages = [problem.message for problem in one.gateway.current.problems]
        assert f"step 'payment' is listened to, and a {kind} only asks" in messages


async def test_metrics_count_them(tmp_path: Path) -> None:
    """How many are open, what is listened to, and what came of their events."""
    keys = ', filter: "response.body.amount > 10"'
    async with bank(tmp_path, files(keys)) as one, one.sse() as events:
        one.stream.say(payment(1))
        one.stream.say(payment(2))
        assert await anext(events) == ("", "next", told(2))
        async with httpx.AsyncClient() as client:
            page = await client.get(f"http://127.0.0.1:{one.port}/metrics")
        found = [line for line in page.text.splitlines() if "subscri" in line]
        assert [line for line in found if not line.startswith("#")] == [
            "headwater_subscriptions 1.0",
            'headwater_subscription_events_total{outcome="delivered"} 1.0',
            'headwater_subscription_events_total{outcome="filtered"} 1.0',
            'headwater_subscription_events_total{outcome="dropped"} 0.0',
        ]
        assert "\nheadwater_listenings 1.0\n" in page.text
