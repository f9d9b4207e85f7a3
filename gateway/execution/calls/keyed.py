"""The keys of a batch as inputs of a call. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from gateway.execution.attempt import (
    UNUSABLE_SEGMENTS,
    Prepared,
    inputs_of,
    other_inputs,
)
from gateway.execution.model import Skipped, SkipReason, StepResult
from gateway.profile.model import Step
from gateway.record import Struct

_TEXT = frozenset({str})
_ENDPOINT = "endpoint:"
_OF_AN_ADDRESS = ("query.", _ENDPOINT)
"""What the slots of an address begin with: of its parameters, and of the URL itself."""


class Keyed(Struct):
    """Some keys of a batch, and what its expressions read besides them."""

    step: Step
    base: Mapping[str, object]
    keys: Iterable[object]

    def prepared(self) -> Prepared | StepResult:
        """The call for them; what they come to where it cannot be made."""
        scope = {**self.base, "keys": list(self.keys)}
        inputs = inputs_of(self.step, scope)
        if not isinstance(inputs, dict):
            return inputs
        joint = None if self.step.batch is None else self.step.batch.join
        made = joined(inputs, joint)
        if isinstance(made, Skipped):
            return made
        others = other_inputs(self.step, scope)
        further = others and joined(others, joint)
        return Prepared(made, scope, further if isinstance(further, dict) else None)


def joined(inputs: dict[str, object], joint: str | None) -> dict[str, object] | Skipped:
    """``join: ","`` makes one text of the lists in an address.

    Skipped where one cannot stand there: it would lead elsewhere.
    """
    if joint is None:
        return inputs
    made = {
        name: joint.join(texts_of(value))
        if name.startswith(_OF_AN_ADDRESS) and isinstance(value, list)
        else value
        for name, value in inputs.items()
    }
    own = (value for name, value in made.items() if name.startswith(_ENDPOINT))
    if any(value.__class__ is str and value in UNUSABLE_SEGMENTS for value in own):
        return Skipped(SkipReason.INPUT)
    return made


def texts_of(values: Iterable[object]) -> Iterable[str]:
    """Plain values as JSON writes them, text without its quotes."""
    if _TEXT.issuperset(map(type, values)):
        return values  # type: ignore[return-value]
    return map(plain_text, values)


def plain_text(value: object) -> str:
    """A plain value as JSON writes it, text without its quotes."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
