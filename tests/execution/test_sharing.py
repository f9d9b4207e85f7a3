"""Equal calls of several requests at one time are one call; nobody ends another's."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field

import pytest

from gateway.cache.base import NoCache
from gateway.clock import Deadline, LoopClock
from gateway.errors import Code
from gateway.execution.calls.caching import Abroad, Commons
from gateway.execution.calls.sharing import Flight
from gateway.execution.engine import Engine
from gateway.execution.model import Failed, Ok, Provenance, StepResult
from gateway.expression import template
from gateway.plan.model import Plan
from gateway.profile.model import Retry, Sharing
from gateway.record import replace
from gateway.request.model import Caller, OperationKind
from gateway.telemetry.events import unobserved
from gateway.testing import ScriptedSource, answers, fails, hangs, waits
from tests.kit import ROOT, instance, node, plan_of, request, upstreams, value

ALL = Sharing.ALL


@dataclass
class Process:
    """A gateway's process: one source, and what its requests have in common."""

    source: ScriptedSource
    abroad: Abroad = field(
        default_factory=lambda: Abroad(Commons(), NoCache(), nullcontext())
    )

    def ask(self, plan: Plan, **who: object) -> asyncio.Task[StepResult]:
        """A request for the step ``a``, under way."""
        return asyncio.create_task(self._ask(plan, who))

    async def _ask(self, plan: Plan, who: Mapping[str, object]) -> StepResult:
        s = upstreams(s=self.source)["s"]
        headers = template({"x-locale": "${ request.headers.?locale.orValue('en') }"})
        known = {"s": replace(s, headers=headers)}
        engine = Engine(known, LoopClock(), unobserved, self.abroad)
        reader = await engine.execute(plan, request(**who), {(ROOT,): {"id": "7"}})
        return reader.store[instance("a")]

    @property
    def calls(self) -> int:
        return len(self.source.calls)


def plan(deadline: float = 10.0, share: Sharing = ALL, **keys: object) -> Plan:
    return plan_of(node("a", target="t", share=share, **keys), deadline=deadline)


async def settle() -> None:
    """Let everything run that can."""
    for _ in range(10):
        await asyncio.sleep(0)


async def test_thirty_equal_requests_share_one_call() -> None:
    """One asks, all get the reply; those who did not ask say that it is shared."""
    released = asyncio.Event()
    process = Process(ScriptedSource({"a": waits(released, {"n": 1})}))
    asked = [process.ask(plan()) for _ in range(30)]
    await settle()
    released.set()
    came = await asyncio.gather(*asked)
    assert came == [Ok({"n": 1})] + [Ok({"n": 1}, Provenance.SHARED)] * 29
    assert process.calls == 1
    assert len(process.abroad.commons.in_flight) == 0


async def test_who_comes_after_the_reply_asks_again() -> None:
    """Sharing is no cache."""
    process = Process(ScriptedSource({"a": [answers(1), answers(2)]}))
    assert await process.ask(plan()) == Ok(1)
    assert await process.ask(plan()) == Ok(2)


@pytest.mark.parametrize(
    ("one", "other", "calls"),
    [
        ({"tenant": "acme"}, {"tenant": "acme"}, 1),
        ({"tenant": "acme"}, {"tenant": "other"}, 2),
        ({"tenant": "acme"}, {}, 2),
        ({"headers": {"locale": "de"}}, {"headers": {"locale": "de"}}, 1),
        ({"headers": {"locale": "de"}}, {"headers": {"locale": "fr"}}, 2),
        ({"headers": {"other": "1"}}, {"headers": {"other": "2"}}, 1),
        ({"caller": Caller("ada")}, {"caller": Caller("bob")}, 1),
        ({"request_id": "1"}, {"request_id": "2"}, 1),
    ],
)
async def test_the_key_is_all_that_the_call_depends_on(
    one: Mapping[str, object], other: Mapping[str, object], calls: int
) -> None:
    """The tenant, and whatever is sent; no more, or nothing would ever be shared."""
    released = asyncio.Event()
    process = Process(ScriptedSource({"a": waits(released)}))
    asked = [process.ask(plan(), **one), process.ask(plan(), **other)]
    await settle()
    released.set()
    await asyncio.gather(*asked)
    assert process.calls == calls


async def test_a_step_with_more_patience_does_not_fail_by_anothers_timeout() -> None:
    """Equal calls with other times or attempts are made beside each other."""
    process = Process(ScriptedSource({"a": answers(1, after=1.0)}))
    asked = [process.ask(plan(timeout=0.5)), process.ask(plan(timeout=5.0))]
    hasty, patient = await asyncio.gather(*asked)
    assert isinstance(hasty, Failed)
    assert hasty.failure.code is Code.UPSTREAM_TIMEOUT
    assert patient == Ok(1)
    assert process.calls == 2


