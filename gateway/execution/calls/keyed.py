"""The keys of a batch as inputs of a call. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from gateway.execution.attempt import Prepared, inputs_of, other_inputs
from gateway.execution.model import StepResult
from gateway.profile.model import Step
from gateway.record import Struct

_TEXT = frozenset({str})


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
        others = other_inputs(self.step, scope)
        further = others and joined(others, joint)
        return Prepared(joined(inputs, joint), scope, further)


def joined(inputs: dict[str, object], joint: str | None) -> dict[str, object]:
    """``join: ","`` makes one text of the lists in query parameters."""
    if joint is None:
        return inputs
    return {
        name: joint.join(texts_of(value))
        if name.startswith("query.") and isinstance(value, list)
        else value
        for name, value in inputs.items()
    }


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
