"""The order of a plan's steps, worked out once for all requests that run it.

In charge of who waits for whom. Holds nothing of a request.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.plan.model import Plan, PlannedStep
from gateway.values import StepId


@dataclass(frozen=True, slots=True)
class Course:
    """A plan, and where each of its steps begins.

    ``waiting`` says for how many others each step waits, ``dependents`` who waits for
    one, ``first`` are those that wait for nobody. ``sleeps``: some start only when a
    ladder reaches them. ``alarmed``: somebody wants to be told of some that fail.
    """

    plan: Plan
    waiting: Mapping[StepId, int]
    dependents: Mapping[StepId, tuple[PlannedStep, ...]]
    first: tuple[PlannedStep, ...]
    sleeps: bool
    alarmed: bool

    @classmethod
    def of(cls, plan: Plan) -> Course:
        steps = plan.steps
        dependents: dict[StepId, list[PlannedStep]] = {}
        for step in steps:
            for dependency in step.depends_on:
                dependents.setdefault(dependency, []).append(step)
        return cls(
            plan,
            {step.id: len(step.depends_on) for step in steps},
            {id_: tuple(those) for id_, those in dependents.items()},
            tuple(s for s in steps if not s.depends_on and not s.dormant),
            any(step.dormant for step in steps),
            any(step.step.escalate is not None for step in steps),
        )
