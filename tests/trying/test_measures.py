"""What a trial shows to those who watch: metrics, and events that are told once."""

from __future__ import annotations

import httpx

from gateway.app import Gateway
from gateway.cli.listening import asgi
from gateway.release.terms import Terms
from gateway.telemetry.releasing import ShadowDiffers, ShadowMissed, TrialEnded
from tests.trying.kit import ALL, Fleet, version
from tests.trying.shadow_kit import RENAMED, Shadowing, ask, closed, shadow_in

HERE = "http://127.0.0.1"


async def measured(gateway: Gateway, *names: str) -> dict[str, float]:
    """The samples of some metrics that are not 0."""
    transport = httpx.ASGITransport(asgi(gateway))
    async with httpx.AsyncClient(
        transport=transport, base_url="http://127.0.0.1"
    ) as client:
        lines = (await client.get("/metrics")).text.splitlines()
    found = (line.rsplit(" ", 1) for line in lines if line.startswith(names))
    return {name: float(value) for name, value in found if float(value)}


async def test_what_came_of_a_shadow_is_measured(shadowing: Shadowing) -> None:
    """By outcome and by whose calls they were; nothing after it."""
    gateway = await shadowing.tries(RENAMED)
    await ask(gateway)
    await ask(gateway)
    shadow_in(gateway).found.counts["dropped"] += 1
    release = RENAMED.id[:12]
    assert await measured(gateway, "headwater_shadow", "headwater_trial") == {
        'headwater_shadow_calls_total{way="made"}': 2,
        'headwater_shadow_calls_total{way="shared"}': 2,
        'headwater_shadow_requests_total{outcome="different"}': 2,
        'headwater_shadow_requests_total{outcome="dropped"}': 1,
        f'headwater_trial{{release="{release}"}}': 1,
    }
    await closed(gateway)
    assert await measured(gateway, "headwater_shadow", "headwater_trial") == {}
    assert shadowing.fleet.told(TrialEnded) == [TrialEnded(RENAMED.id, 2, 2)]


async def test_a_place_that_differs_is_told_once_and_without_values(
    shadowing: Shadowing,
) -> None:
    """The report has the values; the log has where."""
    gateway = await shadowing.tries(RENAMED)
    for _ in range(3):
        await ask(gateway)
    told = shadowing.fleet.told(ShadowDiffers)
    assert told == [ShadowDiffers(RENAMED.id, "person", "person.score", "value")]
    assert not shadowing.fleet.told(ShadowMissed)
    await closed(gateway)


async def test_the_first_that_is_not_compared_is_told_with_its_reason(
    shadowing: Shadowing,
) -> None:
    """One line for each reason: the counts have how many."""
    gateway = await shadowing.tries(RENAMED, Terms(1.0))
    held = gateway.current.upstreams["core"].bulkhead
    held.running += held.allowed // 2
    for _ in range(3):
        await ask(gateway, '{ person(id: "7") { score } }')
    held.running -= held.allowed // 2
    told = shadowing.fleet.told(ShadowMissed)
    assert told == [ShadowMissed(RENAMED.id, "unfit")]
    await closed(gateway)


async def test_both_sides_of_a_canary_are_measured(on_disk: Fleet) -> None:
    """Answers by verdict, of the candidate and of what serves."""
    on_disk.activate(version(1))
    on_disk.tries(
        version(2, steps="{ name: body, type: value, value: { n: oh } }"),
        Terms(0.0, header=("x-canary", "1"), bounds=ALL.bounds),
    )
    gateway = on_disk.gateway()
    await gateway.take_release()
    transport = httpx.ASGITransport(asgi(gateway))
    async with httpx.AsyncClient(
        transport=transport, base_url="http://127.0.0.1"
    ) as client:
        for headers in ({}, {}, {"x-canary": "1"}):
            asked = {"query": "{ v { n } }"}
            await client.post("/graphql", json=asked, headers=headers)
    assert await measured(gateway, "headwater_trial_answers") == {
        'headwater_trial_answers_total{side="candidate",verdict="partial"}': 1,
        'headwater_trial_answers_total{side="stable",verdict="whole"}': 2,
    }
