"""Rates, failures and durations of operations, steps and sources.

In charge of what is counted when a request ends, from what every step of it came to.
Nothing is counted while it runs. Must never raise, or name what a caller made up:
operations and steps are the configuration's.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping
from typing import Final, NamedTuple

from gateway.execution.model import (
    Ok,
    Provenance,
    ResultStore,
    Skipped,
    StepResult,
    Timing,
)
from gateway.plan.model import Plan
from gateway.record import Struct, field
from gateway.request.model import PlanWish
from gateway.telemetry.events import (
    AttemptFailed,
    Event,
    GenerationChanged,
    ReloadRejected,
)
from gateway.values import StepId
from gateway.watching.model import Ended
from gateway.watching.objectives import Kept
from gateway.watching.series import BOUNDS, Family, Series

_OPERATIONS: Final = 500
_STEPS: Final = 2_000
_PLANS: Final = 1_000
"""How many plans are remembered with their series; then all are forgotten."""
_WHOLE: Final = "whole"
_UPSTREAM: Final = Provenance.UPSTREAM
_NOTHING: Final = ResultStore()
"""What ran of a request of which nothing did."""
UNPLANNED: Final = ""
"""The operation of what was refused before there was a plan."""


class _Line(NamedTuple):
    """The series of one plan. ``plan`` keeps its identity from being another's."""

    plan: Plan
    operations: tuple[Series, ...]
    steps: Mapping[StepId, Series]


class Counted(Struct, eq=False):
    """Everything counted of one process since it started."""

    operations: Family = field(default_factory=lambda: Family(_OPERATIONS, _WHOLE))
    steps: Family = field(default_factory=lambda: Family(_STEPS, _UPSTREAM.value))
    failed_calls: Counter[tuple[str, str]] = field(default_factory=Counter)
    loads: Counter[str] = field(default_factory=lambda: Counter(taken=1))
    kept: Kept = field(default_factory=Kept)
    lines: dict[int, _Line] = field(default_factory=dict)

    def over(self, ended: Ended) -> None:
        """A request has ended. A dry run is none."""
        plan, store = ended.plan, ended.store
        if ended.request.plan is PlanWish.DRY_RUN:
            return
        if plan is None:
            self.operations.of(UNPLANNED).add(ended.verdict, ended.seconds)
            return
        self.ran(plan, store or _NOTHING, ended.verdict, ended.seconds)
        objectives = ended.generation.objectives
        if objectives is not None:
            self.kept.over(objectives, ended)

    # Note [counting costs]
    # This is done for every request: what nearly all steps and requests come to is
    # counted by the time that it took, and whatever else there is to say of one is
    # told apart first. What can be worked out from numbers is, when somebody asks.
    # Results and timings are settled together: they come in the same order.
    def ran(self, plan: Plan, store: ResultStore, verdict: str, seconds: float) -> None:
        """A plan has run to its end."""
        line = self.lines.get(id(plan)) or self._line(plan)
        for series in line.operations:
            if verdict == _WHOLE:
                series.buckets[bisect_left(BOUNDS, seconds)] += 1
                series.total += seconds
            else:
                series.add(verdict, seconds)
        steps = line.steps
        if store.all_own:
            for id_, timing in store.timings.items():
                series, took = steps[id_], timing.ended - timing.started
                series.buckets[bisect_left(BOUNDS, took)] += 1
                series.total += took
            return
        results = store.results.values()
        for (id_, timing), result in zip(store.timings.items(), results, strict=True):
            series = steps[id_]
            if result.__class__ is Ok and result.provenance is _UPSTREAM:
                took = timing.ended - timing.started
                series.buckets[bisect_left(BOUNDS, took)] += 1
                series.total += took
                if timing.attempts != 1:
                    series.more += timing.attempts - 1
            else:
                _unusual(series, result, timing)

    def _line(self, plan: Plan) -> _Line:
        if len(self.lines) >= _PLANS:
            self.lines.clear()
        names = dict.fromkeys(root.field.name for root in plan.roots)
        operations = tuple(self.operations.of(name) for name in names)
        steps = {
            s.id: self.steps.of(s.step.origin, s.step.name, s.step.source or "")
            for s in plan.steps
        }
        made = self.lines[id(plan)] = _Line(plan, operations, steps)
        return made

    def hear(self, event: Event) -> None:
        """What happens seldom, as it happens."""
        match event:
            case AttemptFailed(source=source, kind=kind):
                self.failed_calls[source, kind] += 1
            case GenerationChanged():
                self.loads["taken"] += 1
            case ReloadRejected():
                self.loads["rejected"] += 1


def _unusual(series: Series, result: StepResult, timing: Timing) -> None:
    """A step that came to something else than its source's answer."""
    if isinstance(result, Skipped):
        series.skipped += 1
        series.more += timing.attempts
        return
    told = result.provenance.value if isinstance(result, Ok) else "failed"
    series.add(told, timing.ended - timing.started)
    series.more += timing.attempts - 1


HEARD: Final = frozenset({AttemptFailed, GenerationChanged, ReloadRejected})
"""The events of which `Counted.hear` wants to know."""
