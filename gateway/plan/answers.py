"""Of which type of the schema a step's answer is. Pure."""

from __future__ import annotations

from gateway.profile.model import Composite, FromStep, Profile, Step
from gateway.shape import Shapes


def answer_type(step: Step, profile: Profile, shapes: Shapes) -> str:
    """The type of a step's answer; empty where it is none of the schema."""
    if step.fills is not None:
        whole = [name for name, key in step.fields.items() if key is None]
        if not whole:
            return step.fills
        return shapes.field_type(step.fills, whole[0]).name
    root, returns = profile.root, profile.returns
    if not isinstance(root, Composite):
        return returns
    for name, given in root.fields.items():
        if isinstance(given, FromStep) and given.step == step.name:
            if given.key is not None:
                return returns
            return shapes.field_type(returns, name).name
    return ""