async def test_a_step_that_tries_again_does_not_fail_with_one_that_does_not() -> None:
    """The same holds for attempts."""
    down = fails(status=503, after=1.0)
    process = Process(ScriptedSource({"a": [down, down, answers(1)]}))
    retry = Retry(2, frozenset({"5xx"}))
    once, twice = await asyncio.gather(
        process.ask(plan()), process.ask(plan(retry=retry))
    )
    assert isinstance(once, Failed)
    assert twice == Ok(1)
    assert process.calls == 3


def test_a_waiter_whose_code_fails_keeps_nothing_from_the_others() -> None:
    """They wait in other requests; the bug is raised behind them."""
    heard: list[object] = []

    def broken(_: object) -> None:
        raise KeyError("ours")

    flight: Flight[int] = Flight(Deadline(10.0))
    for hear in (broken, heard.append):
        flight.join(Deadline(10.0), hear)
    with pytest.raises(KeyError):
        flight.land(1)
    assert heard == [flight]


async def test_what_is_rendered_of_claims_tells_callers_apart() -> None:
    """A call that says who asks is that caller's."""
    released = asyncio.Event()
    process = Process(ScriptedSource({"a": waits(released)}))
    made = plan(inputs={"who": value("request.claims.sub")})
    claims = [Caller(name, {"sub": name}) for name in ("ada", "bob", "ada")]
    asked = [process.ask(made, caller=caller) for caller in claims]
    await settle()
    released.set()
    await asyncio.gather(*asked)
    assert process.calls == 2


@pytest.mark.parametrize("share", [Sharing.REQUEST, Sharing.NONE])
async def test_a_step_may_keep_to_its_request(share: Sharing) -> None:
    """What a write would see is nobody else's."""
    released = asyncio.Event()
    process = Process(ScriptedSource({"a": waits(released)}))
    asked = [process.ask(plan(share=share)) for _ in range(3)]
    await settle()
    released.set()
    await asyncio.gather(*asked)
    assert process.calls == 3


async def test_steps_that_share_nothing_ask_each_for_themselves() -> None:
    """``none`` holds within a request as well."""
    graph = node("a", target="t", share=Sharing.NONE)
    graph &= node("b", target="t", share=Sharing.NONE)
    process = Process(ScriptedSource({"a": answers(1), "b": answers(2)}))
    assert await process.ask(plan_of(graph)) == Ok(1)
    assert process.calls == 2


async def test_a_mutation_neither_joins_nor_is_joined() -> None:
    """What was asked before it may be what it is about to change."""
    released = asyncio.Event()
    process = Process(ScriptedSource({"a": waits(released)}))
    writing = replace(plan(), kind=OperationKind.MUTATION)
    asked = [process.ask(p) for p in (plan(), writing, writing, plan())]
    await settle()
    released.set()
    await asyncio.gather(*asked)
    assert process.calls == 3


async def test_one_waiters_cancellation_never_ends_the_call() -> None:
    """Not even that of the one who asked."""
    released = asyncio.Event()
    process = Process(ScriptedSource({"a": waits(released, 1)}))
    first, second = process.ask(plan()), process.ask(plan())
    await settle()
    first.cancel()
    await settle()
    assert process.source.cancelled == []
    released.set()
    assert await second == Ok(1, Provenance.SHARED)
    assert process.calls == 1


async def test_the_last_waiter_to_leave_ends_the_call() -> None:
    """Nobody wants it any more; who comes then asks anew."""
    process = Process(ScriptedSource({"a": [hangs(), answers(2)]}))
    asked = [process.ask(plan()) for _ in range(3)]
    await settle()
    for task in asked:
        task.cancel()
    third = process.ask(plan())
    assert await third == Ok(2)
    assert process.source.cancelled == ["a"]


async def test_one_waiters_deadline_never_ends_the_call() -> None:
    """The impatient one who asked leaves; the patient one gets the reply."""
    process = Process(ScriptedSource({"a": answers(1, after=2.0)}))
    impatient, patient = process.ask(plan(1.0)), process.ask(plan(10.0))
    came = await impatient
    assert isinstance(came, Failed)
    assert came.failure.code is Code.DEADLINE_EXCEEDED
    assert await patient == Ok(1, Provenance.SHARED)
    assert (process.calls, process.source.cancelled) == (1, [])
    assert LoopClock().now() == 2.0


async def test_a_failure_is_shared_as_well() -> None:
    """A source that is down is not asked once for each who waits."""
    process = Process(ScriptedSource({"a": fails(status=503, after=1.0)}))
    came = await asyncio.gather(*(process.ask(plan()) for _ in range(5)))
    assert {type(one) for one in came} == {Failed}
    assert process.calls == 1


async def test_steps_that_render_one_call_in_two_ways_share_it() -> None:
    """The key is the call, not the step that is configured for it."""
    graph = node("a", target="t", inputs={"id": value("id")})
    graph &= node("b", target="t", inputs={"id": value("'7'")})
    process = Process(ScriptedSource({"a": answers(1), "b": answers(2)}))
    assert await process.ask(plan_of(graph)) == Ok(1)
    assert process.calls == 1
