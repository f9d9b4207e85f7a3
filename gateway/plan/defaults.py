"""The arguments of a step's field where nobody gave any. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from gateway.profile.model import Composite, FromStep, Profile, Step
from gateway.shape import Shapes
from gateway.values import JsonValue


def defaults_of(
    step: Step, type_: str, profile: Profile, shapes: Shapes
) -> Mapping[str, JsonValue] | None:
    """The defaults of the arguments of the fields that a step fills in a type.

    None where it reads none.
    """
    if not step.reads.field_arguments:
        return None
    found = (shapes.field(type_, name) for name in _filled(step, profile))
    return {n: d for shape in found if shape for n, d in shape.defaults().items()}


def _filled(step: Step, profile: Profile) -> Iterable[str]:
    if step.fills is not None:
        return step.fields
    root = profile.root
    given = root.fields.items() if isinstance(root, Composite) else ()
    return [n for n, p in given if isinstance(p, FromStep) and p.step == step.name]
