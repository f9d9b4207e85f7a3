"""Whether two profiles can stand in one schema: a field has one type for everybody.

In charge of what two profiles say of one operation's field, its arguments and the types
that they declare. Must never look at whom they serve.
"""

from __future__ import annotations

from collections.abc import Iterator

from gateway.errors import Problems
from gateway.profile.model import Profile
from gateway.shape import ArgumentShape, TypeKind, TypeShape


def check_alike(one: Profile, other: Profile, problems: Problems) -> None:
    """Two profiles of one operation give one field: its type holds for everybody."""
    if one.kind is not other.kind:
        _differ(one, other, "kind", (one.kind.value, other.kind.value), problems)
    ours, theirs = one.field.type, other.field.type
    if ours != theirs:
        _differ(one, other, "type", (str(ours), str(theirs)), problems)
    before = {argument.name: argument for argument in other.field.arguments}
    for argument in one.field.arguments:
        same = before.pop(argument.name, None)
        if same is None:
            _optional(argument, one, problems)
        elif (same.type, same.default) != (argument.type, argument.default):
            words = _argument(argument), _argument(same)
            _differ(one, other, f"argument {argument.name!r}", words, problems)
    for argument in before.values():
        _optional(argument, other, problems)
    _shapes(one, other, problems)


def _argument(argument: ArgumentShape) -> str:
    default = "" if argument.text is None else f" = {argument.text}"
    return f"{argument.type}{default}"


def _optional(argument: ArgumentShape, profile: Profile, problems: Problems) -> None:
    """What not all audiences may give, nobody has to."""
    if argument.type.non_null and argument.text is None:
        problems.add(
            profile.span,
            f"argument {argument.name!r} is required, and not all profiles of "
            f"{profile.operation!r} have it",
            hint="make it nullable, give it a default, or add it to all of them",
        )


def check_apart(one: Profile, other: Profile, problems: Problems) -> None:
    """Types that two operations declare are the same; of variants what both have."""
    _shapes(one, other, problems, whole=not (one.match or other.match))


def declared_by(profile: Profile) -> tuple[str, ...]:
    """The names of the types that a profile declares, or adds to."""
    return tuple(shape.name for shape in _declared(profile))


def _shapes(
    one: Profile, other: Profile, problems: Problems, *, whole: bool = False
) -> None:
    theirs = {shape.name: shape for shape in _declared(other)}
    for shape in _declared(one):
        before = theirs.get(shape.name)
        if before is None or not _clash(shape, before, whole=whole):
            continue
        problems.add(
            one.span,
            f"type {shape.name} is declared otherwise by "
            f"{other.operation!r} at {other.span}",
            hint="declare it in the schema folder, or rename it with 'returns'",
        )


def _declared(profile: Profile) -> Iterator[TypeShape]:
    yield from profile.declares
    if profile.adds:
        added = {shape.name: shape for shape in profile.adds}
        yield TypeShape(profile.returns, TypeKind.OBJECT, added)


def _clash(one: TypeShape, other: TypeShape, *, whole: bool) -> bool:
    ours = {name: field_.type for name, field_ in one.fields.items()}
    theirs = {name: field_.type for name, field_ in other.fields.items()}
    if whole:
        return ours != theirs
    return any(theirs.get(name, type_) != type_ for name, type_ in ours.items())


def _differ(
    one: Profile, other: Profile, what: str, words: tuple[str, str], problems: Problems
) -> None:
    problems.add(
        one.span,
        f"the {what} of {one.operation!r} is {words[0]} here and {words[1]} at "
        f"{other.span}",
        hint="a field has one type for all audiences: write the same in both",
    )
