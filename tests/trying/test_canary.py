"""A canary gets its share of requests, always the same ones, until it is over."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from gateway.app import Gateway
from gateway.cli.listening import asgi
from gateway.release.model import LostRaceError, ReleaseError
from gateway.release.terms import Bounds, Terms
from gateway.telemetry.releasing import TrialBegun, TrialEnded, TrialRefused
from tests.redis_server import RedisServer
from tests.release.kit import ADA, BOB
from tests.trying.kit import ALL, HALF, Fleet, version

A, B, C = (version(n) for n in (1, 2, 3))


async def asked(
    client: httpx.AsyncClient, headers: dict[str, str] | None = None
) -> tuple[int, str | None]:
    """Which version answered, and which release the answer names."""
    said = await client.post("/graphql", json={"query": "{ v { n } }"}, headers=headers)
    return said.json()["data"]["v"]["n"], said.headers.get("headwater-release")


def client_of(gateway: Gateway) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(asgi(gateway))
    return httpx.AsyncClient(transport=transport, base_url="http://localhost")


def somebody(number: int) -> dict[str, str]:
    return {"x-claims": f'{{"sub": "u{number}"}}'}


async def test_the_same_people_are_given_the_candidate_in_every_gateway(
    fleet: Fleet,
) -> None:
    """Half of them, and each again and again; the answer names the release."""
    fleet.activate(A)
    fleet.tries(B, HALF)
    gateways = [fleet.gateway() for _ in range(2)]
    came = []
    for gateway in gateways:
        await gateway.take_release()
        async with client_of(gateway) as client:
            told = [await asked(client, somebody(n)) for n in range(200)]
            again = [await asked(client, somebody(n)) for n in range(200)]
            anonymous = await asked(client)
        assert (told, anonymous) == (again, (1, A.id[:12]))
        came.append(told)
    assert came[0] == came[1]
    assert {*came[0]} == {(1, A.id[:12]), (2, B.id[:12])}
    assert 70 <= sum(n == 2 for n, _ in came[0]) <= 130
    begun = TrialBegun(B.id, 2, "canary", "ada")
    assert [fleet.told(TrialBegun, of) for of in (0, 1)] == [[begun], [begun]]


async def test_without_a_candidate_no_answer_names_a_release(on_disk: Fleet) -> None:
    """Nothing is looked at; and after one nothing is either."""
    on_disk.activate(A)
    gateway = on_disk.gateway()
    await gateway.take_release()
    async with client_of(gateway) as client:
        assert await asked(client) == (1, None)
        on_disk.tries(B, ALL)
        await gateway.take_release()
        assert await asked(client) == (2, B.id[:12])
        on_disk.trials.withdraw(BOB)
        await gateway.take_release()
        assert await asked(client) == (1, None)
    assert on_disk.told(TrialEnded) == [TrialEnded(B.id, 2, 1)]


async def test_a_tenant_or_a_header_gets_it(on_disk: Fleet) -> None:
    """Whoever sends the header does, whatever the share is."""
    on_disk.activate(A)
    on_disk.tries(B, Terms(1.0, tenant="acme", header=("x-canary", "1")))
    gateway = on_disk.gateway()
    await gateway.take_release()
    async with client_of(gateway) as client:
        told = [
            (await asked(client, headers))[0]
            for headers in (
                {},
                {"x-tenant": "acme"},
                {"x-tenant": "globex"},
                {"x-tenant": "globex", "x-canary": "1"},
                {"x-canary": "0"},
            )
        ]
    assert told == [1, 2, 1, 2, 1]


async def test_who_was_given_it_stays_with_it_when_its_share_grows(
    on_disk: Fleet,
) -> None:
    """The same candidate under other terms: nobody goes back."""
    on_disk.activate(A)
    gateway = on_disk.gateway()
    given: list[set[int]] = []
    async with client_of(gateway) as client:
        for share in (0.1, 0.4, 1.0):
            on_disk.tries(B, Terms(share, by="request.claims.sub"))
            await gateway.take_release()
            told = [(await asked(client, somebody(n)))[0] for n in range(100)]
            given.append({n for n, came in enumerate(told) if came == 2})
    assert given[0] < given[1] < given[2] == {*range(100)}
    assert [e.number for e in on_disk.told(TrialBegun)] == [2, 3, 4]  # type: ignore[attr-defined]


async def test_promoted_it_is_what_serves(on_disk: Fleet) -> None:
    """And the trial is over; the log says that it was one."""
    on_disk.activate(A)
    on_disk.tries(B, HALF)
    gateway = on_disk.gateway()
    await gateway.take_release()
    on_disk.trials.promote(BOB)
    assert await gateway.take_release()
    assert (gateway.current.release or A).bundle == B.id  # type: ignore[union-attr]
    assert (gateway.trying.trial, gateway.pipeline.splitting) == (None, None)
    acts = [(e.act, e.bundle, e.previous) for e in on_disk.releases.history()]
    assert acts == [
        ("activate", A.id, None),
        ("canary", B.id, A.id),
        ("promote", B.id, A.id),
    ]


async def test_an_activation_ends_the_trial(fleet: Fleet) -> None:
    """Whatever was tried: the newest word holds."""
    fleet.activate(A)
    fleet.tries(B, ALL)
    gateway = fleet.gateway()
    await gateway.take_release()
    fleet.activate(C)
    await gateway.take_release()
    async with client_of(gateway) as client:
        assert await asked(client) == (3, None)
    assert fleet.releases.standing().trial is None


async def test_two_canaries_at_once_are_one(fleet: Fleet) -> None:
    """The second is refused, and told who was first; nothing is written."""
    fleet.activate(A)
    fleet.tries(B, HALF)
    with pytest.raises(ReleaseError, match="is tried already, by ada"):
        fleet.tries(C, HALF)
    fleet.trials.withdraw(ADA)

    def begin(bundle: Any) -> str:
        try:
            fleet.trials.begin("canary", bundle.id, HALF, ADA)
        except (LostRaceError, ReleaseError) as error:
            return error.message
        return "won"

    told = await asyncio.gather(*(asyncio.to_thread(begin, one) for one in (B, C)))
    assert sorted(one == "won" for one in told) == [False, True]
    assert [e.act for e in fleet.releases.history()[3:]] == ["canary"]


async def test_what_serves_cannot_be_its_own_candidate(on_disk: Fleet) -> None:
    """Nor can anything be tried where nothing serves."""
    with pytest.raises(ReleaseError, match="nothing serves in this channel"):
        on_disk.tries(A, HALF)
    on_disk.activate(A)
    with pytest.raises(ReleaseError, match="is what serves already"):
        on_disk.tries(A, HALF)


async def test_a_candidate_that_does_not_load_is_told_and_nothing_changes(
    on_disk: Fleet,
) -> None:
    """Everybody is served as before, and it is told once."""
    on_disk.activate(A)
    unfit = version(2, steps="{ name: body, source: bureau, endpoint: /v }")
    on_disk.tries(unfit, ALL)
    gateway = on_disk.gateway()
    for _ in range(2):
        await gateway.take_release()
    async with client_of(gateway) as client:
        assert await asked(client) == (1, None)
    (told,) = on_disk.told(TrialRefused)
    assert "it does not load: profiles/v.yaml:3" in told.reason  # type: ignore[attr-defined]
    trial: Any = gateway.health()["trial"]
    assert (trial["state"], trial["number"]) == ("refused", 2)


async def test_a_store_that_is_away_changes_nothing(
    fleet: Fleet, redis: RedisServer
) -> None:
    """The last word holds: the candidate goes on, even where the log was lost."""
    fleet.activate(A)
    fleet.tries(B, ALL)
    gateway = fleet.gateway()
    await gateway.take_release()
    redis.kill()
    try:
        await gateway.take_release()
        async with client_of(gateway) as client:
            assert await asked(client) == (2, B.id[:12])
    finally:
        redis.start()
    await gateway.take_release()
    async with client_of(gateway) as client:
        assert await asked(client) == (2, B.id[:12])
    assert fleet.told(TrialEnded) == []


async def test_plans_name_the_release(on_disk: Fleet) -> None:
    """That of the generation which answers."""
    on_disk.activate(A)
    on_disk.tries(B, Terms(1.0, bounds=Bounds()))
    gateway = on_disk.gateway()
    await gateway.take_release()
    async with client_of(gateway) as client:
        said = await client.post(
            "/graphql",
            json={"query": "{ v { n } }"},
            headers={"headwater-plan": "include"},
        )
    assert said.json()["extensions"]["plan"]["release"] == B.id


async def test_a_rollback_during_a_trial_ends_it(on_disk: Fleet) -> None:
    """What serves stays; the one after that goes back further."""
    on_disk.activate(A)
    on_disk.activate(C)
    on_disk.tries(B, HALF)
    first = on_disk.trials.roll_back(BOB)
    second = on_disk.trials.roll_back(BOB)
    assert [(e.act, e.bundle) for e in (first, second)] == [
        ("withdraw", B.id),
        ("rollback", A.id),
    ]
    assert on_disk.releases.standing().active == second


async def test_answers_are_counted_that_the_log_leaves_out(fleet: Fleet) -> None:
    """On both sides, and only as long as something is tried."""
    fleet.activate(A)
    fleet.tries(B, HALF)
    gateway = fleet.gateway(usual=False)
    await gateway.take_release()
    trial = gateway.trying.trial
    assert trial is not None
    async with client_of(gateway) as client:
        came = [await asked(client, somebody(n)) for n in range(20)]
    tried = sum(n == 2 for n, _ in came)
    assert 0 < tried < len(came)
    assert [one.answers["whole"] for one in (trial.theirs, trial.mine)] == [
        len(came) - tried,
        tried,
    ]
    gateway.trying.end()
    assert gateway.pipeline.quiet
