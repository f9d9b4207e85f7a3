"""What else has to be hidden where some coordinates are, so that a schema is left.

In charge of the closure: a type without fields goes, and what gives one, and what takes
one; an interface and those that implement it lose a field together. Must never decide
who sees what.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from gateway.record import Struct, field
from gateway.shape import FieldShape, Shapes, TypeKind, TypeShape

_ROOTS = ("Query", "Mutation", "Subscription")


def closed(hidden: Iterable[str], shapes: Shapes) -> frozenset[str]:
    """The coordinates with all that cannot stay without them.

    Coordinates are those of GraphQL: `A`, `A.b`, `A.b(c:)`, `Kind.VALUE`.
    """
    closing = _Closing(shapes, {*hidden})
    if closing.hidden:
        closing.close()
    return frozenset(closing.hidden)


class _Closing(Struct):
    shapes: Shapes
    hidden: set[str]
    implements: Mapping[str, list[str]] = field(default_factory=dict)

    def close(self) -> None:
        """Until nothing more is found."""
        self.implements = self._implementing()
        while True:
            more = {one for one in self._more() if one not in self.hidden}
            if not more:
                return
            self.hidden |= more

    def _implementing(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for shape in self.shapes.types.values():
            if shape.kind is TypeKind.INTERFACE:
                for name in shape.possible:
                    found.setdefault(name, []).append(shape.name)
        return found

    def _more(self) -> Iterator[str]:
        for shape in self.shapes.types.values():
            if shape.name in self.hidden:
                continue
            if self._is_empty(shape):
                yield shape.name
            for field_ in shape.fields.values():
                yield from self._of_field(shape, field_)
            for name, type_ in shape.inputs.items():
                if type_.name in self.hidden:
                    yield f"{shape.name}.{name}"

    def _of_field(self, shape: TypeShape, field_: FieldShape) -> Iterator[str]:
        own = f"{shape.name}.{field_.name}"
        if own in self.hidden:
            for other in self._together(shape):
                if field_.name in self.shapes[other].fields:
                    yield f"{other}.{field_.name}"
            return
        if field_.type.name in self.hidden:
            yield own
        for argument in field_.arguments:
            if argument.type.name in self.hidden:
                yield f"{own}({argument.name}:)"

    def _together(self, shape: TypeShape) -> Iterable[str]:
        """The types that have a field or have it not together."""
        if shape.kind is TypeKind.INTERFACE:
            return shape.possible
        return self.implements.get(shape.name, ())

    def _is_empty(self, shape: TypeShape) -> bool:
        """Whether nothing of a type is left. The query type always stays."""
        if shape.name == "Query":
            return False
        match shape.kind:
            case TypeKind.OBJECT | TypeKind.INTERFACE:
                parts: Iterable[str] = (f"{shape.name}.{n}" for n in shape.fields)
            case TypeKind.UNION:
                parts = shape.possible
            case TypeKind.ENUM:
                parts = (f"{shape.name}.{value}" for value in shape.values)
            case TypeKind.INPUT:
                parts = (f"{shape.name}.{name}" for name in shape.inputs)
            case _:
                return False
        return all(part in self.hidden for part in parts)
