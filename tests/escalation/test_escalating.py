"""The room's door: time that passes, and sources that stay open meanwhile."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from gateway.clock import LoopClock
from gateway.connectors.base import Call, Reply
from gateway.escalation.escalating import Escalating
from gateway.escalation.incidents import Moment
from gateway.execution.guards.bulkhead import Bulkhead
from gateway.execution.upstream import Upstream
from gateway.record import replace
from gateway.telemetry.events import (
    Event,
    IncidentOpened,
    IncidentResolved,
    IncidentUndelivered,
)
from gateway.testing import ScriptedSource, fails
from tests.escalation.moments import ALARM, BAD, FRAUD, WELL
from tests.serving import Ledger, generation

pytestmark = pytest.mark.virtual_time


async def test_an_incident_ends_when_it_is_time_and_nobody_asks() -> None:
    """A timer looks, for there may be no further request; and sources are held.

    The generation is leased while its source is told, so that no reload closes it.
    """
    events: list[Event] = []
    holders: list[int] = []

    async def hears(_call: Call[Any]) -> Reply:
        holders.append(serving.lease.holders)
        return Reply({})

    source = ScriptedSource({FRAUD: hears})
    pager = Upstream("pager", source, Bulkhead(1))
    serving = replace(generation(source=Ledger()), upstreams={"pager": pager})
    escalating = Escalating(LoopClock(), events.append, serving)
    escalating.incidents.watch({FRAUD: ALARM}, Moment.of(LoopClock()))
    async with escalating.running():
        for event in (BAD, BAD, BAD, WELL):
            escalating.hear(event)
        assert escalating.open() == (FRAUD,)
        await asyncio.sleep(59.9)
        assert [type(event) for event in events] == [IncidentOpened]
        await asyncio.sleep(0.2)
        assert [type(event) for event in events] == [IncidentOpened, IncidentResolved]
        assert escalating.open() == ()
    assert LoopClock().now() == pytest.approx(60.1)
    assert holders == [1, 1]
    assert serving.lease.holders == 0


async def test_the_end_waits_for_no_pause_and_leaves_nothing_behind() -> None:
    """What could not be told has one more attempt each, at once."""
    events: list[Event] = []
    source = ScriptedSource({FRAUD: fails(status=503)})
    pager = Upstream("pager", source, Bulkhead(1))
    serving = replace(generation(source=Ledger()), upstreams={"pager": pager})
    escalating = Escalating(LoopClock(), events.append, serving)
    escalating.incidents.watch({FRAUD: ALARM}, Moment.of(LoopClock()))
    async with escalating.running():
        for event in (BAD, BAD, BAD):
            escalating.hear(event)
        await asyncio.sleep(0.1)
    assert LoopClock().now() == pytest.approx(0.1)
    assert [call.inputs["body"]["state"] for call in source.calls] == [
        "open",
        "open",
        "resolved",
    ]
    assert [type(event) for event in events] == [
        IncidentOpened,
        IncidentResolved,
        IncidentUndelivered,
    ]
    assert asyncio.all_tasks() == {asyncio.current_task()}
