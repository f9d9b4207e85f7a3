"""When an issuer's keys are fetched, and how long they are believed."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any

import pytest

from gateway.clock import LoopClock
from gateway.errors import ErrorClass, RequestError, UpstreamError
from gateway.identity.keyring import KeyRing
from gateway.identity.model import Issuer
from gateway.identity.proving import Credentials, Prover
from gateway.telemetry.events import Event
from gateway.telemetry.identifying import IssuerKeysLost, IssuerKeysTaken
from gateway.testing import run_virtual
from tests.identity.issuing import AUDIENCE, EC, ISSUER, NEXT, key_set

RULES = Credentials({ISSUER: Issuer(ISSUER, (AUDIENCE,), ("ES256",))})


@dataclass(slots=True)
class Provider:
    """Counts who asks; answers in its own time, or fails."""

    content: bytes = field(default_factory=lambda: key_set(EC))
    seconds: float = 0.0
    fails: bool = False
    asked: int = 0

    async def __call__(self) -> bytes:
        self.asked += 1
        await asyncio.sleep(self.seconds)
        if self.fails:
            raise UpstreamError("away", kind=ErrorClass.CONNECT, detail="refused")
        return self.content


@dataclass(slots=True)
class Gate:
    """A prover over one issuer, in virtual time."""

    provider: Provider = field(default_factory=Provider)
    heard: list[Event] = field(default_factory=list)
    clock: LoopClock = field(default_factory=LoopClock)
    ring: KeyRing = field(init=False)
    prover: Prover = field(init=False)

    def __post_init__(self) -> None:
        self.ring = KeyRing(ISSUER, self.clock, self.heard.append, self.provider)
        self.prover = Prover(RULES, {ISSUER: self.ring})

    @property
    def now(self) -> float:
        return self.clock.wall().timestamp()

    async def passes(self, token: str) -> bool:
        """Whether a request with the token is let in, as every door does it."""
        sent = {"authorization": f"Bearer {token}"}
        try:
            await self.prover.ready(sent, self.now)
            self.prover.prove(sent, self.now)
        except RequestError:
            return False
        return True

    def token(self, signer: Any = EC, **claims: Any) -> str:
        made: str = signer.token(now=self.now, **claims)
        return made


def played(story: Coroutine[Any, Any, None]) -> None:
    run_virtual(story)


def test_a_thousand_first_callers_are_one_fetch() -> None:
    """They wait for the same keys, and all come in."""

    async def story() -> None:
        gate = Gate(Provider(seconds=1.0))
        token = gate.token()
        found = await asyncio.gather(*(gate.passes(token) for _ in range(1_000)))
        assert all(found)
        assert gate.provider.asked == 1
        assert gate.heard == [IssuerKeysTaken(ISSUER, 1)]

    played(story())


def test_keys_are_fetched_anew_behind_who_asks() -> None:
    """Nobody waits for that: the old keys serve until the new ones are here."""

    async def story() -> None:
        gate = Gate()
        assert await gate.passes(gate.token())
        await asyncio.sleep(601)
        gate.provider.seconds = 4.0
        gate.provider.content = key_set(NEXT)
        before = gate.now
        assert await gate.passes(gate.token())
        assert gate.now == before
        await asyncio.sleep(5)
        assert gate.provider.asked == 2
        assert not await gate.passes(gate.token())
        assert await gate.passes(gate.token(NEXT))

    played(story())


def test_a_token_by_a_withdrawn_key_is_over_though_it_was_remembered() -> None:
    """What was verified holds by the keys that verified it."""

    async def story() -> None:
        gate = Gate()
        token = gate.token(exp=int(gate.now) + 86_400)
        assert await gate.passes(token)
        gate.provider.content = key_set(NEXT)
        await asyncio.sleep(601)
        assert await gate.passes(token)  # the new keys are on their way
        await asyncio.sleep(5)
        assert not await gate.passes(token)

    played(story())


def test_a_new_key_is_fetched_when_the_first_token_names_it() -> None:
    """The caller waits for one fetch, and is let in."""

    async def story() -> None:
        gate = Gate()
        assert await gate.passes(gate.token())
        await asyncio.sleep(10)
        gate.provider.content = key_set(EC, NEXT)
        assert await gate.passes(gate.token(NEXT))
        assert gate.provider.asked == 2

    played(story())


def test_a_fetch_for_a_new_key_ends_tokens_of_those_that_are_gone() -> None:
    """At once, though they were remembered and nothing was due."""

    async def story() -> None:
        gate = Gate()
        token = gate.token()
        assert await gate.passes(token)
        await asyncio.sleep(10)
        gate.provider.content = key_set(NEXT)
        assert await gate.passes(gate.token(NEXT))
        assert not await gate.passes(token)

    played(story())


def test_made_up_key_names_do_not_flood_the_provider() -> None:
    """It is asked every five seconds at most, whatever comes."""

    async def story() -> None:
        gate = Gate()
        good = gate.token()
        assert await gate.passes(good)
        for number in range(300):
            bad = gate.token(header={"kid": f"made-up-{number}"})
            assert not await gate.passes(bad)
            assert await gate.passes(good)
            await asyncio.sleep(0.1)
        assert gate.provider.asked <= 1 + 30 / 5 + 1

    played(story())


def test_a_provider_that_is_away_costs_nothing_while_its_keys_hold() -> None:
    """And nobody is believed once they do not; it is asked ever more seldom."""

    async def story() -> None:
        gate = Gate()
        assert await gate.passes(gate.token())
        gate.provider.fails = True
        for _ in range(23):
            await asyncio.sleep(3_600)
            assert await gate.passes(gate.token())
        await asyncio.sleep(3_600)
        assert not await gate.passes(gate.token())
        lost = [one for one in gate.heard if isinstance(one, IssuerKeysLost)]
        assert len(lost) == 24
        assert lost[0] == IssuerKeysLost(ISSUER, "refused", 86_400 - 3_600)
        gate.provider.fails = False
        await asyncio.sleep(61)
        assert await gate.passes(gate.token())

    played(story())


def test_a_provider_that_hangs_is_waited_for_five_seconds() -> None:
    """By those who cannot be judged without it, and by nobody twice."""

    async def story() -> None:
        gate = Gate(Provider(seconds=3_600))
        start = gate.now
        assert not await gate.passes(gate.token())
        assert gate.now - start == pytest.approx(5.0)
        start = gate.now
        assert not await gate.passes(gate.token())
        assert gate.now == start

    played(story())


@pytest.mark.parametrize("content", [b"", b"{}", b"<html>", b"x" * 600_000])
def test_what_is_no_set_of_keys_changes_nothing(content: bytes) -> None:
    """The last good keys go on."""

    async def story() -> None:
        gate = Gate()
        assert await gate.passes(gate.token())
        gate.provider.content = content
        await asyncio.sleep(700)
        assert await gate.passes(gate.token())
        await asyncio.sleep(10)
        assert await gate.passes(gate.token())
        assert gate.ring.version == 1

    played(story())


def test_a_caller_who_goes_takes_no_fetch_with_him() -> None:
    """Others wait for it too."""

    async def story() -> None:
        gate = Gate(Provider(seconds=1.0))
        token = gate.token()
        first = asyncio.create_task(gate.passes(token))
        second = asyncio.create_task(gate.passes(token))
        await asyncio.sleep(0.5)
        first.cancel()
        assert await second
        assert gate.provider.asked == 1

    played(story())


def test_memory_is_bounded_however_many_tokens_come(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Good ones and bad ones alike."""
    monkeypatch.setattr("gateway.identity.proving._KEPT", 10)
    monkeypatch.setattr("gateway.identity.proving._REFUSED", 5)

    async def story() -> None:
        gate = Gate()
        for number in range(30):
            assert await gate.passes(gate.token(sub=str(number)))
            assert not await gate.passes(f"{gate.token()}{number}")
        known, refused = gate.prover._known, gate.prover._refused
        assert (len(known), len(refused)) == (10, 5)

    played(story())
