"""An operation's arguments: from the SDL, from `args`, or inferred from the calls."""

from __future__ import annotations

from collections.abc import Iterable

from gateway.errors import Problems, did_you_mean
from gateway.expression import ExpressionSyntaxError, Placeholder, url_parts
from gateway.profile.declare import LEAVES
from gateway.profile.document import ProfileDocument, StepDocument
from gateway.profile.scope import RESERVED, Written
from gateway.profile.world import World
from gateway.shape import ArgumentShape, FieldShape, TypeRef
from gateway.values import SourceSpan

INFERRED = TypeRef("ID", "!")


def arguments_of(
    document: ProfileDocument,
    declared: FieldShape | None,
    world: World,
    written: Written,
    problems: Problems,
) -> tuple[ArgumentShape, ...]:
    """The arguments in their order; SDL owns them where it declares the field."""
    if declared is not None:
        if document.args:
            problems.add(
                written.span(("args",), key=True),
                f"the schema declares the arguments of '{document.operation}'",
                hint=f"remove 'args', or change the field at {declared.span}",
            )
        return declared.arguments
    if document.paper and not document.args:
        return _inferred(document)
    found = []
    for name, text in document.args.items():
        place = written.span(("args", name))
        try:
            made = world.read_argument(name, text)
        except ValueError as error:
            problems.add(
                place,
                f"{text!r} is no argument type: {error}",
                hint="write it as in GraphQL: ID!, [String!], Int = 10",
            )
            continue
        _check_type(made.type.name, world, place, problems)
        found.append(made)
    return tuple(found)


def _check_type(name: str, world: World, place: SourceSpan, problems: Problems) -> None:
    """Arguments are of types that the schema knows, and that go in."""
    found = world.shapes.get(name)
    if found is None and name not in LEAVES:
        known = {*world.shapes.types, *LEAVES}
        hint = did_you_mean(name, known) or "declare it in the schema folder"
        problems.add(place, f"there is no type {name!r}", hint=hint)
    elif found is not None and found.composite:
        problems.add(
            place,
            f"{name} is what a field answers with, not the type of an argument",
            hint="arguments take scalars, enums and inputs",
        )


def check_names(
    arguments: Iterable[ArgumentShape],
    steps: Iterable[StepDocument],
    written: Written,
    problems: Problems,
) -> None:
    """No argument shares a step's name, and none is a word of the language."""
    names = {step.name for step in steps}
    for argument in arguments:
        if argument.name in names:
            problems.add(
                written.span(("args", argument.name), key=True),
                f"{argument.name!r} is the name of an argument and of a step",
                hint="rename the step",
            )
        if argument.name in RESERVED:
            problems.add(
                written.span(("args", argument.name), key=True),
                f"{argument.name!r} is a word of the expression language",
                hint="rename the argument",
            )


def _inferred(document: ProfileDocument) -> tuple[ArgumentShape, ...]:
    """Paper mode: every placeholder that is no step is an argument of type ID!."""
    steps = {step.name for step in document.steps}
    names = dict.fromkeys(
        part.path[0]
        for step in document.steps
        for part in _placeholders(getattr(step, "endpoint", None))
        if part.path[0] not in steps and part.path[0] not in RESERVED
    )
    return tuple(ArgumentShape(name, INFERRED) for name in names)


def _placeholders(endpoint: str | None) -> Iterable[Placeholder]:
    try:
        parts = url_parts(endpoint or "")
    except ExpressionSyntaxError:
        return ()  # reported where the step is compiled
    return (part for part in parts if isinstance(part, Placeholder))
