"""What one step may not say, beyond what its keys alone can tell.

Names, types and places that only the schema and the other steps know. Adds problems;
must never change what a step comes to.
"""

from __future__ import annotations

from gateway.errors import Problems, did_you_mean
from gateway.expression import ExpressionSyntaxError, reference
from gateway.profile.declare import LEAVES
from gateway.profile.document import StepDocument
from gateway.profile.scope import RESERVED, NameScope, Written
from gateway.profile.world import World
from gateway.shape import TypeKind

_NOT_YET: tuple[str, ...] = ()


def check_step(
    document: StepDocument, written: Written, scope: NameScope, world: World
) -> None:
    """Everything about one step; `scope` is the step's own."""
    _name(document, written, scope.problems)
    _returns(document, written, world, scope.problems)
    _place(document, written, scope)
    _fallbacks(document, written, scope)
    _effects(document, written, scope.problems)


def _name(document: StepDocument, written: Written, problems: Problems) -> None:
    """A name that no expression could read is none."""
    name = document.name
    try:
        reference((name,))
    except ExpressionSyntaxError:
        reserved = True
    else:
        reserved = name in RESERVED
    if reserved:
        problems.add(
            written.span(("name",)),
            f"{name!r} is a word of the expression language",
            hint=f"rename the step; 'fills: Type.{name}' says which field it gives",
        )


def _returns(
    document: StepDocument, written: Written, world: World, problems: Problems
) -> None:
    if document.returns is None:
        return
    place = written.span(("returns",))
    name = world.read_type(document.returns).name
    found = world.shapes.get(name)
    if found is None and name not in LEAVES:
        hint = did_you_mean(name, {*world.shapes.types, *LEAVES})
        fix = hint or "declare it in the schema folder, or return JSON"
        problems.add(place, f"there is no type {name!r}", hint=fix)
    elif found is not None and found.kind is TypeKind.INPUT:
        message = f"{name} is an input, no step answers with it"
        problems.add(place, message, hint="return a type, or JSON")


def _place(document: StepDocument, written: Written, scope: NameScope) -> None:
    """What it fills: fields or a field, for each parent or at the root."""
    if document.provides and "." in (document.fills or ""):
        scope.problems.add(
            written.span(("provides",), key=True),
            f"'fills: {document.fills}' names the field already",
            hint=f"write 'fills: {(document.fills or '').partition('.')[0]}' "
            "with 'provides', or leave 'provides' away",
        )
    if document.always and scope.has_self:
        scope.problems.add(
            written.span(("always",), key=True),
            "'always' is for steps of an operation, and this one runs for each parent",
            hint="remove it",
        )


def _fallbacks(document: StepDocument, written: Written, scope: NameScope) -> None:
    for number, rung in enumerate(document.fallback):
        if rung == document.name:
            scope.problems.add(
                written.span(("fallback", number)),
                f"step {rung!r} falls back to itself",
                hint="write 'retry' to ask again, name another step, or write "
                "{ value: ... }",
            )
        elif isinstance(rung, str) and rung not in scope.steps:
            scope.problems.add(
                written.span(("fallback", number)),
                f"step {document.name!r} falls back to {rung!r}, "
                "which is no other step here",
                hint=did_you_mean(rung, scope.steps)
                or "name a step, or write { value: ... }",
            )


def _effects(document: StepDocument, written: Written, problems: Problems) -> None:
    """Keys that are for later versions."""
    for key in _NOT_YET:
        if key in document.model_fields_set:
            problems.warn(
                written.span((key,), key=True),
                f"{key!r} is checked, but has no effect in this version",
            )
