"""What workers and replicas share, by real processes behind nginx and a real Redis."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Callable

from gateway.cli.release_admin import AdminReleases
from gateway.release.activation import Actor
from tests.load.driver import Answered, Load, run
from tests.load.driver import post as as_bytes
from tests.stack.asking import ask, get, post, status
from tests.stack.fixture import bundle
from tests.stack.pager import Pager
from tests.stack.ports import HOST
from tests.stack.stack import ADMIN_TOKEN, Stack

_LONG = 20.0
"""Seconds after which something did not happen; the machine may be busy."""


def notes(customer: str) -> str:
    return f'{{ notes(customer_id: "{customer}") {{ number }} }}'


def calls(stack: Stack) -> int:
    """How often the accounts were asked."""
    return int(json.loads(get(stack.upstreams, "/-/calls")[1])["accounts"])


async def until(true: Callable[[], bool]) -> None:
    """Ask until it is so."""
    async with asyncio.timeout(_LONG):
        while not await asyncio.to_thread(true):  # noqa: ASYNC110 - other processes
            await asyncio.sleep(0.05)


def test_what_one_replica_asked_for_another_one_has(stack: Stack) -> None:
    """The upstream is called once, whoever is asked how often."""
    before = calls(stack)
    answers = [ask(url, notes("42")) for url in (*stack.gateways, stack.url) * 2]
    assert calls(stack) == before + 1
    assert answers == [{"data": {"notes": []}}] * 6


def test_what_is_taken_out_of_the_cache_is_gone_everywhere(stack: Stack) -> None:
    """One replica is told; the copies that others have at hand end with it."""
    for url in stack.gateways * 2:
        ask(url, notes("7"))
    before = calls(stack)
    post(stack.gateways[1], "/-/cache/invalidate", {"tags": ["notes:7"]})
    for url in stack.gateways * 2:
        ask(url, notes("7"))
    assert calls(stack) == before + 1


def test_a_rate_is_one_for_all_replicas(stack: Stack) -> None:
    """Twenty in an hour are spent with one; the other gives away hardly any more."""
    query = '{ rated(customer_id: "42") { name } }'
    first = Counter(status(stack.gateways[1], query) for _ in range(22))
    assert first == {200: 20, 429: 2}
    others = Counter(status(stack.gateways[0], query) for _ in range(20))
    assert others[429] >= 10
    assert set(others) <= {200, 429}


async def test_an_incident_is_told_once_for_all_processes(
    stack: Stack, pager: Pager
) -> None:
    """Three processes see a step fail, and answer again: two messages in all."""
    query = '{ watched(customer_id: "42") { name } }'

    def fails() -> bool:
        for url in stack.gateways:
            ask(url, query)
        told = [json.loads(get(url, "/health")[1]) for url in stack.gateways * 2]
        open_in = {one["worker"]["pid"] for one in told if one["incidents"]}
        seen.update(open_in)
        return len(seen) == 3

    def answers() -> bool:
        for url in stack.gateways:
            ask(url, query)
        return len(pager.heard) == 2

    seen: set[int] = set()
    post(stack.upstreams, "/-/break?service=accounts&mode=error")
    try:
        await until(fails)
    finally:
        post(stack.upstreams, "/-/mend?service=accounts")
    assert pager.states() == ["open"]
    await until(answers)
    opened, resolved = pager.heard.values()
    assert (opened["step"], opened["state"]) == ("account", "open")
    assert (resolved["incident"], resolved["state"], resolved["reason"]) == (
        opened["incident"],
        "resolved",
        "answered",
    )
    assert resolved["hurt"] >= 3


async def test_a_redis_that_goes_and_comes_is_nothing_that_clients_see(
    stack: Stack,
) -> None:
    """Killed, started empty, frozen and woken under traffic: every answer is whole."""
    kept = notes("11").strip("{} ")
    query = f'{{ {kept} }} customer360(customer_id: "42") {{ risk {{ score }} }} }}'
    wanted = ask(stack.url, query)
    assert wanted["data"]["customer360"] == {"risk": {"score": 0.063}}
    found: Counter[tuple[int, bool]] = Counter()

    def hear(one: Answered) -> None:
        whole = one.status == 200 and json.loads(one.body) == wanted
        found[one.status, whole] += 1

    async def away() -> None:
        redis = stack.parts["redis"]
        for _ in range(2):
            await asyncio.to_thread(redis.kill)
            await asyncio.sleep(0.3)
            await asyncio.to_thread(redis.start)
            redis.freeze()
            await asyncio.sleep(0.5)
            redis.thaw()

    body = json.dumps({"query": query}).encode()
    going = asyncio.create_task(away())
    while not going.done():
        await run(Load(stack.url, [as_bytes(body)], rate=40, seconds=0.5), hear)
    await going
    assert set(found) == {(200, True)}


async def test_a_release_that_one_activates_all_serve(stack: Stack) -> None:
    """Each process, within seconds, and no request fails meanwhile."""
    made = bundle(stack.wishes.project, "As released.")
    desk = AdminReleases(f"http://{HOST}:{stack.ports.admin(2)}", ADMIN_TOKEN)
    desk.publish(made)
    known: dict[int, str | None] = {}

    def everywhere() -> bool:
        ask(stack.url)
        for url in stack.gateways * 2:
            told = json.loads(get(url, "/health")[1])
            serves = (told.get("release") or {}).get("serves") or {}
            known[told["worker"]["pid"]] = serves.get("bundle")
        return len(known) == 3 and set(known.values()) == {made.id}

    await asyncio.to_thread(desk.activate, made.id, Actor("ada", "here", "as tested"))
    await until(everywhere)
