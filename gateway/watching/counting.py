"""Rates, failures and durations of operations, steps and sources.

In charge of what is counted when a request ends, from what every step of it came to.
Nothing is counted while it runs. Must never raise, or name what a caller made up:
operations and steps are the configuration's.
"""

from __future__ import annotations

from collections import Counter
from typing import Final, NamedTuple

from gateway.execution.model import Failed, Ok
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
from gateway.watching.series import Family, Series

_OPERATIONS: Final = 500
_STEPS: Final = 2_000
_PLANS: Final = 1_000
"""How many plans are remembered with their series; then all are forgotten."""
UNPLANNED: Final = ""
"""The operation of what was refused before there was a plan."""


class _Line(NamedTuple):
    """The series of one plan. ``plan`` keeps its identity from being another's."""

    plan: Plan
    operations: tuple[Series, ...]
    steps: tuple[tuple[StepId, Series], ...]


class Counted(Struct, eq=False):
    """Everything counted of one process since it started."""

    operations: Family = field(default_factory=lambda: Family(_OPERATIONS))
    steps: Family = field(default_factory=lambda: Family(_STEPS))
    failed_calls: Counter[tuple[str, str]] = field(default_factory=Counter)
    loads: Counter[str] = field(default_factory=lambda: Counter(taken=1))
    kept: Kept = field(default_factory=Kept)
    lines: dict[int, _Line] = field(default_factory=dict)

    def over(self, ended: Ended) -> None:
        """A request has ended. A dry run is none."""
        plan = ended.plan
        if ended.request.plan is PlanWish.DRY_RUN:
            return
        if plan is None:
            self.operations.of(UNPLANNED).add(ended.verdict, ended.seconds)
            return
        line = self.lines.get(id(plan)) or self._line(plan)
        verdict, seconds = ended.verdict, ended.seconds
        for series in line.operations:
            series.add(verdict, seconds)
        if ended.store is not None:
            self._ran(ended, line)
        objectives = ended.generation.objectives
        if objectives is not None:
            self.kept.over(objectives, ended)

    def _ran(self, ended: Ended, line: _Line) -> None:
        assert ended.store is not None, "it ran"  # noqa: S101
        results, timings = ended.store.results, ended.store.timings
        for id_, series in line.steps:
            result = results.get(id_)
            if result is None:
                continue
            timing, kind = timings[id_], result.__class__
            if kind is Ok:
                told = result.provenance._value_  # type: ignore[union-attr]
                series.add(told, timing.ended - timing.started)
            elif kind is Failed:
                series.add("failed", timing.ended - timing.started)
            else:
                series.skip()
            series.calls += timing.attempts

    def _line(self, plan: Plan) -> _Line:
        if len(self.lines) >= _PLANS:
            self.lines.clear()
        names = dict.fromkeys(root.field.name for root in plan.roots)
        operations = tuple(self.operations.of(name) for name in names)
        steps = tuple(
            (s.id, self.steps.of(s.step.origin, s.step.name, s.step.source or ""))
            for s in plan.steps
        )
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


HEARD: Final = frozenset({AttemptFailed, GenerationChanged, ReloadRejected})
"""The events of which `Counted.hear` wants to know."""
