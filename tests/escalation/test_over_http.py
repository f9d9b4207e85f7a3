"""The scenario's deployment, serving: real upstreams, a real pager, exact counts.

Only the clock is ours: what is a minute for the alarm is no time for the test.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.app import Gateway, build_gateway
from gateway.escalation.delivery import Backoff
from gateway.request.model import Asking, RequestContext
from gateway.telemetry.events import (
    Event,
    IncidentOpened,
    IncidentResolved,
    IncidentUndelivered,
)
from gateway.testing.hostile import HostileUpstream, refuses
from gateway.testing.hostile import answers as ok
from gateway.testing.hostile.server import Asked
from tests.escalation.moments import Shifted

SCENARIO = Path(__file__).parents[1] / "scenarios/escalation"
DOWN = refuses(503)
INCIDENTS = (IncidentOpened, IncidentResolved, IncidentUndelivered)
FRAUD = "{ customer(id: 1) { fraud { score } } }"


@dataclass
class Pager:
    """What hears of incidents, in the order it heard of them."""

    upstream: HostileUpstream
    read: int = 0

    async def heard(self) -> Asked:
        """The next POST."""
        await self.upstream.until(lambda up: len(up.requests) > self.read)
        self.read += 1
        return self.upstream.requests[self.read - 1]

    async def next(self) -> dict[str, Any]:
        """The body of the next POST."""
        asked = await self.heard()
        said: dict[str, Any] = json.loads(asked.body)
        return said


@dataclass
class World:
    """A gateway that serves the scenario, and both sides of it."""

    gateway: Gateway
    bank: HostileUpstream
    pager: Pager
    clock: Shifted
    events: list[Event]
    folder: Path

    async def ask(self, query: str = FRAUD, times: int = 1) -> list[Any]:
        """The answers to so many requests at the same time."""
        return await asyncio.gather(*(self._answer(query) for _ in range(times)))

    async def _answer(self, query: str) -> Any:
        now, wall = self.clock.now(), self.clock.wall()
        request = RequestContext("r", now, wall)
        pipeline = self.gateway.pipeline
        answer = await pipeline.answer(self.gateway.current, Asking(query), request)
        return answer.as_json()

    @property
    def posts(self) -> int:
        """What the pager was asked in all."""
        return len(self.pager.upstream.requests)

    @property
    def told(self) -> list[str]:
        """What the log was told of incidents."""
        return [type(e).__name__ for e in self.events if isinstance(e, INCIDENTS)]


@contextlib.asynccontextmanager
async def serving(folder: Path) -> AsyncIterator[World]:
    """The world while its gateway serves."""
    async with loaded(folder) as world, world.gateway.serving():
        yield world


@contextlib.asynccontextmanager
async def loaded(folder: Path) -> AsyncIterator[World]:
    """The scenario's own files, in a folder where a test may change them."""
    shutil.copytree(SCENARIO, folder, dirs_exist_ok=True)
    clock, events = Shifted(), list[Event]()
    async with HostileUpstream() as bank, HostileUpstream(ok(b"thanks")) as told:
        bank.script("/accounts/1", ok({"name": "Ada", "branchId": "7"}))
        bank.script("/fraud/1", DOWN)
        bank.script("/branches/7", DOWN)
        environ = {"UPSTREAM": bank.url, "PAGER": told.url, "PAGER_TOKEN": "s3cret"}
        gateway = build_gateway(
            [folder / "headwater.yaml"], environ, observe=events.append, clock=clock
        )
        yield World(gateway, bank, Pager(told), clock, events, folder)


async def test_a_hundred_failing_requests_are_one_message(tmp_path: Path) -> None:
    """And when the step answers again, one more: with all that were hurt."""
    async with serving(tmp_path) as world:
        answers = await world.ask(times=100)
        assert {a["errors"][0]["extensions"]["code"] for a in answers} == {
            "UPSTREAM_STATUS"
        }
        opened = await world.pager.next()
        assert world.gateway.health()["incidents"] == ["customer.fraud"]
        world.bank.script("/fraud/1", ok({"score": 0.5}))
        world.clock.by += 60
        await world.ask(times=10)
        resolved = await world.pager.next()
        assert world.gateway.health()["incidents"] == []
        await world.ask(times=10)
    assert world.posts == 2
    assert (opened["state"], opened["hurt"]) == ("open", 5)
    assert (resolved["state"], resolved["hurt"]) == ("resolved", 100)
    assert resolved["reason"] == "answered"
    assert opened["incident"] == resolved["incident"]
    assert world.told == ["IncidentOpened", "IncidentResolved"]


