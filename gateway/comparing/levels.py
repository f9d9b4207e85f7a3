"""How grave it is that a key is otherwise.

In charge of one table. Must never look at values: whether a timeout is longer or
shorter, the same sources give the same answers.
"""

from __future__ import annotations

from gateway.comparing.model import Kind, Level, Part
from gateway.comparing.written import words

_SAFE = {
    Kind.OPERATION: words("description owner deadline deferral slow_consumer defaults"),
    Kind.ENTITY: frozenset({"description", "owner"}),
    Kind.STEP: words(
        "timeout retry hedge share batch owner escalate mock sample on_late"
    ),
    Kind.SCHEMA: frozenset({"description", "deprecated"}),
    Kind.SOURCE: words("timeout breaker max_in_flight retry_budget owner mock"),
}


def level_of_key(kind: Kind, key: str) -> Level:
    """Of a key of a part that both sides have."""
    return Level.SAFE if key in _SAFE.get(kind, ()) else Level.DANGEROUS


def level_of_added(part: Part) -> Level:
    """A step that nothing hangs on gives more and takes nothing away."""
    grave = part.grave or part.kind is Kind.POLICY or bool(part.variant)
    return Level.DANGEROUS if grave else Level.SAFE


def level_of_removed(part: Part, *, last: bool) -> Level:
    """``last``: nothing else serves the operation."""
    if part.kind in (Kind.OPERATION, Kind.SAVED) and last:
        return Level.BREAKING
    if part.kind is Kind.LISTED:
        return Level.BREAKING  # clients that are out there call it by its id
    return Level.SAFE if part.kind is Kind.SOURCE else Level.DANGEROUS
