"""What loads but is likely to hurt: warnings, and secrets that stand in a profile."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from gateway.errors import Problems
from gateway.profile.document import StepDocument
from gateway.profile.model import (
    Composite,
    Concatenation,
    FirstAnswer,
    FromStep,
    Profile,
    Step,
)
from gateway.profile.scope import Written
from gateway.shape import Shapes

_SECRET_HEADERS = frozenset(
    ("authorization", "proxy-authorization", "cookie", "x-api-key", "api-key", "apikey")
)
_SECRET_TEXT = re.compile(
    r"(?i)^(bearer|basic)\s+\S{8,}|^(sk|pk|ghp|xox[bp])[-_]\w{8,}"
)


def check_secrets(document: StepDocument, written: Written, problems: Problems) -> None:
    """A credential in a profile is read by everybody who reads profiles."""
    polled = getattr(document, "poll", None) or {}
    headers = getattr(document, "headers", None) or polled.get("headers")
    if not isinstance(headers, Mapping):
        return
    for name, value in headers.items():
        if not isinstance(value, str) or "${" in value:
            continue
        if name.lower() in _SECRET_HEADERS or _SECRET_TEXT.match(value):
            problems.add(
                written.span((*(("poll",) if polled else ()), "headers", name)),
                f"header {name!r} holds a secret",
                hint="move it to the source's 'headers' in headwater.yaml, "
                "as ${NAME} or ${file:...}",
            )


def advise(profile: Profile, shapes: Shapes, problems: Problems) -> None:
    """Refuse ambiguous ``args``, and answers that cannot be read in one way."""
    if isinstance(profile.root, FirstAnswer | Concatenation):
        steps = [profile.steps[name] for name in profile.root.steps]
        _alike(steps, profile.returns, shapes, problems)
    if not isinstance(profile.root, Composite):
        return
    given: dict[str, list[str]] = {}
    for name, provision in profile.root.fields.items():
        if isinstance(provision, FromStep):
            given.setdefault(provision.step, []).append(name)
    for step_name, fields in given.items():
        step = profile.steps[step_name]
        _arguments(step, fields, profile.returns, shapes, problems)


def _differ(step: Step, first: Step, type_: str, shapes: Shapes) -> bool:
    """Whether sources spell something differently that the type can hold."""
    ours, theirs = first.conversions, step.conversions
    differing = {n for n in {*ours, *theirs} if ours.get(n) != theirs.get(n)}
    return any(shapes.reaches(type_, name) for name in sorted(differing))


def _alike(
    steps: Sequence[Step], type_: str, shapes: Shapes, problems: Problems
) -> None:
    """Answers of which any may be the value are read in one way: the first's."""
    first, *others = steps
    for step in others:
        if step.names is not first.names:
            problems.add(
                step.span,
                f"steps {first.name!r} and {step.name!r} give one value, and their "
                "sources spell names differently",
                hint="give their sources the same 'names'",
            )
        if _differ(step, first, type_, shapes):
            problems.add(
                step.span,
                f"steps {first.name!r} and {step.name!r} give one value, and their "
                "sources spell values differently",
                hint="give their sources the same 'enums' and 'formats'",
            )
        if step.type_by not in (None, first.type_by):
            problems.add(
                step.span,
                f"steps {first.name!r} and {step.name!r} give one value, and tell its "
                "type differently",
                hint="write the same 'type_by' for both",
            )


def _arguments(
    step: Step, fields: Iterable[str], type_: str, shapes: Shapes, problems: Problems
) -> None:
    if not step.reads.field_arguments:
        return
    own = [
        name
        for name in fields
        if (shape := shapes.field(type_, name)) and shape.arguments
    ]
    if len(own) > 1:
        problems.add(
            step.span,
            f"step {step.name!r} reads 'args' and fills several fields that have "
            f"arguments: {', '.join(own)}",
            hint="make a step for each of them",
        )


def check_fan_out(steps: Iterable[Step], shapes: Shapes, problems: Problems) -> None:
    """Warn where a list's length decides how many calls are made."""
    listed = _listed_types(shapes)
    for step in steps:
        place = listed.get(step.fills or "")
        if place and step.source is not None and step.batch is None:
            outer = place.partition(".")[0]
            again = f", and there is one for each {outer} of {listed.get(outer)}"
            problems.warn(
                step.span,
                f"step {step.name!r} makes a call for each {step.fills} of {place}"
                + (again if outer in listed and outer != step.fills else ""),
                hint="ask for many at once with 'batch'",
            )


def _listed_types(shapes: Shapes) -> Mapping[str, str]:
    """Types that stand in a list somewhere, with one place where they do."""
    found: dict[str, str] = {}
    for shape in shapes.types.values():
        for field in shape.fields.values():
            if field.type.is_list and field.type.name in shapes.types:
                for name in shapes.concrete(field.type.name):
                    found.setdefault(name, f"{shape.name}.{field.name}")
    return found
