"""A gateway holds what its store says, until when it says."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from gateway.app import Gateway, build_gateway
from gateway.clock import LoopClock
from gateway.release.activation import Actor
from gateway.release.holds import Holds
from gateway.release.model import Bundle, bundle_of
from gateway.release.releases import Releases
from gateway.release.stores.opening import open_store
from gateway.telemetry.events import Event
from gateway.telemetry.releasing import HoldIdle, HoldsLost, StepHeld, StepReleased
from gateway.testing.virtual import run_virtual
from tests.project import ask, write
from tests.release.kit import ADA, FACTS

FRAUD = "v.fraud"
WHY = Actor("ada", "laptop", "INC-77")
SDL = "type Query { v: V }\ntype V { n: Int, fraud: Int }\n"
PROFILE = """
language: 1
operation: v
steps:
  - { name: n, type: value, value: 1 }
  - { name: fraud, source: bureau, endpoint: /fraud, fallback: [{ value: 7 }] }
"""


def with_fraud(more: str = "") -> Bundle:
    files = {"profiles/v.yaml": PROFILE + more, "schema/v.graphql": SDL}
    return bundle_of(files, FACTS)


def without_fraud() -> Bundle:
    text = PROFILE.replace("source: bureau, endpoint: /fraud,", "type: value, value: 8")
    text = text.replace(" fallback: [{ value: 7 }]", "")
    return bundle_of({"profiles/v.yaml": text, "schema/v.graphql": SDL}, FACTS)


@dataclass
class Held:
    """A store with one release, its holds, and gateways that follow them."""

    folder: Path
    url: str
    heard: list[Event] = field(default_factory=list)
    releases: Releases = field(init=False)
    holds: Holds = field(init=False)

    def __post_init__(self) -> None:
        store, clock = open_store(self.url), LoopClock()
        self.releases = Releases(store, "stable", clock)
        self.holds = Holds(store, "stable", clock)

    def activate(self, one: Bundle) -> None:
        self.releases.publish(one)
        self.releases.activate(one.id, ADA)

    def lose_the_store(self) -> None:
        Path(self.url).rename(self.folder / "away")
        Path(self.url).write_text("no directory")

    def gateway(self) -> Gateway:
        text = (
            "profiles: { state: ./state }\n"
            "sources: { bureau: { url: 'http://127.0.0.1:9' } }\n"
            f'release: {{ store: "{self.url}", poll: 1h }}\n'
        )
        config = write(self.folder, {"headwater.yaml": text})
        return build_gateway(
            [config], {}, observe=self.heard.append, clock=LoopClock(), remember=True
        )

    def told(self) -> list[Event]:
        kinds = (StepHeld, StepReleased, HoldIdle, HoldsLost)
        return [event for event in self.heard if isinstance(event, kinds)]


@pytest.fixture
def held(tmp_path: Path) -> Held:
    return Held(tmp_path / "project", str(tmp_path / "store"))


async def by_hold(gateway: Gateway) -> bool:
    """Whether the step is left alone, by what its answer stands in for."""
    answer: Any = await ask(gateway, "{ v { n fraud } }")
    assert answer["data"] == {"v": {"n": 1, "fraud": 7}}
    (stands_in,) = answer["extensions"]["completeness"]["v"]["fallback"]
    return bool(stands_in["because"] == "held")


def test_a_hold_is_live_and_over_by_the_time_of_day(held: Held) -> None:
    """Plans of both kinds are kept; both turns are told, once each."""

    async def story() -> None:
        held.activate(with_fraud())
        gateway = held.gateway()
        bare = gateway.current
        assert not await by_hold(gateway)
        held.holds.hold(FRAUD, WHY, 1800)
        await gateway.holds.take()
        assert await by_hold(gateway)
        assert gateway.current.number == bare.number
        assert gateway.health()["holds"] == [
            {**gateway.current.holds[0].as_json(), "steps": [FRAUD]}
        ]
        await asyncio.sleep(1799)
        assert await by_hold(gateway)
        await asyncio.sleep(1.1)
        assert not await by_hold(gateway)
        assert gateway.health()["holds"] == []
        assert gateway.current is bare
        until = "2026-01-01T00:30:00.000+00:00"
        assert held.told() == [
            StepHeld(FRAUD, until, "ada", "laptop", "INC-77", (FRAUD,)),
            StepReleased(FRAUD, "its time is over"),
        ]

    run_virtual(story())


def test_a_hold_survives_reloads_restarts_and_the_loss_of_its_store(held: Held) -> None:
    """The last known is on disk; until its time it stands."""

    async def story() -> None:
        held.activate(with_fraud())
        gateway = held.gateway()
        held.holds.hold(FRAUD, WHY, 1800)
        await gateway.holds.take()
        held.activate(with_fraud("description: another\n"))
        assert await gateway.take_release()
        assert await by_hold(gateway)
        assert await by_hold(held.gateway())
        held.lose_the_store()
        held.heard.clear()
        alone = held.gateway()
        assert await by_hold(alone)
        assert [type(event) for event in held.told()] == [HoldsLost, StepHeld]
        await alone.holds.take()
        assert [type(event) for event in held.told()] == [HoldsLost, StepHeld]
        await asyncio.sleep(1801)
        assert not await by_hold(alone)

    run_virtual(story())


def test_a_hold_of_a_step_that_is_gone_is_kept_and_told(held: Held) -> None:
    """It holds again when the step comes back, without a word of anybody."""

    async def story() -> None:
        held.activate(with_fraud())
        gateway = held.gateway()
        held.holds.hold(FRAUD, WHY, 1800)
        await gateway.holds.take()
        held.heard.clear()
        held.activate(without_fraud())
        assert await gateway.take_release()
        answer: Any = await ask(gateway, "{ v { fraud } }")
        assert answer == {"data": {"v": {"fraud": 8}}}
        assert held.told() == [HoldIdle(FRAUD)]
        (hold,) = gateway.health()["holds"]  # type: ignore[misc]
        assert hold["steps"] == []  # type: ignore[index,call-overload]
        held.activate(with_fraud())
        assert await gateway.take_release()
        assert await by_hold(gateway)

    run_virtual(story())


def test_a_hold_that_is_ended_is_over_and_says_who(held: Held) -> None:
    """In the process that takes it."""

    async def story() -> None:
        held.activate(with_fraud())
        gateway = held.gateway()
        held.holds.hold("source:bureau", WHY, None)
        await gateway.holds.take()
        assert await by_hold(gateway)
        held.holds.unhold("source:bureau", Actor("bob", "ci", "fixed"))
        await gateway.holds.take()
        assert not await by_hold(gateway)
        assert held.told()[-1] == StepReleased("source:bureau", "bob ended it")

    run_virtual(story())
