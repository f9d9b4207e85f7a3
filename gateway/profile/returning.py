"""The type of an operation: the schema's, what `returns` says, or its own name's.

A type that no SDL declares is declared by the profile, so a name that is mistyped must
not become one: where the schema has a type that is near, the author is asked.
"""

from __future__ import annotations

from gateway.errors import Problems, did_you_mean
from gateway.profile.declare import LEAVES, pascal
from gateway.profile.document import ProfileDocument
from gateway.profile.scope import Written
from gateway.profile.world import World
from gateway.shape import FieldShape, Shapes, TypeKind, TypeRef

_ROOTS = frozenset({"Query", "Mutation", "Subscription"})


def type_of(
    document: ProfileDocument,
    in_sdl: FieldShape | None,
    world: World,
    written: Written,
    problems: Problems,
) -> TypeRef:
    """What the operation answers with; SDL owns it where it declares the field."""
    text, place = document.returns, written.span(("returns",))
    by_name = TypeRef(pascal(document.operation))
    if in_sdl is not None:
        if text is not None and text != str(in_sdl.type):
            problems.add(
                place,
                f"the schema says that '{document.operation}' is of type {in_sdl.type}",
                hint="remove 'returns'",
            )
        return in_sdl.type
    if text is None:
        return by_name
    try:
        found = world.read_type(text)
    except ValueError as error:
        problems.add(place, str(error))
        return by_name
    wrong = _wrong(found.name, by_name.name, world.shapes)
    if wrong is not None:
        problems.add(place, wrong[0], hint=wrong[1])
    return found


def _wrong(name: str, own: str, shapes: Shapes) -> tuple[str, str] | None:
    """Why no operation can answer with the type, and the fix; None where it can."""
    shape = shapes.get(name)
    if shape is not None:
        if shape.kind is not TypeKind.INPUT:
            return None
        return f"{name} is an input, no operation answers with it", (
            "return a type, or JSON"
        )
    if name in LEAVES or name == own:
        return None
    declared = _declared(shapes)
    near = did_you_mean(name, {*declared, *LEAVES}) if declared else None
    if near is None:
        return None
    return f"there is no type {name!r}", f"{near} If not, declare it in schema/"


def _declared(shapes: Shapes) -> frozenset[str]:
    """The types of the author's own SDL that a field may answer with."""
    return frozenset(
        name
        for name, shape in shapes.types.items()
        if shape.kind not in (TypeKind.SCALAR, TypeKind.INPUT) and name not in _ROOTS
    )
