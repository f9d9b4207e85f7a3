"""The keys under which a selecting step is asked for fields, where names will not do.

A field with arguments may be selected several times, and fields of types that share a
place may have one name and several types: both are asked for under an alias of ours.
Must never give two places one alias.
"""

from __future__ import annotations

from collections.abc import Sequence

from gateway.plan.places import Owner, Place
from gateway.record import Struct, field
from gateway.shape import Shapes
from gateway.values import Path

OURS = "hw_"
"""What every alias begins with, so that it is no field's name."""


class Aliases(Struct):
    """The aliases of one root field; ``given`` are those that have a place."""

    shapes: Shapes
    given: dict[str, Path] = field(default_factory=dict)

    def key(self, name: str, key: str | None, here: Place, owner: Owner) -> str:
        """The key that a field is read by; `key` is the one it is selected under.

        An expression (None) reads the field itself, with the defaults of its arguments.
        """
        plain = owner.key(name)
        if not owner.selects or key is None or not self._needs_one(name, here):
            return plain
        number, alias, path = 1, f"{OURS}{key}", (*here.path, key)
        while self.given.setdefault(alias, path) != path:
            number += 1
            alias = f"{OURS}{key}_{number}"
        return alias

    def _needs_one(self, name: str, here: Place) -> bool:
        shape = self.shapes.field(here.type, name)
        if shape is not None and shape.arguments:
            return True
        found = (self.shapes.get(hop.field.type.name) for hop in here.route)
        above = [shape.name for shape in found if shape and shape.abstract]
        return bool(above) and self._differs(name, above)

    def _differs(self, name: str, above: Sequence[str]) -> bool:
        """Whether types that may share a place have fields of the name that differ."""
        types = {
            shape.fields[name].type
            for shape in self.shapes.types.values()
            if name in shape.fields
            and any(self.shapes.reaches(each, shape.name) for each in above)
        }
        return len(types) > 1
