"""The steps that have joined a plan, by their ids, dependencies first.

In charge of which of them run whatever fails, and of those that are ruled out early.
Must never decide that a step joins: `joining` does.
"""

from __future__ import annotations

from collections.abc import Mapping

from gateway.plan.model import LeftOut, PlannedStep, Scope
from gateway.plan.places import Place, parents_at
from gateway.profile.model import Step
from gateway.record import Struct, field, replace
from gateway.values import Path, SourceSpan, StepId


class Joined(Struct):
    """The steps of one root field. ``planned`` grows in topological order.

    ``wanted`` are those that somebody reads whose own step did not fail.
    """

    root: Path
    shut: Mapping[SourceSpan, LeftOut]
    planned: dict[StepId, PlannedStep] = field(default_factory=dict)
    wanted: set[StepId] = field(default_factory=set)

    @property
    def steps(self) -> tuple[PlannedStep, ...]:
        """All of them; those that only a fallback needs are dormant."""
        awake = self._awake()
        return tuple(
            step if id_ in awake or step.gate else replace(step, dormant=True)
            for id_, step in self.planned.items()
        )

    def _awake(self) -> set[StepId]:
        """The steps that run whatever fails: what is wanted, and what that needs."""
        found: set[StepId] = set()
        ahead = [*self.wanted]
        while ahead:
            id_ = ahead.pop()
            if id_ not in found:
                found.add(id_)
                ahead += self.planned[id_].depends_on
        return found

    def id_of(self, path: Path, step: Step) -> StepId:
        """The step's own id: other steps may have its name and meet it at its path."""
        id_ = StepId(path, step.name)
        while (met := self.planned.get(id_)) and met.step is not step:
            id_ = StepId((*id_.path, f"<{step.fills or 'root'}>"), step.name)
        return id_

    def is_shut(self, id_: StepId, step: Step, here: Place) -> bool:
        """Let a step that is ruled out early join as such: it pulls nothing."""
        gate = self.shut.get(step.span)
        if gate is None:
            return False
        scope = Scope(self.root)
        self.planned[id_] = PlannedStep(
            id_, step, scope, frozenset(), parents_at(here), gate=gate
        )
        return True
