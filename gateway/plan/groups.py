"""Plan and parts of a document → which payload each step belongs to.

In charge of one question: whom does a payload wait for? The plan itself is the same as
for one answer: every step starts when its own dependencies have settled, whatever part
reads it. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from gateway.plan.model import (
    Groups,
    Plan,
    PlannedField,
    PlannedRoot,
    PlannedStep,
)
from gateway.plan.places import steps_of
from gateway.profile.model import Role
from gateway.record import Struct, field
from gateway.request.model import Chain, Deferral, Used
from gateway.values import StepId

_FIRST = -1
"""Whose number is no part's."""


def groups_of(plan: Plan, deferral: Deferral) -> Groups:
    """The groups of a plan's steps, by the parts of the document."""
    walk = _Walk({step.id: step for step in plan.steps})
    for root in plan.roots:
        walk.root(root, deferral.fields[root.field.key])
    first = walk.closure(walk.reads.pop(_FIRST, ()))
    later = {part: walk.closure(reads) - first for part, reads in walk.reads.items()}
    groups = {_FIRST: first, **later}
    own = {
        root.field.key: frozenset().union(*(groups[one] for one in walk.parts(root)))
        for root in plan.roots
    }
    breaking = frozenset(
        step.id
        for step in plan.steps
        if step.step.role is Role.REQUIRED and step.id in own[step.root]
    )
    firm = {
        root.field.key: walk.closure(
            {
                *always(root),
                *(id_ for id_ in breaking if walk.steps[id_].root == root.field.key),
            }
        )
        for root in plan.roots
    }
    reads = {part: frozenset(ids) for part, ids in walk.reads.items()}
    required = (s.id for s in plan.steps if s.step.role is Role.REQUIRED)
    must = walk.closure({*walk.stuck, *first.intersection(required)})
    return Groups(plan, first, later, breaking, firm, walk.needs, reads, must)


def last_parts(chains: Iterable[Chain]) -> frozenset[int]:
    """The parts that a field is delivered with: not those within another of them."""
    found = set(chains)
    if () in found:
        return frozenset({_FIRST})
    numbers = {chain[-1] for chain in found}
    return frozenset(
        chain[-1] for chain in found if not numbers.intersection(chain[:-1])
    )


def always(root: PlannedRoot) -> Iterator[StepId]:
    """What has to settle before a root field can have a value at all."""
    yield from steps_of(root.field.read)
    if root.null_if is not None:
        yield from steps_of(root.null_if)
    yield from (step.id for step in root.steps if step.step.always)


class _Walk(Struct):
    """Down the planned fields beside the parts that select them."""

    steps: Mapping[StepId, PlannedStep]
    reads: dict[int, set[StepId]] = field(default_factory=dict)
    needs: dict[int, frozenset[StepId]] = field(default_factory=dict)
    stuck: set[StepId] = field(default_factory=set)
    """What fields of the first payload read that have nothing nullable above them."""
    _roots: dict[str, frozenset[int]] = field(default_factory=dict)

    def root(self, root: PlannedRoot, used: Used) -> None:
        parts = self._roots[root.field.key] = last_parts(used.chains)
        for part in parts:
            self.reads.setdefault(part, set()).update(always(root))
        anchored = () not in used.chains or not root.field.type.non_null
        if not anchored:
            self.stuck.update(always(root))
        self._field(root.field, used, anchored=anchored)

    def parts(self, root: PlannedRoot) -> frozenset[int]:
        """The parts that a root field is delivered with."""
        return self._roots[root.field.key]

    def _field(self, planned: PlannedField, used: Used, *, anchored: bool) -> None:
        """`anchored`: the field, or one above it, may be left for later."""
        needs = self.needs[id(planned)] = steps_of(planned.read)
        if not anchored:
            self.stuck.update(needs)
        for part in last_parts(used.chains):
            self.reads.setdefault(part, set()).update(needs)
        for concrete, fields in planned.fields.items():
            for key, child in fields.items():
                below = used.fields[concrete][key]
                loose = anchored or () not in below.chains
                loose = loose or not child.type.non_null
                self._field(child, below, anchored=loose)

    def closure(self, ids: Iterable[StepId]) -> frozenset[StepId]:
        """The steps and all that they wait for."""
        found: set[StepId] = set()
        ahead = list(ids)
        while ahead:
            id_ = ahead.pop()
            if id_ not in found:
                found.add(id_)
                ahead.extend(self.steps[id_].depends_on)
        return frozenset(found)
