"""Which chain of a plan decides how long it may take."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.plan.model import PlannedStep
from gateway.values import StepId


def critical_path(steps: Sequence[PlannedStep]) -> tuple[StepId, ...]:
    """The chain of dependent steps with the longest sum of timeouts, first to last.

    Takes the steps in topological order. Of equally long chains the first one wins.
    """
    longest: dict[StepId, tuple[float, StepId | None]] = {}
    for step in steps:
        if step.gate is not None or step.dormant:
            continue
        before = max(
            (d for d in sorted(step.depends_on) if d in longest),
            key=lambda d: longest[d][0],
            default=None,
        )
        reached = longest[before][0] if before else 0.0
        longest[step.id] = (reached + step.step.timeout, before)
    if not longest:
        return ()
    last: StepId | None = max(longest, key=lambda s: longest[s][0])
    chain = []
    while last is not None:
        chain.append(last)
        last = longest[last][1]
    return tuple(reversed(chain))
