"""A law: however the calls of a request leave, what they come to is the same.

Random plans, requests and sources with moods; step by step without runways, on them,
and by sprints. `--hypothesis-profile=thorough` tries 10,000.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from gateway.cache.base import NoCache
from gateway.clock import LoopClock
from gateway.execution.calls.caching import Abroad, Commons
from gateway.execution.course import Course
from gateway.execution.engine import Engine
from gateway.execution.guards.breaker import BreakerRule, Breakers
from gateway.execution.guards.bulkhead import Bulkhead
from gateway.execution.model import Join, Ok, StepResult
from gateway.execution.upstream import Upstream
from gateway.record import asdict
from gateway.request.model import RequestContext
from gateway.telemetry.events import Event
from gateway.testing import run_virtual
from tests.kit import request
from tests.laws.moody import MOODS, Moody, OnLanes
from tests.laws.plans import SOURCES, random_plan

CASES = 5
"""Of one example: each takes some milliseconds."""


class Stepwise(Engine):
    """One that never sprints."""

    def _ways_of(self, course: Course) -> object:  # type: ignore[override]
        return super()._ways_of(course)._replace(track=None)


WAYS: tuple[tuple[type[Engine], type[Moody]], ...] = (
    (Stepwise, Moody),
    (Stepwise, OnLanes),
    (Engine, OnLanes),
)


@dataclass
class Asked:
    """A request: when it comes, when its client leaves, and for what it asks."""

    at: float
    leaves: float | None
    arg: object


@dataclass
class Case:
    """What is the same however calls leave."""

    seed: str
    course: Course
    requests: list[Asked]
    limit: int
    queue: int | None
    calls: int | None
    """How many one request may make."""
    failures: int
    """Of how many calls a breaker opens."""
    shares: bool

    @classmethod
    def of(cls, seed: str) -> Case:
        rng = Random(seed)  # noqa: S311 - chance, no secret
        count = rng.choice([1, 1, 2, 3, 5])
        return cls(
            seed,
            Course.of(random_plan(rng)),
            [_asked(rng, number) for number in range(count)],
            rng.choice([1, 2, 5, 50, 50]),
            rng.choice([None, None, 0, 1]),
            rng.choice([None, None, None, 4, 6, 8]),
            rng.choice([2, 5, 100]),
            rng.random() < 0.85,
        )


def _asked(rng: Random, number: int) -> Asked:
    """One after the other, so that no two of their calls end at one moment."""
    at = rng.choice([0.0, 0.0, rng.uniform(0, 0.5), rng.uniform(0, 4)])
    leaves = rng.uniform(0.1, 4) if rng.random() < 0.15 else None
    return Asked(
        at + number * 0.0137, leaves, rng.choice(["x", "x", "y", "a b", "", None, 7])
    )


@dataclass
class World:
    """A case under way; what was told, asked and left behind."""

    case: Case
    sources: Mapping[str, Moody]
    engine: Engine
    told: Counter[str] = field(default_factory=Counter)
    turned: list[tuple[str, float | None]] = field(default_factory=list)

    @classmethod
    def of(cls, case: Case, way: tuple[type[Engine], type[Moody]]) -> World:
        kind, source = way
        mood = Random(case.seed).choice(MOODS)  # noqa: S311 - as above
        sources = {name: source(f"{case.seed} {name}", mood) for name in SOURCES}
        abroad = Abroad(Commons(), NoCache(), nullcontext()) if case.shares else None
        engine = kind({}, LoopClock(), lambda _: None, abroad)
        engine.most_calls = case.calls
        made = cls(case, sources, engine)
        engine.upstreams = {n: made.upstream(n, one) for n, one in sources.items()}
        engine.observe, engine.exceeded = made.hears, made.exceeds
        return made

    def upstream(self, name: str, source: Moody) -> Upstream:
        rule = BreakerRule(min_calls=self.case.failures, open=2.0)
        breakers = Breakers(rule, lambda e, _: self.told.update([f"{name} {e} turned"]))
        guard = Bulkhead(self.case.limit, self.case.queue)
        return Upstream(name, source, guard, breakers=breakers, jitter=lambda: 0.0)

    def hears(self, event: Event) -> None:
        """Events are told apart by all but times, and by bugs' words."""
        said = {k: v for k, v in asdict(event).items() if k not in ("seconds", "mark")}
        said["error"] = repr(said.get("error"))
        self.told[f"{type(event).__name__} {sorted(said.items())}"] += 1

    def exceeds(self, who: RequestContext, calls: int) -> None:
        self.told[f"{who.request_id} wants {calls}"] += 1

    async def ran(self) -> object:
        """What all requests came to, what was told and asked, and what is left."""
        each = map(self.one, range(len(self.case.requests)), self.case.requests)
        came = await asyncio.gather(*each)
        await asyncio.sleep(60)
        held = [
            (one.bulkhead.running, one.bulkhead.waiting)
            for one in self.engine.upstreams.values()
        ]
        left = [one.open for one in self.sources.values()], held
        air = self.engine.abroad.commons.in_flight if self.engine.abroad else ()
        assert (left, len(air)) == (([0] * 3, [(0, 0)] * 3), 0)
        return came, self.told, [one.asked for one in self.sources.values()]

    async def one(self, number: int, asked: Asked) -> object:
        await asyncio.sleep(asked.at)
        who = request(request_id=f"q{number}")
        roots = self.case.course.plan.roots
        given = {(root.field.key,): {"arg": asked.arg} for root in roots}
        executing = self.engine.execute(self.case.course, who, given)
        try:
            store = (await asyncio.wait_for(executing, asked.leaves)).store
        except TimeoutError:
            return "left"
        return (
            {id_: _told(result) for id_, result in store.results.items()},
            {
                id_: (round(one.started, 2), round(one.ended, 2), one.attempts)
                for id_, one in store.timings.items()
            },
            store.broken,
        )


def _told(result: StepResult) -> object:
    """Objects by what they are, as no two runs have the same; in no order."""
    if not isinstance(result, Ok) or not isinstance(result.value, Join):
        return repr(result)
    join = result.value
    each = {id(parent): parent for parent in join.parents}.values()
    return sorted(f"{one} {join.of(one)}" for one in each), asdict(join.counts)


@given(st.integers(0, 2**40))
def test_calls_are_the_same_however_they_leave(seed: int) -> None:
    """Results, times, attempts, events, calls; and no slot or flight is left behind."""
    for number in range(CASES):
        case = Case.of(f"{seed} {number}")
        first, *others = (run_virtual(World.of(case, way).ran()) for way in WAYS)
        for other in others:
            assert other == first, case.seed


def test_random_plans_are_often_run_by_sprints() -> None:
    """Else the law would say little."""
    sprints = 0
    for number in range(100):
        case = Case.of(f"often {number}")
        world = World.of(case, WAYS[-1])
        run_virtual(world.ran())
        ways = world.engine._ways_of(case.course)
        sprints += ways.track is not None
    assert sprints > 20
