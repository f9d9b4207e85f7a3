"""Bugs of ours, in a source or an expression, cost one step: no slot, no waiter."""

from __future__ import annotations

from typing import Any

from gateway.connectors.base import Begun, Call
from gateway.errors import Code
from gateway.execution.model import Failed
from gateway.profile.model import Retry
from gateway.telemetry.events import Crashed
from tests.execution.test_swift import Ran, Sudden, ask, run, upstream_of


class Broken(Sudden):
    """A source whose short way fails before it has begun."""

    def begin(self, call: Call[Any]) -> Begun | None:  # noqa: ARG002
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


async def test_an_expression_that_crashes_on_a_reply_hangs_nobody() -> None:
    """Told at once, and not when the operation's time is up."""

    def crashes(_scope: object) -> object:
        raise KeyError("ours")

    retry = Retry(2, frozenset({"5xx"}))
    ran = await run(Sudden([1]), deadline=10.0, retry=retry, success_if=crashes)
    assert crashed(ran)
    assert ran.upstream.bulkhead.running == 0
