"""Expired answers that their source says are still true, by whole gateways."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gateway.app import Gateway, build_gateway
from gateway.clock import SystemClock
from gateway.request.model import Asking, RequestContext
from gateway.testing import HostileUpstream
from gateway.testing.hostile import Exchange, reply

PROFILE = """
language: 1
operation: price
args: { id: ID! }
steps:
  - name: amount
    endpoint: /prices/{id}
    cache: { ttl: 1h }
    success_if: response.body.v > 0
    select: "{'v': response.body.v, 'seen': response.headers['x-seen']}"
"""
ASKED = '{ price(id: "7") { amount } }'


@dataclass
class Clock:
    """The machine's, with a time of day that a test moves."""

    ahead: timedelta = timedelta(0)

    def now(self) -> float:
        return SystemClock().now()

    def wall(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@dataclass
class Prices:
    """A source with ETags: 304 to who has the current one."""

    told: Mapping[str, str]
    version: int = 1
    conditions: list[dict[str, str]] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)

    async def answer(self, exchange: Exchange) -> None:
        sent = exchange.asked.headers
        asks = {k: v for k, v in sent.items() if k.startswith("if-")}
        self.conditions.append(asks)
        now = {k: v.format(self.version) for k, v in self.told.items()}
        is_current = bool(asks) and set(asks.values()) <= set(now.values())
        self.statuses.append(304 if is_current else 200)
        seen = {**now, "x-seen": str(len(self.statuses))}
        if is_current:
            await exchange.send(reply(b"", 304, seen))
        else:
            await exchange.send(reply({"v": self.version}, 200, seen))


class Unchanged(Prices):
    """One that says so to whoever asks."""

    async def answer(self, exchange: Exchange) -> None:
        await exchange.send(reply(b"", 304))


@dataclass
class Stand:
    gateway: Gateway
    clock: Clock

    async def ask(self, tenant: str | None = None, later: float = 0) -> object:
        """What is answered, so many hours after the last time."""
        self.clock.ahead += timedelta(hours=later)
        at = self.clock.now()
        request = RequestContext("r", at, self.clock.wall(), tenant=tenant)
        pipeline, current = self.gateway.pipeline, self.gateway.current
        answer = await pipeline.answer(current, Asking(ASKED), request)
        assert not answer.errors, answer.errors
        data: object = answer.data
        return data


@asynccontextmanager
async def serving(folder: Path, prices: Prices, profile: str) -> AsyncIterator[Stand]:
    for name in ("profiles", "schema"):
        (folder / name).mkdir()
    (folder / "profiles/price.yaml").write_text(profile)
    async with HostileUpstream(prices.answer) as upstream:
        (folder / "headwater.yaml").write_text(
            f"sources: {{ default: {{ url: '{upstream.url}' }} }}\n"
        )
        clock = Clock()
        made = build_gateway([folder / "headwater.yaml"], {}, clock=clock)
        async with made.serving():
            yield Stand(made, clock)


def amount(version: int, seen: int) -> object:
    return {"price": {"amount": {"v": version, "seen": str(seen)}}}


@pytest.mark.parametrize(
    ("told", "asks"),
    [
        ({"etag": '"v{}"'}, {"if-none-match": '"v1"'}),
        ({"last-modified": "day {}"}, {"if-modified-since": "day 1"}),
        (
            {"etag": 'W/"{}"', "last-modified": "day {}"},
            {"if-none-match": 'W/"1"', "if-modified-since": "day 1"},
        ),
    ],
)
async def test_an_expired_answer_is_renewed_without_its_body(
    tmp_path: Path, told: Mapping[str, str], asks: Mapping[str, str]
) -> None:
    """It is fresh again, with the headers of the reply that said so."""
    prices = Prices(told)
    async with serving(tmp_path, prices, PROFILE) as stand:
        assert await stand.ask() == amount(1, 1)
        assert await stand.ask(later=0.5) == amount(1, 1)
        assert await stand.ask(later=1) == amount(1, 2)
        assert await stand.ask(later=0.5) == amount(1, 2)
        assert prices.statuses == [200, 304]
        prices.version = 2
        assert await stand.ask(later=1) == amount(2, 3)
    assert prices.conditions == [{}, asks, asks]
    assert prices.statuses == [200, 304, 200]


async def test_without_a_validator_an_expired_answer_is_asked_for_anew(
    tmp_path: Path,
) -> None:
    """There is nothing to ask it about with."""
    prices = Prices({})
    async with serving(tmp_path, prices, PROFILE) as stand:
        await stand.ask()
        assert await stand.ask(later=1.5) == amount(1, 2)
    assert prices.conditions == [{}, {}]


async def test_what_one_tenant_has_is_no_answer_to_another(tmp_path: Path) -> None:
    """An ETag goes only with the call of those whose reply it came with."""
    prices = Prices({"etag": '"v{}"'})
    async with serving(tmp_path, prices, PROFILE) as stand:
        await stand.ask("acme")
        await stand.ask("zeta", later=1.5)
        await stand.ask("acme")
    assert prices.conditions == [{}, {}, {"if-none-match": '"v1"'}]


async def test_an_answer_too_old_is_forgotten(tmp_path: Path) -> None:
    """It is kept as long again as it was fresh, to be asked about."""
    prices = Prices({"etag": '"v{}"'})
    async with serving(tmp_path, prices, PROFILE) as stand:
        await stand.ask()
        await stand.ask(later=2.5)
    assert prices.conditions == [{}, {}]


@pytest.mark.parametrize(
    ("key", "asks"),
    [
        ("headers: { If-None-Match: mine }", [{"if-none-match": "mine"}] * 2),
        ("method: POST\n    idempotent: true", [{}, {}]),
    ],
)
async def test_a_step_that_asks_in_its_own_way_is_left_alone(
    tmp_path: Path, key: str, asks: list[dict[str, str]]
) -> None:
    """Its own condition counts; what is no GET or HEAD has none."""
    prices = Prices({"etag": '"v{}"'})
    profile = PROFILE.replace("    cache:", f"    {key}\n    cache:")
    async with serving(tmp_path, prices, profile) as stand:
        await stand.ask()
        await stand.ask(later=1.5)
    assert prices.conditions == asks


async def test_an_unasked_304_is_a_failure(tmp_path: Path) -> None:
    """Nothing was kept that it could mean."""
    async with serving(tmp_path, Unchanged({}), PROFILE) as stand:
        with pytest.raises(AssertionError, match="304"):
            await stand.ask()
