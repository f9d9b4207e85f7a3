"""What happens to a trial while something else happens, over a real Redis."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

from gateway.telemetry.releasing import TrialBegun
from tests.release.kit import ADA
from tests.trying.kit import ALL, Fleet, version
from tests.trying.test_canary import asked, client_of

A, B, C = (version(n) for n in (1, 2, 3))


async def test_an_activation_while_a_candidate_loads_ends_its_trial(
    fleet: Fleet,
) -> None:
    """It is answered by what serves meanwhile, and by what was activated then."""
    fleet.activate(A)
    gateway = fleet.gateway()
    loading, go_on = threading.Event(), threading.Event()

    def dress(generation: Any, _deployment: object) -> Any:
        loading.set()
        go_on.wait(60)
        return generation

    gateway.loader.dress = dress
    fleet.tries(B, ALL)
    first = asyncio.create_task(gateway.take_release())
    await asyncio.to_thread(loading.wait, 20)
    fleet.activate(C)
    second = asyncio.create_task(gateway.take_release())
    async with client_of(gateway) as client:
        assert await asked(client) == (1, None)
        go_on.set()
        await asyncio.gather(first, second)
        assert await asked(client) == (3, None)
    assert (gateway.trying.trial, gateway.pipeline.splitting) == (None, None)
    assert fleet.releases.standing().trial is None


async def test_of_a_promotion_and_a_rollback_at_once_one_is_done(fleet: Fleet) -> None:
    """The other finds no trial, or that somebody wrote meanwhile; all serve the same.

    A rollback that comes second goes back from what was promoted.
    """
    fleet.activate(A)
    fleet.tries(B, ALL)
    gateways = [fleet.gateway() for _ in range(2)]
    for gateway in gateways:
        await gateway.take_release()
    together = threading.Barrier(2)

    def at_once(withdraws: bool) -> str:
        together.wait(60)
        trials = fleet.trials
        try:
            made = (
                trials.withdraw(ADA, of=2) if withdraws else trials.promote(ADA, of=2)
            )
        except Exception as error:  # noqa: BLE001 - told apart below
            return type(error).__name__
        return made.act

    ends = await asyncio.gather(
        *(asyncio.to_thread(at_once, which) for which in (True, False))
    )
    done = {*ends} & {"withdraw", "promote"}
    assert len(done) == 1
    assert {*ends} - done <= {"NoTrialError", "LostRaceError"}
    log = [entry.act for entry in fleet.releases.history()]
    assert log == ["activate", "canary", *done]
    n = 2 if done == {"promote"} else 1
    for gateway in gateways:
        await gateway.take_release()
        async with client_of(gateway) as client:
            assert await asked(client) == (n, None)
    begun = [fleet.told(TrialBegun, of) for of in (0, 1)]
    assert begun == [[TrialBegun(B.id, 2, "canary", "ada")]] * 2
