"""The order of a plan's steps, worked out once for all requests that run it.

In charge of who waits for whom. Holds nothing of a request.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gateway.plan.model import Plan, PlannedRoot, PlannedStep
from gateway.record import Model, replace
from gateway.request.model import OperationKind
from gateway.values import StepId


class Course(Model, frozen=True):
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
    series: tuple[Course, ...] = ()
    """Of a mutation the courses of its roots, which run one after the other."""
    keyed: tuple[PlannedRoot, ...] = ()
    """Its roots that may be asked under a key, and are then done once."""

    @classmethod
    def of(cls, plan: Plan) -> Course:
        """The course of a plan."""
        made = cls._of(plan)
        if plan.kind is not OperationKind.MUTATION:
            return made
        keyed = (r for r in plan.roots if r.profile and r.profile.idempotency)
        series = tuple(cls._of(one) for one in _apart(plan))
        return replace(made, series=series, keyed=tuple(keyed))

    @classmethod
    def _of(cls, plan: Plan) -> Course:
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


def _apart(plan: Plan) -> Iterator[Plan]:
    """Each root as a plan of its own, whose steps wait for none of another root."""
    for root in plan.roots:
        own = {step.id for step in root.steps}
        steps = tuple(
            replace(step, depends_on=step.depends_on & own) for step in root.steps
        )
        yield Plan(plan.kind, (replace(root, steps=steps),), (), plan.digest)
