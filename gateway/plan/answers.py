"""What a step's answer is to the schema: of which type, and which fields. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.profile.model import Composite, FromStep, Profile, Step
from gateway.shape import Shapes
from gateway.values import Coordinate


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


def fields_of(
    step: Step, profile: Profile | None
) -> Iterator[tuple[Coordinate, str | None]]:
    """The fields that an answer gives, each with its key; None for the whole answer.

    ``profile`` is the operation's, None where it is a step of no operation.
    """
    if step.fills is not None:
        for name, key in step.fields.items():
            yield Coordinate(step.fills, name), key
    elif profile is not None and isinstance(profile.root, Composite):
        for name, given in profile.root.fields.items():
            if isinstance(given, FromStep) and given.step == step.name:
                yield Coordinate(profile.returns, name), given.key
