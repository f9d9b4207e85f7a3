"""An endpoint that keeps failing is left alone for a while."""

from __future__ import annotations

import asyncio

import pytest

from gateway.clock import LoopClock
from gateway.errors import Code, ErrorClass, UpstreamError
from gateway.execution.calls.verdicts import verdict
from gateway.execution.engine import Engine
from gateway.execution.guards.breaker import (
    Breaker,
    BreakerRule,
    Breakers,
    Leave,
    Outcome,
)
from gateway.execution.guards.bulkhead import Bulkhead
from gateway.execution.model import Failed, Failure, Ok
from gateway.execution.upstream import Upstream
from gateway.telemetry.events import unobserved
from gateway.testing import ScriptedSource, answers, fails, hangs
from tests.kit import instance, node, plan_of, request

RULE = BreakerRule()
UNAVAILABLE = Failed(
    Failure(
        Code.UPSTREAM_UNAVAILABLE,
        "The source is not asked at the moment: it kept failing.",
        attempts=0,
    )
)


def _after(outcomes: str, *, every: float = 0.0) -> Breaker:
    """A breaker that saw `x` fail and `.` work, one after the other."""
    breaker = Breaker(RULE)
    for number, seen in enumerate(outcomes):
        outcome = Outcome.FAILS if seen == "x" else Outcome.WORKS
        breaker.record(Leave.GO, outcome, number * every)
    return breaker


@pytest.mark.parametrize(
    ("outcomes", "every", "opens"),
    [
        ("x" * 19, 0.0, False),
        ("x" * 20, 0.0, True),
        (".x" * 10, 0.0, True),
        ("." * 11 + "x" * 9, 0.0, False),
        ("x" * 100, 1.0, False),
        ("x" * 100, 0.1, True),
        ("x" * 9 + "." * 100, 0.2, False),
    ],
)
def test_it_opens_at_half_of_twenty_calls_in_ten_seconds(
    outcomes: str, every: float, *, opens: bool
) -> None:
    """Few calls and old ones decide nothing."""
    assert (_after(outcomes, every=every).opened is not None) is opens


def test_open_means_five_seconds_of_no_calls_then_one() -> None:
    """The one decides for the others, which stay away until it has."""
    breaker = _after("x" * 20)
    assert [breaker.decide(at) for at in (0.0, 4.9, 5.0, 5.0)] == [
        Leave.STAY,
        Leave.STAY,
        Leave.TRY,
        Leave.STAY,
    ]


def test_a_try_that_works_closes_it() -> None:
    """And nothing of the bad times is left."""
    breaker = _after("x" * 20)
    breaker.record(breaker.decide(5.0), Outcome.WORKS, 5.1)
    assert breaker.decide(5.1) is Leave.GO
    breaker.record(Leave.GO, Outcome.FAILS, 5.2)
    assert breaker.decide(5.2) is Leave.GO


def test_a_try_that_fails_opens_it_again() -> None:
    """For as long again."""
    breaker = _after("x" * 20)
    breaker.record(breaker.decide(5.0), Outcome.FAILS, 6.0)
    assert [breaker.decide(at) for at in (10.9, 11.0)] == [Leave.STAY, Leave.TRY]


def test_a_try_that_was_given_up_leaves_the_try_to_the_next() -> None:
    """A client that leaves never keeps a source closed."""
    breaker = _after("x" * 20)
    breaker.record(breaker.decide(5.0), Outcome.UNKNOWN, 5.1)
    assert breaker.decide(5.1) is Leave.TRY


def test_late_answers_of_old_calls_do_not_close_it() -> None:
    """Only the try decides."""
    breaker = _after("x" * 20)
    breaker.record(Leave.GO, Outcome.WORKS, 1.0)
    assert breaker.decide(1.0) is Leave.STAY


