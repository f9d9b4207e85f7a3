"""What of one request is made of what is hidden, by what its plan knows.

In charge of where derived values stand: in the answer, in calls and in replies; names
and values that recur do not tell. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence

from gateway.plan.guarded import guarded
from gateway.plan.model import Evaluate, Plan, PlannedField
from gateway.profile.model import Protection
from gateway.record import Model
from gateway.recording.model import TakenCall
from gateway.shape import Shapes
from gateway.values import Path


class GuardedHere(Model, frozen=True):
    """Places of the answer, and steps and their inputs as calls name them.

    ``made`` are the places of values that were computed: made of pseudonyms again, they
    are others.
    """

    places: frozenset[Path] = frozenset()
    made: frozenset[Path] = frozenset()
    steps: frozenset[str] = frozenset()
    inputs: frozenset[tuple[str, str]] = frozenset()

    def within(self, taken: TakenCall) -> Sequence[object]:
        """The values that a call is made of, and that are not everybody's."""
        own = taken.call.inputs.items()
        return [value for name, value in own if (taken.step, name) in self.inputs]


def guarded_in(plan: Plan, known: tuple[Protection, Shapes] | None) -> GuardedHere:
    """What a plan's own policies take, and fields that are ``known`` to be hidden."""
    if known is None:
        return GuardedHere()
    kind = plan.kind.value.capitalize()
    places: set[Path] = set()
    made: set[Path] = set()
    steps: set[str] = set()
    inputs: set[tuple[str, str]] = set()
    for root in plan.roots:
        found = guarded(root, kind, known)
        names = {s.id: f"{s.step.origin}.{s.step.name}" for s in root.steps}
        places |= found.places
        made |= {one for one in found.places if _is_made(root.field, one[1:])}
        steps |= {names[id_] for id_ in found.steps}
        inputs |= {(names[id_], name) for id_, name in found.inputs}
    return GuardedHere(
        frozenset(places), frozenset(made), frozenset(steps), frozenset(inputs)
    )


def _is_made(field: PlannedField, below: Path) -> bool:
    """Whether a field is computed: of any type that its object can be."""
    if not below:
        return isinstance(field.read, Evaluate)
    found = (fields.get(below[0]) for fields in field.fields.values())
    return any(_is_made(one, below[1:]) for one in found if one is not None)
