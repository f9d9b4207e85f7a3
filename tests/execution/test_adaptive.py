"""A source takes as many calls at a time as it takes without getting slow."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import ErrorClass, UpstreamError
from gateway.execution.guards.adaptive import End, Gradient, Heard
from gateway.execution.guards.bulkhead import Bulkhead, ending

EASE = 0.05
ROOM = 10


@dataclass(slots=True)
class Server:
    """Serves ten calls at a time at ease; with more it gets slower than they wait."""

    ease: float = EASE
    running: int = 0
    most: int = 0

    async def serve(self) -> None:
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            crowd = max(1.0, self.running / ROOM)
            await asyncio.sleep(self.ease * crowd**1.5)
        finally:
            self.running -= 1


@dataclass(slots=True)
class Crowd:
    """Clients of one server that come at a steady pace and leave after a second."""

    bulkhead: Bulkhead
    server: Server
    answered: list[float] = field(default_factory=list)
    shed: int = 0
    late: int = 0

    async def come(self, each_second: int, seconds: float) -> None:
        async with asyncio.TaskGroup() as clients:
            for _ in range(int(each_second * seconds)):
                clients.create_task(self._ask())
                await asyncio.sleep(1 / each_second)

    async def _ask(self) -> None:
        began = asyncio.get_running_loop().time()
        if self.bulkhead.sheds(1.0):
            self.shed += 1
            return
        try:
            slot = self.bulkhead.slot("a", lambda: began + 1.0)
            async with asyncio.timeout_at(began + 1.0), slot:
                await self.server.serve()
        except TimeoutError:
            self.late += 1
        else:
            self.answered.append(asyncio.get_running_loop().time() - began)


async def _crowd(each_second: int, gradient: Gradient | None) -> Crowd:
    """Twenty seconds of a load on a source that is configured for far too many."""
    crowd = Crowd(Bulkhead(64, 128, gradient=gradient), Server())
    await crowd.come(each_second, 20.0)
    return crowd


async def test_without_it_a_load_beyond_the_source_ruins_it() -> None:
    """Half as much again as it can do: of 300 calls a second it answers 10."""
    crowd = await _crowd(300, None)
    assert len(crowd.answered) < 20 * 10
    assert crowd.late > 20 * 100
    assert crowd.server.most == 64


@pytest.mark.parametrize("each_second", [300, 400, 800])
async def test_with_it_throughput_holds_and_latency_stays_bounded(
    each_second: int,
) -> None:
    """Eight tenths of the most that the source can do; the rest is told at once."""
    crowd = await _crowd(each_second, Gradient(4, 64))
    assert len(crowd.answered) > 20 * 200 * 0.75
    assert max(crowd.answered) < 0.5
    assert crowd.late == 0
    assert crowd.shed > 0


async def test_a_load_that_the_source_bears_loses_nothing_by_it() -> None:
    """Nobody waits, nobody is shed."""
    crowd = await _crowd(150, Gradient(4, 64))
    assert crowd.answered == pytest.approx([EASE] * 3_000)


async def test_it_recovers_as_soon_as_the_load_goes() -> None:
    """Two seconds after ten times too much, all are answered at ease again."""
    crowd = await _crowd(2_000, Gradient(4, 64))
    await crowd.come(150, 2.0)
    crowd.answered.clear()
    shed = crowd.shed
    await crowd.come(150, 10.0)
    assert crowd.answered == pytest.approx([EASE] * 1_500)
    assert crowd.shed == shed


async def test_a_source_that_is_slower_for_good_gets_its_calls_all_the_same() -> None:
    """What is usual is measured again, at ease, within some minutes of pressure."""
    crowd = await _crowd(150, Gradient(4, 64))
    crowd.server.ease = 3 * EASE
    await crowd.come(60, 300.0)
    crowd.answered.clear()
    await crowd.come(60, 60.0)
    assert len(crowd.answered) > 60 * 60 * 0.95


def _answered(count: int, seconds: float, **keys: object) -> list[Heard]:
    given: dict[str, Any] = {"endpoint": "a", "running": 20, "end": End.ANSWERED}
    return [Heard(seconds=seconds, **{**given, **keys}) for _ in range(count)]


def _hear(gradient: Gradient, calls: list[Heard], *, begin: float = 0.0) -> None:
    """The calls end one after the other, within a second."""
    for number, call in enumerate(calls):
        gradient.hear(call, begin + number / len(calls))


def test_a_slow_endpoint_beside_fast_ones_is_no_sign_of_load() -> None:
    """Each is held against itself."""
    gradient = Gradient(4, 64)
    fast, slow = _answered(50, 0.01), _answered(50, 2.0, endpoint="b")
    _hear(gradient, [call for pair in zip(fast, slow, strict=True) for call in pair])
    assert gradient.level > 40


def test_a_limit_that_nobody_needs_does_not_grow() -> None:
    """What few calls take says nothing of many."""
    gradient = Gradient(4, 64)
    _hear(gradient, _answered(100, 0.01, running=5))
    assert gradient.limit == 20


def test_after_a_minute_of_pressure_what_is_usual_is_measured_again() -> None:
    """Held down for ten answers at ease; then the limit is what it was before."""
    gradient = Gradient(4, 64)
    _hear(gradient, _answered(10, 0.1, running=1))
    _hear(gradient, _answered(50, 0.25), begin=30.0)
    level = gradient.level
    assert gradient.limit == int(level) > 4
    _hear(gradient, _answered(10, 0.25), begin=70.0)
    assert (gradient.limit, gradient.level) == (4, level)
    _hear(gradient, _answered(10, 0.25, running=4), begin=71.0)
    assert gradient.limit == int(level)


def test_a_refusal_halves_it_once_for_all_that_were_on_their_way() -> None:
    """Calls that began before the cut tell nothing new."""
    gradient = Gradient(4, 64)
    for _ in range(20):
        gradient.hear(Heard("a", 0.5, 20, End.REFUSED), 10.0)
    assert gradient.limit == 10
    gradient.hear(Heard("a", 0.5, 10, End.REFUSED), 11.0)
    assert gradient.limit == 5


def test_a_call_that_was_cut_before_its_usual_time_says_nothing() -> None:
    """It had too little time left when it got its slot."""
    gradient = Gradient(4, 64)
    _hear(gradient, _answered(10, 0.5, running=1))
    gradient.hear(Heard("a", 0.4, 20, End.LATE), 10.0)
    assert gradient.limit == 20
    gradient.hear(Heard("a", 0.6, 20, End.LATE), 20.0)
    assert gradient.limit == 10


@pytest.mark.parametrize(
    ("kind", "status", "end"),
    [
        (ErrorClass.TIMEOUT, None, End.LATE),
        (ErrorClass.STATUS, 429, End.REFUSED),
        (ErrorClass.STATUS, 503, End.REFUSED),
        (ErrorClass.STATUS, 504, End.REFUSED),
        (ErrorClass.STATUS, 404, End.ANSWERED),
        (ErrorClass.STATUS, 500, End.UNKNOWN),
        (ErrorClass.CONNECT, None, End.UNKNOWN),
        (ErrorClass.INVALID, None, End.UNKNOWN),
    ],
)
def test_what_a_failure_says_of_load(
    kind: ErrorClass, status: int | None, end: End
) -> None:
    """A quick failure is no sign of speed."""
    assert ending(UpstreamError("", kind=kind, status=status), cut=False) is end


def test_what_the_end_of_a_wait_says_of_load() -> None:
    """A client that leaves says nothing; time that is over does."""
    left = asyncio.CancelledError()
    assert ending(left, cut=False) is End.UNKNOWN
    assert ending(left, cut=True) is End.LATE
    assert ending(ValueError(), cut=True) is End.UNKNOWN
    assert ending(None, cut=False) is End.ANSWERED


HEARD = st.builds(
    Heard,
    st.sampled_from("abc"),
    st.floats(0, 100),
    st.integers(1, 200),
    st.sampled_from(End),
)


@given(
    st.tuples(st.integers(1, 50), st.integers(0, 100)),
    st.lists(st.tuples(HEARD, st.floats(0, 30), st.integers(1, 30)), max_size=60),
)
def test_it_never_leaves_its_bounds(
    bounds: tuple[int, int], heard: list[tuple[Heard, float, int]]
) -> None:
    """Whatever is heard, in whatever time."""
    least, more = bounds
    gradient, now = Gradient(least, least + more), 0.0
    for call, pause, times in heard:
        now += pause
        for _ in range(times):
            gradient.hear(call, now)
            assert least <= gradient.limit <= least + more
            assert least <= gradient.level <= least + more


def test_endpoints_are_bounded() -> None:
    """Those that reloads dropped do not pile up."""
    gradient = Gradient(4, 64)
    for number in range(1_100):
        gradient.hear(Heard(str(number), 0.1, 1, End.ANSWERED), float(number))
    assert len(gradient._usual) == 1_000
