"""`invalidates` and `idempotency` as written → what a mutation does besides its calls.

In charge of where they may stand and of what they may read. Must never decide anything
about one request.
"""

from __future__ import annotations

from gateway.errors import Problems, did_you_mean
from gateway.expression import Template
from gateway.profile.document import (
    InvalidatesDocument,
    ProfileDocument,
    StepDocument,
)
from gateway.profile.model import Idempotency, Invalidation, Step
from gateway.profile.scope import SURROUNDINGS, NameScope, Written
from gateway.request.model import OperationKind

_A_DAY = 86_400.0


def invalidation_of(
    document: StepDocument, written: Written, scope: NameScope
) -> Invalidation | None:
    """The tags that a step makes untrue; they read its answer by its own name."""
    asked = document.invalidates
    if asked is None:
        return None
    if scope.has_self:
        scope.problems.add(
            written.span(("invalidates",), key=True),
            "'invalidates' is for steps of an operation, and this one runs for each "
            "parent",
            hint="write it in the step of the mutation that changes something",
        )
        return None
    mapped = isinstance(asked, InvalidatesDocument)
    tags = asked.tags if isinstance(asked, InvalidatesDocument) else asked
    place = written.at("invalidates", *(("tags",) if mapped else ()))
    found = (_tag(document.name, n, text, place, scope) for n, text in enumerate(tags))
    made = tuple(tag for tag in found if tag is not None)
    always = isinstance(asked, InvalidatesDocument) and asked.on == "always"
    return Invalidation(made, always)


def _tag(
    own: str, number: int, text: str, written: Written, scope: NameScope
) -> Template | None:
    below = (number,)
    made = scope.template(text, written, below)
    known = {*SURROUNDINGS, *scope.arguments, own}
    for name in sorted(made.roots - known) if made else ():
        scope.problems.add(
            written.span(below),
            f"{name!r} cannot be read in 'invalidates'",
            hint=did_you_mean(name, known)
            or "it reads the arguments, the step's own answer by its name, request "
            "and flags",
        )
        return None
    return made


def check_kind(
    kind: OperationKind, step: Step, written: Written, problems: Problems
) -> None:
    """Only mutations change something."""
    if step.invalidates is not None and kind is not OperationKind.MUTATION:
        problems.add(
            written.span(("invalidates",), key=True),
            "'invalidates' is for steps of a mutation, and this operation only reads",
            hint="add 'kind: mutation' to the file, or remove it",
        )


def idempotency_of(
    document: ProfileDocument, kind: OperationKind, written: Written, scope: NameScope
) -> Idempotency | None:
    """How a mutation that is asked again is known again."""
    asked = document.idempotency
    if asked is None:
        return None
    if kind is not OperationKind.MUTATION:
        scope.problems.add(
            written.span(("idempotency",), key=True),
            "'idempotency' is for mutations: asking twice only reads twice",
            hint="add 'kind: mutation', or remove it",
        )
        return None
    below = ("idempotency", "key")
    key = scope.template(asked.key, written, below) if asked.key else None
    known = {*SURROUNDINGS, *scope.arguments}
    for name in sorted(key.roots - known) if key else ():
        scope.problems.add(
            written.span(below),
            f"{name!r} cannot be read in 'idempotency.key'",
            hint=did_you_mean(name, known)
            or "it is read before any call: the arguments, request and flags",
        )
    return Idempotency(asked.ttl or _A_DAY, key, required=asked.required)
