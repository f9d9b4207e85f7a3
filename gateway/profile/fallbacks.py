"""`fallback` as written → the rungs that are tried in turn when a step fails."""

from __future__ import annotations

from gateway.expression import Template
from gateway.profile.document import StaleRung, StepDocument, ValueRung
from gateway.profile.model import CacheRule, Rung, Stale
from gateway.profile.scope import SURROUNDINGS, NameScope, Written
from gateway.values import SourceSpan


def rungs_of(
    document: StepDocument, written: Written, scope: NameScope, cache: CacheRule | None
) -> tuple[Rung, ...]:
    """A step's rungs in order. Steps of a type fall on what needs no other step."""
    rungs: list[Rung] = []
    for number, rung in enumerate(document.fallback):
        span = written.span(("fallback", number))
        if isinstance(rung, ValueRung):
            made = scope.template(rung.value, written, ("fallback", number, "value"))
            _check(made, span, scope)
            rungs += [made] if made else []
        elif not isinstance(rung, str):
            rungs += _stale(rung, span, scope, cache)
        elif scope.has_self:
            scope.problems.warn(
                span,
                "a step that fills a type falls back on values and on its own expired "
                "answers only, so far",
            )
        elif rung in scope.steps - {document.name}:  # others are reported with checks
            rungs.append(rung)
    return tuple(rungs)


def _stale(
    rung: StaleRung, span: SourceSpan, scope: NameScope, cache: CacheRule | None
) -> list[Rung]:
    """Nothing is expired where nothing is kept."""
    if cache is not None and cache.keep > 0:
        return [Stale(rung.stale)]
    scope.problems.add(
        span,
        "there is no expired answer to fall back to: this step keeps none",
        hint="write 'cache: { ttl: ..., keep: ... }' on the step",
    )
    return []


def _check(made: Template | None, span: SourceSpan, scope: NameScope) -> None:
    """A value that stands in must not wait for anything."""
    known = SURROUNDINGS | frozenset(scope.arguments)
    for name in sorted(made.roots - known) if made else ():
        scope.problems.add(
            span,
            f"a fallback value reads {name!r}, which may not be there",
            hint="it reads the arguments, the request and the flags only",
        )
