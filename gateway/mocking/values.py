"""Values made by type: what a field could hold, the same for the same question.

In charge of making them. Pure: everything follows from the schema and a seed. Must
never make what the schema would refuse.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from gateway.shape import Shapes, TypeKind, TypeRef, TypeShape
from gateway.values import JsonValue, digest

_MOST = 2_000
"""Values in one answer; what is beyond is null, or an empty list."""
_DEEPEST = 6
_START = datetime(2026, 1, 1, tzinfo=UTC)
_WORDS = ("amber", "birch", "cedar", "delta", "ember", "fjord", "grove", "harbour")

_SAID: Mapping[str, tuple[type, ...]] = {
    "Int": (int,),
    "Float": (int, float),
    "Boolean": (bool,),
}
_LEAVES: Mapping[str, Callable[[int, str], JsonValue]] = {
    "Int": lambda number, _: number,
    "Float": lambda number, _: number / 10,
    "Boolean": lambda number, _: number % 2 == 0,
    "ID": lambda number, _: str(number),
    "String": lambda number, name: f"{name} {_WORDS[number % len(_WORDS)]}",
    "Date": lambda number, _: (_START + timedelta(days=number)).date().isoformat(),
    "DateTime": lambda number, _: (_START + timedelta(hours=number)).isoformat(),
    "Decimal": lambda number, _: f"{number}.{number % 100:02}",
    "JSON": lambda number, name: {name: number},
}

Extra = Mapping[str, Mapping[str, TypeRef]]
"""Keys that objects of a type have besides their fields: expressions read them."""


@dataclass(slots=True)
class Making:
    """Makes one answer. ``given`` are values that it may repeat, by name."""

    shapes: Shapes
    seed: str
    given: Mapping[str, object] = field(default_factory=dict)
    extra: Extra = field(default_factory=dict)
    _made: int = 0

    def value(self, type_: TypeRef, path: tuple[str, ...], deep: int = 0) -> JsonValue:
        """A value of the type at a place of the answer."""
        self._made += 1
        if type_.is_list:
            return self._list(type_, path, deep)
        shape = self.shapes.get(type_.name)
        tired = deep > _DEEPEST or self._made > _MOST
        if shape is not None and shape.composite:
            return (
                None
                if tired and not type_.non_null
                else self._object(shape, path, deep)
            )
        if shape is not None and shape.kind is TypeKind.ENUM and shape.values:
            return shape.values[self.number(path, len(shape.values))]
        return self._leaf(type_.name, path)

    def _list(self, type_: TypeRef, path: tuple[str, ...], deep: int) -> JsonValue:
        wrappers = type_.wrappers.removeprefix("!").removeprefix("[")
        inner = TypeRef(type_.name, wrappers)
        tired = deep > _DEEPEST or self._made > _MOST
        count = 0 if tired else 1 + self.number((*path, "[]"), 3)
        return [self.value(inner, (*path, str(n)), deep + 1) for n in range(count)]

    def _object(
        self, shape: TypeShape, path: tuple[str, ...], deep: int
    ) -> Mapping[str, JsonValue] | None:
        if deep > 4 * _DEEPEST:
            return None  # a type that has to hold itself has no value at all
        concrete = shape
        if shape.abstract:
            names = sorted(shape.possible)
            concrete = self.shapes[names[self.number(path, len(names))]]
        made: dict[str, JsonValue] = {"__typename": concrete.name}
        for name, each in concrete.fields.items():
            made[name] = self.value(each.type, (*path, name), deep + 1)
        for name, type_ in self.extra.get(concrete.name, {}).items():
            made.setdefault(name, self.value(type_, (*path, name), deep + 1))
        return made

    def number(self, path: tuple[str, ...], below: int) -> int:
        """A whole number from 0, by the seed and the place."""
        drawn = hashlib.blake2b(digest(self.seed, *path).encode(), digest_size=8)
        return int.from_bytes(drawn.digest()) % below

    def _leaf(self, name: str, path: tuple[str, ...]) -> JsonValue:
        """A leaf; one that goes by the name of what was asked for repeats it."""
        number, called = self.number(path, 1_000), path[-1] if path else name
        said = self._said(called) if len(path) < 2 else None  # noqa: PLR2004 - its own fields
        if said is not None and name in ("ID", "String"):
            return str(said)
        if type(said) in _SAID.get(name, ()):
            return said
        make = _LEAVES.get(name)
        return make(number, called) if make else f"{called} {number}"

    def _said(self, name: str) -> str | int | float | bool | None:
        """What was asked by this name: ``id`` too by ``customer_id``, where alone."""
        if name in self.given:
            found = self.given[name]
        elif name == "id":
            ids = [v for n, v in self.given.items() if n.lower().endswith("id")]
            found = ids[0] if len(ids) == 1 else None
        else:
            found = None
        return found if isinstance(found, str | int | float | bool) else None
