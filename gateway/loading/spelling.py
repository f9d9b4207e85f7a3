"""A source's `enums` and `formats` as conversions, held to the schema.

In charge of what only the schema can tell: whether there is such an enum, and such a
value. Must never decide how a value is converted.
"""

from __future__ import annotations

from collections.abc import Mapping

from gateway.conversion import Conversion, Conversions, format_of, words_of
from gateway.deployment import Deployment
from gateway.errors import Problems, did_you_mean
from gateway.record import Model
from gateway.shape import Shapes, TypeKind
from gateway.unfit import Trail


def conversions_of(
    name: str, deployment: Deployment, shapes: Shapes, problems: Problems
) -> Conversions:
    """How the source of this name spells the schema's leaf types."""
    source = deployment.sources[name]
    made: dict[str, Conversion] = {
        scalar: format_of(scalar, text) for scalar, text in source.formats.items()
    }
    check = _Enums(("sources", name, "enums"), deployment, shapes, problems)
    for enum, words in source.enums.items():
        made[enum] = words_of(words, check.values(enum, words))
    return made


class _Enums(Model, frozen=True):
    """One source's enums, and where they stand in its file."""

    trail: Trail
    deployment: Deployment
    shapes: Shapes
    problems: Problems

    def values(self, enum: str, words: Mapping[str, str]) -> tuple[str, ...]:
        """The values of an enum; a problem where it is none, or has no such value."""
        shape = self.shapes.get(enum)
        if shape is None or shape.kind is not TypeKind.ENUM:
            types = self.shapes.types.values()
            known = [s.name for s in types if s.kind is TypeKind.ENUM]
            hint = did_you_mean(enum, known) or "name an enum of the schema"
            self._add((enum,), f"{enum!r} is no enum of the schema", hint)
            return ()
        for word, value in words.items():
            if value not in shape.values:
                near = did_you_mean(value, shape.values)
                hint = near or f"the values are {', '.join(shape.values)}"
                self._add((enum, word), f"{value!r} is no value of {enum}", hint)
        return shape.values

    def _add(self, below: Trail, message: str, hint: str) -> None:
        span = self.deployment.places[(*self.trail, *below)]
        self.problems.add(span, message, hint=hint)
