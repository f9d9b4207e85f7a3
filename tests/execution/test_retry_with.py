"""Further attempts that ask something else: of whom, behind which guards."""

from __future__ import annotations

import asyncio

from gateway.clock import LoopClock
from gateway.connectors.base import Slot
from gateway.errors import Code, ErrorClass
from gateway.execution.engine import Engine
from gateway.execution.guards.breaker import BreakerRule, Breakers
from gateway.execution.guards.bulkhead import Bulkhead, RetryBudget
from gateway.execution.model import Failed, Failure, Ok, Provenance
from gateway.execution.reading import Reader
from gateway.execution.upstream import Upstream
from gateway.profile.model import Instead, Retry
from gateway.telemetry.events import AttemptFailed, Event
from gateway.testing import ScriptedSource, answers, fails
from gateway.testing.source import Behaviour
from tests.kit import instance, node, plan_of, request, value

TARGET = "the other target"


def at(name: str, *script: Behaviour, **keys: object) -> Upstream:
    """A source that answers steps ``a`` and ``b`` by a script."""
    given: dict[str, object] = {"bulkhead": Bulkhead(8), "jitter": lambda: 0.0, **keys}
    scripted = ScriptedSource({"a": script, "b": script})
    return Upstream(name, scripted, **given)  # type: ignore[arg-type]


def with_(source: str = "other", *, attempts: int = 2, **inputs: str) -> Retry:
    """Further attempts of another source."""
    slots = {name: value(text) for name, text in inputs.items()}
    instead = Instead(source, TARGET, slots, "GET /other")
    return Retry(
        attempts, frozenset({"timeout", "connect", "reset", "5xx"}), None, instead
    )


async def ask(
    *upstreams: Upstream, events: list[Event] | None = None, **keys: object
) -> Reader:
    """One request of one step that asks source ``s`` first."""
    seen: list[Event] = [] if events is None else events
    engine = Engine({up.name: up for up in upstreams}, LoopClock(), seen.append)
    plan = plan_of(node("a", **{"retry": with_(), "origin": "customer", **keys}))
    return await engine.execute(plan, request(), {("customer",): {"id": "7"}})


def targets(upstream: Upstream) -> list[object]:
    """What a source was asked for, in turn."""
    scripted = upstream.source
    assert isinstance(scripted, ScriptedSource)
    return [(call.target, dict(call.inputs)) for call in scripted.calls]


async def test_further_attempts_go_elsewhere() -> None:
    """The first to the step's own source, all others to the other one."""
    first, other = (
        at("s", fails(status=503)),
        at("other", fails(status=500), answers("x")),
    )
    reader = await ask(first, other, retry=with_(attempts=3, size="id"))
    assert reader.store[instance("a")] == Ok("x")
    assert targets(first) == [("target of a", {})]
    assert targets(other) == [(TARGET, {"size": "7"})] * 2
    assert reader.store.timings[instance("a")].attempts == 3


async def test_what_answers_at_once_asks_nobody_else() -> None:
    """The other call is for failures only."""
    first, other = at("s", answers("x")), at("other", answers("y"))
    reader = await ask(first, other)
    assert reader.store[instance("a")] == Ok("x")
    assert (len(targets(first)), targets(other)) == (1, [])


async def test_the_last_failure_is_that_of_the_other_source() -> None:
    """With all calls counted; each is told with the source that failed."""
    events: list[Event] = []
    first = at("s", fails(ErrorClass.CONNECT))
    reader = await ask(first, at("other", fails(status=502)), events=events)
    message = "The source answered with status 502."
    assert reader.store[instance("a")] == Failed(
        Failure(Code.UPSTREAM_STATUS, message, 2, 502)
    )
    assert [e for e in events if isinstance(e, AttemptFailed)] == [
        AttemptFailed(
            "r", "customer.a", "s", 1, "UPSTREAM_UNREACHABLE", "connect", None, 0.0
        ),
        AttemptFailed("r", "customer.a", "other", 2, "UPSTREAM_STATUS", "status", 502),
    ]


async def test_the_other_source_has_to_afford_it() -> None:
    """Its budget is taken from, and each first attempt earns for both."""
    first = at("s", fails(status=503), budget=RetryBudget(0.0))
    budget = RetryBudget(0.2)
    budget.left = 0.8
    other = at("other", answers("x"), budget=budget)
    assert (await ask(first, other)).store[instance("a")] == Ok("x")
    assert budget.left == 0.0
    again = (await ask(first, other)).store[instance("a")]
    assert isinstance(again, Failed)
    assert again.failure.attempts == 1
    assert len(targets(other)) == 1


async def test_the_other_sources_breaker_is_asked() -> None:
    """Open, it is not called, and the first failure is told."""
    breakers = Breakers(BreakerRule(0.5, 10.0, 1, 5.0))
    breaker = breakers.of("GET /other")
    assert breaker is not None
    breaker.opened = LoopClock().now()
    other = at("other", answers("x"), breakers=breakers)
    reader = await ask(at("s", fails(status=503)), other)
    result = reader.store[instance("a")]
    assert isinstance(result, Failed)
    assert (result.failure.status, targets(other)) == (503, [])


async def test_the_other_source_has_slots_of_its_own() -> None:
    """A first source without a free one is no hindrance."""
    first = at("s", fails(status=503), bulkhead=Bulkhead(1))
    other = at("other", answers("x", after=0.5), bulkhead=Bulkhead(1))
    asking = asyncio.create_task(ask(first, other))
    await asyncio.sleep(0.1)
    assert (first.bulkhead.running, other.bulkhead.running) == (0, 1)
    assert (await asking).store[instance("a")] == Ok("x")


async def test_the_other_endpoint_is_measured_for_itself() -> None:
    """What it takes says nothing of the step's own."""
    first = at("s", fails(status=503))
    other = at("other", answers("x"))
    for _ in range(20):
        other.budget.left = first.budget.left = 9.0
        await ask(first, other)
    now = LoopClock().now()
    assert first.latencies.of("").percentile(50, now) is None
    assert other.latencies.of("GET /other").percentile(50, now) == 0.0


async def test_steps_whose_other_calls_differ_share_nothing() -> None:
    """Equal calls are one call only where they would also fail alike."""
    first, other = at("s", fails(status=503)), at("other", answers("x"))
    engine = Engine({"s": first, "other": other}, LoopClock(), lambda _: None)
    same = {"target": "one", "origin": "customer"}
    graph = node("a", **same, retry=with_(size="id")) & node(
        "b", **same, retry=with_(size="'9'")
    )
    await engine.execute(plan_of(graph), request(), {("customer",): {"id": "7"}})
    assert sorted(map(str, targets(other))) == [
        f"('{TARGET}', {{'size': '7'}})",
        f"('{TARGET}', {{'size': '9'}})",
    ]


async def test_steps_whose_other_calls_are_equal_share_the_answer() -> None:
    """It is the answer to the call that both asked for."""
    first, other = at("s", fails(status=503)), at("other", answers("x"))
    engine = Engine({"s": first, "other": other}, LoopClock(), lambda _: None)
    same = {"target": Slot("t"), "inputs": {"t": value("id")}, "origin": "customer"}
    graph = node("a", **same, retry=with_()) & node("b", **same, retry=with_())
    reader = await engine.execute(
        plan_of(graph), request(), {("customer",): {"id": "7"}}
    )
    assert [reader.store[instance(n)] for n in "ab"] == [
        Ok("x"),
        Ok("x", Provenance.SHARED),
    ]
    assert (len(targets(first)), len(targets(other))) == (1, 1)
