"""A candidate that does worse is taken back, once for the fleet, with the figures."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from gateway.app import Gateway
from gateway.clock import SystemClock
from gateway.record import replace
from gateway.release.model import StoreError
from gateway.release.stores.base import Store
from gateway.release.terms import Bounds, Terms
from gateway.telemetry.events import Answered
from gateway.telemetry.releasing import TrialDecided, TrialEnded
from tests.release.kit import ADA
from tests.trying.kit import Fleet, version

A, B = version(1), version(2)
FEW = Terms(1.0, bounds=Bounds(least=20), by="request.claims.sub")


def answers(gateway: Gateway, count: int, *, wrong: int, of: str = "both") -> None:
    """As if so many had been answered, by what serves and by the candidate."""
    trial = gateway.trying.trial
    assert trial is not None
    for number in range(count):
        if of == "both":
            gateway.pipeline.observe(Answered("r", None, "whole", 0, 0.01))
        verdict = "failed" if number < wrong else "whole"
        trial.pipeline.observe(Answered("r", None, verdict, 0, 0.01))


async def trying(fleet: Fleet, terms: Terms, count: int = 1) -> list[Gateway]:
    fleet.activate(A)
    fleet.tries(B, terms)
    made = [fleet.gateway() for _ in range(count)]
    for gateway in made:
        await gateway.take_release()
    return made


async def test_a_candidate_that_fails_is_taken_back(fleet: Fleet) -> None:
    """The entry has the reason and the figures; everybody hears it."""
    first, second = await trying(fleet, FEW, 2)
    answers(first, 50, wrong=0)
    await first.judge()
    assert fleet.releases.standing().trial is not None
    answers(first, 50, wrong=50)
    await first.judge()
    entry = fleet.releases.history()[-1]
    assert (entry.act, entry.bundle, entry.by, entry.stands) == (
        "withdraw",
        B.id,
        "headwater",
        1,
    )
    assert entry.reason == (
        "requests: 50% of 100 failed, more than 2% above the 0% of 100 of what serves"
    )
    figures: Any = entry.figures
    assert figures["candidate"]["requests"]["failed"] == 50
    (decided,) = fleet.told(TrialDecided)
    assert decided.reason == entry.reason  # type: ignore[attr-defined]
    assert (first.trying.trial, first.pipeline.splitting) == (None, None)
    assert second.pipeline.splitting is not None
    await second.take_release()
    assert second.pipeline.splitting is None
    assert fleet.told(TrialEnded, 1) == [TrialEnded(B.id, 2, 0)]


async def test_of_two_gateways_that_decide_at_once_one_writes(fleet: Fleet) -> None:
    """One entry, whoever was first; both are done with the candidate."""
    both = await trying(fleet, FEW, 2)
    for gateway in both:
        answers(gateway, 50, wrong=50)
    await asyncio.gather(*(gateway.judge() for gateway in both))
    acts = [entry.act for entry in fleet.releases.history()]
    assert acts == ["activate", "canary", "withdraw"]
    assert [gateway.trying.trial for gateway in both] == [None, None]


async def test_a_reload_forgets_neither_figures_nor_decisions(on_disk: Fleet) -> None:
    """The candidate is loaded anew under the deployment as it is now."""
    (gateway,) = await trying(on_disk, FEW)
    before = gateway.trying.trial
    answers(gateway, 10, wrong=10)
    assert await gateway.reload()
    after = gateway.trying.trial
    assert before is not None
    assert after is not None
    assert after.candidate is not before.candidate
    assert (before.candidate.lease.retired, after.candidate.lease.retired) == (
        True,
        False,
    )
    answers(gateway, 10, wrong=10)
    store = through(gateway)
    store.away = True
    await gateway.judge()
    assert await gateway.reload()
    assert gateway.pipeline.splitting is None
    (decided,) = on_disk.told(TrialDecided)
    assert decided.reason.startswith("requests: 100% of 20 failed")  # type: ignore[attr-defined]


class Sometimes:
    """A store that is away now and then."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.away = False

    def close(self) -> None:
        self.store.close()

    def __getattr__(self, name: str) -> Any:
        if self.away:
            raise StoreError("the store is away")
        return getattr(self.store, name)


def through(gateway: Gateway) -> Sometimes:
    """The gateway asks its store by way of this from now on."""
    chosen = gateway.releases
    assert chosen is not None
    stored = chosen.store
    assert stored is not None
    made = Sometimes(stored.releases.store)
    asked = replace(stored.releases, store=made)
    chosen._store = replace(stored, releases=asked)
    return made


async def test_a_decision_holds_here_while_the_store_is_away(fleet: Fleet) -> None:
    """Nobody is given the candidate; the store learns it when it is back."""
    (gateway,) = await trying(fleet, FEW)
    answers(gateway, 50, wrong=50)
    store = through(gateway)
    store.away = True
    for _ in range(2):
        await gateway.judge()
        await gateway.take_release()
    assert gateway.pipeline.splitting is None
    trial: Any = gateway.health()["trial"]
    assert (trial["state"], trial["number"]) == ("withdrawn", 2)
    assert fleet.releases.standing().trial is not None
    store.away = False
    await gateway.judge()
    assert (fleet.releases.history()[-1].act, gateway.trying.trial) == (
        "withdraw",
        None,
    )
    assert len(fleet.told(TrialDecided)) == 1


@pytest.mark.parametrize(
    ("promotes", "count", "late", "act", "reason"),
    [
        (True, 50, 0, "promote", "within its bounds for 30m"),
        (False, 50, 0, "withdraw", "its 30m are over"),
        (True, 5, 0, "canary", ""),
        (
            True,
            5,
            120,
            "withdraw",
            "in 30m it had 5 requests, of 20 that would say something",
        ),
    ],
)
async def test_when_its_time_is_over_it_is_promoted_or_ended(
    on_disk: Fleet, promotes: bool, count: int, late: int, act: str, reason: str
) -> None:
    """What nothing can be said of is not promoted, a while later."""
    terms = replace(FEW, lasts=1800.0, promotes=promotes)
    (gateway,) = await trying(on_disk, terms)
    answers(gateway, count, wrong=0)
    begun = gateway.trying.trial
    assert begun is not None
    since = begun._age(SystemClock().wall())
    now = SystemClock().wall() + timedelta(seconds=1800 - since + late + 1)
    gateway.pipeline.clock = Then(now)  # type: ignore[assignment]
    await gateway.judge()
    entry = on_disk.releases.history()[-1]
    assert (entry.act, entry.reason or "") == (act, reason or ADA.reason)


class Then:
    """It is always the same time."""

    def __init__(self, wall: Any) -> None:
        self._wall = wall

    def now(self) -> float:
        return 0.0

    def wall(self) -> Any:
        return self._wall
