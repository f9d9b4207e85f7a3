"""What of preparing a request costs little, and what may take long.

In charge of the signs by which that is known before it is done. Pure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.generation import Generation
from gateway.plan.gates import decide
from gateway.plan.planner import shut_by
from gateway.request.model import Asking, RequestContext
from gateway.request.selection import truths_of

if TYPE_CHECKING:
    from gateway.prepared import Operation

_LARGE = 2_000
"""Characters; what is shorter is read in some milliseconds, mostly."""
_SPREADS = 4
"""Spreads that may be in what is read at once: each may double what is planned."""
MANY = 300
"""Fields, below an abstract type once for each of its types, that are planned in some
milliseconds."""


def is_large(document: str) -> bool:
    """Whether it is likely to take long to read or to plan."""
    return len(document) > _LARGE or document.count("...") > _SPREADS


def is_planned(
    operation: Operation,
    generation: Generation,
    asking: Asking,
    request: RequestContext,
) -> bool:
    """Whether there is a plan for such a request.

    Raises:
        RequestError: its variables do not fit.
    """
    audience = generation.offered(request)
    variables = operation.variables.coerce(asking.variables)
    truths = truths_of(operation.switches, variables.coerced)
    variant = operation.variants.peek(truths)
    if variant is None:
        return False
    if variant.usual is not None and variant.usual[0] == audience.digest:
        return True
    basis = variant.bases.peek(audience.digest)
    if basis is None:
        return False
    surroundings = request.surroundings
    closed = decide(basis.conditions, variant.binder.bind(variables), surroundings)
    return (basis.digest, *shut_by(closed)) in variant.plans
