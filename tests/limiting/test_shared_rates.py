"""Rates that a fleet shares: by a real Redis, and without it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from gateway.cache.rates import SharedRates
from gateway.clock import LoopClock, SystemClock
from gateway.limiting.buckets import Buckets
from gateway.limiting.ledger import Ledger, Spent
from gateway.limiting.model import Crowd
from gateway.telemetry.events import Event
from gateway.telemetry.limiting import RatesShared, RatesUnshared
from gateway.testing import run_virtual
from gateway.units import Rate
from tests.redis_server import RedisServer


class Member:
    """One process of a fleet: its own buckets, and what it told."""

    def __init__(self, url: str, rate: Rate) -> None:
        self.heard: list[Event] = []
        self.clock = SystemClock()
        self.ledger = Ledger(SharedRates(url), self.clock, self.heard.append)
        self.buckets = Buckets(rate)
        self.ledger.account("rate.client", self.buckets)

    def take(self, who: str = "ada") -> float:
        return self.buckets.take(who, self.clock.now())

    async def told(self) -> None:
        """All that was taken here is known to the fleet, and the other way round."""
        telling = self.ledger._telling
        if telling is not None:
            async with asyncio.timeout(60):
                await telling


async def test_what_one_process_gives_another_does_not(
    redis_server: RedisServer,
) -> None:
    """The fleet has one budget for each client, and for each client alone."""
    first = Member(redis_server.url, Rate(3, 3600.0))
    second = Member(redis_server.url, Rate(3, 3600.0))
    try:
        assert [first.take(), first.take(), first.take("bob")] == [0.0] * 3
        await first.told()
        assert second.take() == 0.0  # nobody has told it, and this one is the last
        await second.told()
        assert 900 < second.take() <= 1200
        assert first.take("bob") == 0.0
        await first.told()
        await second.told()
        assert redis_server.ask("DBSIZE").strip() == "2"
        assert "ada" not in redis_server.ask("KEYS", "*")
    finally:
        await first.ledger.close()
        await second.ledger.close()


async def test_a_store_that_is_away_leaves_each_process_to_itself(
    redis_server: RedisServer,
) -> None:
    """It is told once, whoever asks is answered at once, and it comes back."""
    member = Member(redis_server.url, Rate(2, 3600.0))
    try:
        redis_server.freeze()
        assert [member.take(), member.take()] == [0.0, 0.0]
        assert member.take() > 1
        await member.told()
        assert member.heard == [RatesUnshared("TimeoutError")]
        assert (member.ledger.reachable(), member.take("bob")) == (False, 0.0)
        redis_server.thaw()
        member.ledger._again = 0.0
        assert member.take("cleo") == 0.0
        await member.told()
        assert [type(event) for event in member.heard] == [RatesUnshared, RatesShared]
        assert member.ledger.reachable()
    finally:
        redis_server.thaw()
        await member.ledger.close()


class Counting:
    """A store that counts how often it is asked."""

    def __init__(self) -> None:
        self.asked: list[int] = []

    async def spend(self, spent: Sequence[Spent]) -> Sequence[int]:
        self.asked.append(len(spent))
        await asyncio.sleep(0.001)
        return [one.times * one.each for one in spent]

    async def close(self) -> None:
        """There is nothing to give up."""


def test_a_flood_is_few_questions() -> None:
    """Ten thousand clients in a moment: no more questions than there is need for."""
    store, heard = Counting(), list[Event]()

    async def flood() -> None:
        ledger = Ledger(store, LoopClock(), heard.append)
        buckets = Buckets(Rate(5, 60.0))
        ledger.account("rate.client", buckets)
        for number in range(10_000):
            buckets.take(f"client {number}", LoopClock().now())
            buckets.take(f"client {number}", LoopClock().now())
        assert ledger._telling is not None
        await ledger._telling
        await ledger.close()

    run_virtual(flood())
    assert store.asked == [500] * 20
    assert heard == []


@pytest.mark.parametrize("most", [1, 3])
def test_as_many_run_at_a_time_as_may(most: int) -> None:
    """Each client by itself; whoever has none under way is forgotten."""
    crowd = Crowd(most)
    for _ in range(most):
        assert crowd.beyond("ada") is None
        crowd.enter("ada")
    excess = crowd.beyond("ada")
    assert excess is not None
    assert (excess.found, excess.most) == (most + 1, most)
    assert crowd.beyond("bob") is None
    for _ in range(most):
        crowd.leave("ada")
    assert crowd.running == {}