@pytest.mark.parametrize(
    ("kind", "status", "outcome"),
    [
        (ErrorClass.TIMEOUT, None, Outcome.FAILS),
        (ErrorClass.CONNECT, None, Outcome.FAILS),
        (ErrorClass.RESET, None, Outcome.FAILS),
        (ErrorClass.INVALID, None, Outcome.FAILS),
        (ErrorClass.STATUS, 500, Outcome.FAILS),
        (ErrorClass.STATUS, 429, Outcome.FAILS),
        (ErrorClass.STATUS, 408, Outcome.FAILS),
        (ErrorClass.STATUS, 404, Outcome.WORKS),
        (ErrorClass.STATUS, 302, Outcome.WORKS),
        (ErrorClass.REJECTED, None, Outcome.UNKNOWN),
        (ErrorClass.QUERY, None, Outcome.UNKNOWN),
    ],
)
def test_only_the_sources_own_troubles_count(
    kind: ErrorClass, status: int | None, outcome: Outcome
) -> None:
    """What the caller asked wrongly says that the source works."""
    assert verdict(UpstreamError("", kind=kind, status=status)) is outcome


def _guarded(source: ScriptedSource) -> Upstream:
    return Upstream("s", source, Bulkhead(64), breakers=Breakers(RULE))


async def _ask(upstream: Upstream, name: str = "a", **keys: object) -> object:
    """One request with one step; its deadline is a second."""
    engine = Engine({"s": upstream}, LoopClock(), unobserved)
    graph = node(name, endpoint=f"GET /{name}", **keys)
    reader = await engine.execute(plan_of(graph, deadline=1.0), request(), {})
    return reader.store[instance(name)]


async def test_a_dead_endpoint_is_asked_twenty_times_and_recovers_in_five_seconds() -> (
    None
):
    """Others of its source are asked all the time."""
    source = ScriptedSource({"a": [fails(status=500)] * 20 + [answers("back")]})
    upstream = _guarded(source)
    came = [await _ask(upstream) for _ in range(100)]
    assert source.counts == {"a": 20}
    assert came[20:] == [UNAVAILABLE] * 80
    source.script = {**source.script, "b": answers("fine")}
    assert await _ask(upstream, "b") == Ok("fine")
    await asyncio.sleep(5.0)
    assert [await _ask(upstream) for _ in range(2)] == [Ok("back")] * 2


async def test_an_endpoint_that_hangs_is_left_alone_though_deadlines_cut_it() -> None:
    """Each call had all the time that its operation had."""
    source = ScriptedSource({"a": hangs()})
    upstream = _guarded(source)
    await asyncio.gather(*(_ask(upstream) for _ in range(20)))
    assert await _ask(upstream) == UNAVAILABLE
    assert source.counts == {"a": 20}


async def test_a_client_that_leaves_says_nothing_about_a_source() -> None:
    """Cancelled calls are no failures."""
    source = ScriptedSource({"a": hangs()})
    upstream = _guarded(source)
    asking = [asyncio.create_task(_ask(upstream)) for _ in range(30)]
    await asyncio.sleep(0.5)
    for each in asking:
        each.cancel()
    await asyncio.gather(*asking, return_exceptions=True)
    source.script = {"a": answers("fine")}
    assert await _ask(upstream) == Ok("fine")


def test_whoever_wants_to_hears_of_each_endpoint_that_opens_and_closes() -> None:
    """Once each, however many tries there are between."""
    heard: list[tuple[str, float | None]] = []
    breakers = Breakers(BreakerRule(min_calls=1), lambda *said: heard.append(said))
    breaker = breakers.of("a")
    assert breaker is not None
    breaker.record(Leave.GO, Outcome.FAILS, 1.0)
    breaker.record(Leave.GO, Outcome.FAILS, 1.5)
    breaker.record(breaker.decide(6.0), Outcome.FAILS, 7.0)
    assert list(breakers.open()) == [("a", breaker)]
    assert (breaker.since, breaker.rests(11.9), breaker.rests(12.0)) == (
        1.0,
        True,
        False,
    )
    breaker.record(breaker.decide(12.0), Outcome.WORKS, 13.0)
    assert heard == [("a", None), ("a", 12.0)]
    assert list(breakers.open()) == []


def test_breakers_are_bounded() -> None:
    """Endpoints that reloads dropped do not pile up."""
    breakers = Breakers(RULE)
    first = breakers.of("0")
    for number in range(1_001):
        breakers.of(str(number))
    assert len(breakers._known) == 1_000
    assert breakers.of("0") is not first
