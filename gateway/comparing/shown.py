"""A comparison as JSON, for programs and for the explorer's page.

In charge of its form. Must never leave a change out.
"""

from __future__ import annotations

from gateway.comparing.drawing import as_mermaid
from gateway.comparing.model import LEVELS, Comparison
from gateway.values import JsonValue


def as_json(comparison: Comparison) -> dict[str, JsonValue]:
    """Changes with their places, the worst first, and the graphs that are otherwise."""
    return {
        "before": comparison.before,
        "after": comparison.after,
        "worst": comparison.worst.value if comparison.worst else None,
        "counts": {level.value: len(comparison.at(level)) for level in LEVELS},
        "changes": [one.as_json() for one in comparison.changes],
        "plans": {one.operation: as_mermaid(one) for one in comparison.redrawn},
    }
