"""Steps that are not waited for → the fields that come later for it.

In charge of leaving nothing behind that could not stand there: a field that cannot be
null takes its nearest nullable parent with it. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gateway.plan.groups import always
from gateway.plan.model import Groups, Late, PlannedField
from gateway.record import Struct, field
from gateway.request.model import Deferral, Used
from gateway.values import Path, StepId

_NOTHING = frozenset[StepId]()


def late_fields(
    groups: Groups, deferral: Deferral, unsettled: frozenset[StepId]
) -> tuple[Late, ...]:
    """The fields of the first payload that cannot be in it as things stand.

    Those within another one come later than that, or with it.
    """
    held = unsettled & groups.first
    if not held:
        return ()
    walk = _Walk(groups, held)
    for root in groups.plan.roots:
        used = deferral.fields[root.field.key]
        if () in used.chains:
            walk.field(root.field, used, always(root), (root.field.key,))
    return tuple(walk.found)


def says_something(
    groups: Groups,
    deferral: Deferral,
    unsettled: frozenset[StepId],
    late: Iterable[Late],
) -> bool:
    """Whether there is anything to tell, though some fields come later.

    A first payload of empty objects would only make clients show that nothing is there.
    """
    if groups.first and groups.first <= unsettled:
        return False
    told = {key for key, used in deferral.fields.items() if () in used.chains}
    gone = {one.path[0] for one in late if len(one.path) == 1}
    return not told or bool(told - gone)


class _Walk(Struct):
    groups: Groups
    held: frozenset[StepId]
    found: list[Late] = field(default_factory=list)

    def field(
        self, planned: PlannedField, used: Used, needs: Iterable[StepId], path: Path
    ) -> frozenset[StepId]:
        """What the field above has to wait for, since this one cannot be null."""
        late = self.held.intersection(needs)
        place = len(self.found)
        for child, below in _below(planned, used):
            reads = self.groups.needs[id(child)]
            late |= self.field(child, below, reads, (*path, child.key))
        if not late:
            return _NOTHING
        if planned.type.non_null:
            return late
        self.found.insert(place, Late(path, late, used.nodes))
        return _NOTHING


def _below(planned: PlannedField, used: Used) -> Iterator[tuple[PlannedField, Used]]:
    for concrete, fields in planned.fields.items():
        for key, child in fields.items():
            below = used.fields[concrete][key]
            if () in below.chains:
                yield child, below