async def test_the_pager_is_told_what_whom_and_by_whom(tmp_path: Path) -> None:
    """One POST of JSON, with the headers of the source."""
    async with serving(tmp_path) as world:
        await world.ask(times=5)
        asked = await world.pager.heard()
    said = json.loads(asked.body)
    assert (asked.method, asked.target) == ("POST", "/incidents")
    assert asked.headers["authorization"] == "Bearer s3cret"
    assert asked.headers["content-type"] == "application/json"
    assert asked.headers["idempotency-key"] == f"{said['incident']}-open"
    assert {
        k: said[k] for k in ("operation", "step", "source", "failure", "owner")
    } == {
        "operation": "customer",
        "step": "fraud",
        "source": "default",
        "failure": {
            "code": "UPSTREAM_STATUS",
            "status": 503,
            "message": "The source answered with status 503.",
        },
        "owner": {
            "team": "servicing",
            "runbook": "https://wiki.invalid/customer",
            "contact": None,
        },
    }
    assert said["process"].count(":") == 1


async def test_a_pager_that_is_down_holds_up_no_request(tmp_path: Path) -> None:
    """It is asked again, and told once; requests are answered meanwhile."""
    async with serving(tmp_path) as world:
        world.gateway.escalating.delivery.backoff = Backoff(first=0.001)
        world.pager.upstream.script("/incidents", DOWN, DOWN, ok(b"thanks"))
        await world.ask(times=5)
        refused = [await world.pager.next() for _ in range(2)]
        await world.ask(times=5)
        heard = await world.pager.next()
    assert world.posts == 4
    assert refused == [heard, heard]
    last = await world.pager.next()
    assert (last["state"], last["hurt"], last["reason"]) == ("resolved", 10, "stopped")


async def test_the_steps_of_a_type_have_an_alarm_of_their_own(tmp_path: Path) -> None:
    """That of the entity file's defaults, with its owner, wherever they run."""
    async with serving(tmp_path) as world:
        await world.ask("{ customer(id: 1) { account { branch { city } } } }", times=2)
        said = await world.pager.next()
    assert (said["entity"], said["step"], said["hurt"]) == ("Account", "branch", 2)
    assert said["owner"]["team"] == "branches"


async def test_a_removed_alarm_ends_its_incident(tmp_path: Path) -> None:
    """A reload that keeps the step keeps the incident."""
    async with serving(tmp_path) as world:
        await world.ask(times=5)
        opened = await world.pager.next()
        assert await world.gateway.reload()
        assert world.gateway.health()["incidents"] == ["customer.fraud"]
        profile = world.folder / "profiles/customer.yaml"
        text = profile.read_text()
        profile.write_text(text[: text.index("    escalate:")])
        assert await world.gateway.reload()
        said = await world.pager.next()
        await world.ask(times=10)
    assert (said["incident"], said["reason"]) == (opened["incident"], "removed")
    assert world.posts == 2


async def test_the_end_of_the_process_calls_off_what_is_open(tmp_path: Path) -> None:
    """Told before the sources close, and nothing is left running."""
    async with serving(tmp_path) as world:
        await world.ask(times=7)
    assert world.posts == 2
    said = [await world.pager.next() for _ in range(2)]
    assert [(s["state"], s["reason"], s["hurt"]) for s in said] == [
        ("open", None, 5),
        ("resolved", "stopped", 7),
    ]
    assert world.told == ["IncidentOpened", "IncidentResolved"]


async def test_who_does_not_serve_tells_nobody(tmp_path: Path) -> None:
    """`headwater run` asks the same pipeline, and pages no one."""
    async with loaded(tmp_path) as world:
        await world.ask(times=100)
        assert (world.posts, world.told) == (0, [])
        world.gateway.current.lease.retire()
        await world.gateway.pool.closed()
