"""Bugs of ours, in a source or an expression, cost one step: no slot, no waiter."""

from __future__ import annotations

import asyncio
from contextlib import nullcontext
from typing import Any

from gateway.clock import LoopClock
from gateway.connectors.base import Call
from gateway.connectors.hearing import GiveUp, Hearing
from gateway.errors import Code
from gateway.execution.calls.caching import Commons
from gateway.execution.engine import Engine
from gateway.execution.model import Failed, Ok
from gateway.expression import Template
from gateway.profile.model import Retry
from gateway.record import replace
from gateway.telemetry.events import Crashed, Event
from tests.execution.test_swift import NEVER, Ran, Sudden, ask, run, upstream_of
from tests.kit import instance, node, plan_of, request


class Broken(Sudden):
    """A source whose short way fails before it has begun."""

    def begin(self, call: Call[Any], hearing: Hearing) -> GiveUp | None:  # noqa: ARG002
        raise KeyError("ours")


def crashed(ran: Ran) -> bool:
    """Whether the client was told a code, and we the error."""
    assert isinstance(ran.result, Failed)
    told = [event for event in ran.events if isinstance(event, Crashed)]
    return ran.result.failure.code is Code.INTERNAL_SERVER_ERROR and len(told) == 1


async def test_a_source_that_cannot_begin_holds_no_slot() -> None:
    """However often: slots that were never given back would close the source."""
    upstream = upstream_of(Broken([1]), limit=2)
    for _ in range(3):
        assert crashed(await ask(upstream))
        assert upstream.bulkhead.running == 0


class BreaksInItsTurn(Sudden):
    """A source whose short way fails for whoever has waited in line."""

    def begin(self, call: Call[Any], hearing: Hearing) -> GiveUp | None:
        if self.begun:
            raise KeyError("ours")
        return super().begin(call, hearing)


async def test_a_source_that_cannot_begin_spoils_no_others_answer() -> None:
    """Whoever gives a slot back, to one whose call then fails, has his own reply."""
    upstream = upstream_of(BreaksInItsTurn([1], after=1.0), limit=1)
    first, next_ = await asyncio.gather(ask(upstream), ask(upstream))
    assert first.result == Ok(1)
    assert crashed(next_)
    assert (upstream.bulkhead.running, LoopClock().now()) == (0, 1.0)


async def test_an_expression_that_crashes_on_a_reply_hangs_nobody() -> None:
    """Told at once, and not when the operation's time is up."""

    def crashes(_scope: object) -> object:
        raise KeyError("ours")

    retry = Retry(2, frozenset({"5xx"}))
    ran = await run(Sudden([1]), deadline=10.0, retry=retry, success_if=crashes)
    assert crashed(ran)
    assert ran.upstream.bulkhead.running == 0


class Crashing(Template):
    """A value to fall back to whose code is broken."""

    def __call__(self, scope: object) -> object:  # noqa: ARG002
        raise KeyError("ours")


async def test_a_rung_that_crashes_at_the_deadline_hangs_nobody() -> None:
    """A timer calls it, and nobody waits for a timer."""
    plan = plan_of(node("a"), deadline=1.0)
    (root,) = plan.roots
    steps = tuple(replace(one, rungs=(Crashing(1),)) for one in root.steps)
    falling = replace(plan, roots=(replace(root, steps=steps),))
    events: list[Event] = []
    engine = Engine({"s": upstream_of(Sudden([NEVER]))}, LoopClock(), events.append)
    reader = await engine.execute(falling, request(), {})
    result = reader.store[instance("a")]
    assert isinstance(result, Failed)
    assert result.failure.code is Code.INTERNAL_SERVER_ERROR
    assert [type(e) for e in events if isinstance(e, Crashed)] == [Crashed]


async def test_a_renewal_that_crashes_is_told() -> None:
    """Nobody waits for it, so nobody else would notice."""
    events: list[Event] = []
    commons = Commons(observe=events.append)

    async def crashes() -> None:
        raise KeyError("ours")

    commons.renew(["k"], nullcontext(), crashes)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert [(e.where, type(e.error)) for e in events if isinstance(e, Crashed)] == [
        ("renewal", KeyError)
    ]
    assert commons.renewals == {}
