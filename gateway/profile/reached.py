"""Entity files of types that no operation reaches: their steps never run.

In charge of what only all files together tell. Must never refuse: the operation that
needs the type may come tomorrow.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from gateway.errors import Problems
from gateway.profile.model import Entity, Profile
from gateway.shape import Shapes, TypeRef


def check_reached(
    entities: Mapping[str, Entity],
    profiles: Iterable[Profile],
    shapes: Shapes,
    problems: Problems,
    further: Iterable[str] = (),
) -> None:
    """Warn of entities whose objects are in no operation's answer.

    ``further`` are types of which a router may name objects.
    """
    reached = _reached(tuple(profiles), shapes, further)
    for entity in entities.values():
        if entity.type not in reached:
            problems.warn(
                entity.span,
                f"no operation gives a {entity.type}, so these steps never run",
                hint="give a type that an operation reaches a field of it, or remove "
                "the file",
            )


def _reached(
    profiles: tuple[Profile, ...], shapes: Shapes, further: Iterable[str]
) -> set[str]:
    """The names of all types that an answer can hold."""
    declared = {shape.name: shape for one in profiles for shape in one.declares}
    added: dict[str, list[TypeRef]] = {}
    for one in profiles:
        added.setdefault(one.returns, []).extend(field.type for field in one.adds)
    seen: set[str] = set()
    ahead = [*(one.returns for one in profiles), *further]
    while ahead:
        name = ahead.pop()
        if name in seen:
            continue
        seen.add(name)
        shape = shapes.get(name) or declared.get(name)
        if shape is not None:
            ahead += (field.type.name for field in shape.fields.values())
            ahead += shape.possible
        ahead += (type_.name for type_ in added.get(name, ()))
    return seen
