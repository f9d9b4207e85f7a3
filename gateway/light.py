"""What of preparing a request costs little, and what may take long.

In charge of the signs by which that is known before it is done. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from gateway.cache.bounded import Bounded
from gateway.errors import RequestError
from gateway.generation import Generation
from gateway.plan.gates import decide
from gateway.plan.planner import shut_by
from gateway.request.introspection import asks_for_schema
from gateway.request.model import Asking, RequestContext
from gateway.request.selection import truths_of
from gateway.values import JsonValue, canonical, digest

if TYPE_CHECKING:
    from gateway.prepared import Operation, Planned

_LARGE = 2_000
"""Characters; what is shorter is read in some milliseconds, mostly."""
_SPREADS = 4
"""Spreads that may be in what is read at once: each may double what is planned."""
MANY = 300
"""Fields, below an abstract type once for each of its types, that are planned in some
milliseconds."""


def is_large(document: str) -> bool:
    """Whether it is likely to take long to read or to plan."""
    return (
        len(document) > _LARGE
        or document.count("...") > _SPREADS
        or asks_for_schema(document)
    )


def is_made(
    known: Operation,
    described: Bounded[str, Mapping[str, JsonValue]],
    generation: Generation,
    asking: Asking,
    request: RequestContext,
) -> bool:
    """Whether all that takes long is there: its plan, what it asks of the schema."""
    if known.again is not None and generation.resolver is None:
        return True
    try:
        planned = _plan_of(known, generation, asking, request)
    except RequestError:
        return True  # it is refused at once
    if planned is None or not known.describes or planned.course.plan.roots:
        return planned is not None
    return mark_of(generation, asking, request) in described


def _plan_of(
    operation: Operation,
    generation: Generation,
    asking: Asking,
    request: RequestContext,
) -> Planned | None:
    """The plan that there is for such a request.

    Raises:
        RequestError: its variables do not fit.
    """
    audience = generation.offered(request)
    variables = operation.variables.coerce(asking.variables)
    truths = truths_of(operation.switches, variables.coerced)
    variant = operation.variants.peek(truths)
    if variant is None:
        return None
    if variant.usual is not None and variant.usual[0] == audience.digest:
        return variant.usual[1]
    basis = variant.bases.peek(audience.digest)
    if basis is None:
        return None
    surroundings = request.surroundings
    closed = decide(basis.conditions, variant.binder.bind(variables), surroundings)
    return variant.plans.peek((basis.digest, *shut_by(closed)))


def mark_of(generation: Generation, asking: Asking, request: RequestContext) -> str:
    """What the answer to a question about the schema depends on, as one text."""
    audience = generation.offered(request)
    hidden = audience.digest if audience.hidden else ""
    asked = asking.document, asking.operation or "", canonical(dict(asking.variables))
    return digest(generation.reading, hidden, *asked)
