"""Objects that a caller names as of an interface: what they are is asked first.

In charge of the steps that tell it, which join whatever is selected: only the caller's
values say which of the objects need them. Must never plan what gives a field.
"""

from __future__ import annotations

from collections.abc import Mapping

from gateway.plan.joining import Joining
from gateway.plan.model import AnswerOf, Hop, JoinOf, Kind, PlannedField, Typed
from gateway.plan.places import Owner, Place
from gateway.profile.model import Step


def typed(
    named: AnswerOf, kinds: Mapping[str, Step], root: PlannedField, joining: Joining
) -> Typed:
    """The objects as what they are; ``root`` reads them as they were named."""
    found: dict[str, Kind] = {}
    for name, step in sorted(kinds.items()):
        here = Place((root.key,), (Hop(root),), Owner(), name, name)
        row = JoinOf(joining.of_object(step, here))
        found[name] = Kind(row, step.type_by, joining.shapes.concrete(name))
    return Typed(named, found)
