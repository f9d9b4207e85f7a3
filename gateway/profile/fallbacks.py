"""`fallback` as written → the rungs that are tried in turn when a step fails."""

from __future__ import annotations

from gateway.expression import Template
from gateway.profile.document import StepDocument, ValueRung
from gateway.profile.scope import SURROUNDINGS, NameScope, Written
from gateway.values import SourceSpan


def rungs_of(
    document: StepDocument, written: Written, scope: NameScope, *, nested: bool
) -> tuple[str | Template, ...]:
    """A step's rungs in order. Steps of a type (`nested`) take values only."""
    rungs: list[str | Template] = []
    for number, rung in enumerate(document.fallback):
        span = written.span(("fallback", number))
        if isinstance(rung, ValueRung):
            made = scope.template(rung.value, written, ("fallback", number, "value"))
            _check(made, span, scope)
            rungs += [made] if made else []
        elif not isinstance(rung, str):
            scope.problems.warn(
                span, "'stale' is checked, but nothing is cached in this version"
            )
        elif nested:
            scope.problems.warn(
                span, "a step that fills a type falls back on values only, so far"
            )
        elif rung in scope.steps - {document.name}:  # others are reported with checks
            rungs.append(rung)
    return tuple(rungs)


def _check(made: Template | None, span: SourceSpan, scope: NameScope) -> None:
    """A value that stands in must not wait for anything."""
    known = SURROUNDINGS | frozenset(scope.arguments)
    for name in sorted(made.roots - known) if made else ():
        scope.problems.add(
            span,
            f"a fallback value reads {name!r}, which may not be there",
            hint="it reads the arguments, the request and the flags only",
        )
