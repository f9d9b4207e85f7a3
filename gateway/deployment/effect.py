"""Which keys of `headwater.yaml` this version acts on.

A key that is read and then ignored would be a trap, so it is warned about. One that
should protect something must never be in this list: it has to work, or not load.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from gateway.deployment.layers import Layers
from gateway.errors import Problems
from gateway.unfit import Trail

_NEEDS: tuple[tuple[Trail, Trail], ...] = (
    (("telemetry", "sample"), ("telemetry", "otlp")),
)
"""Keys that have an effect beside another alone."""


def check_effect(data: Mapping[str, Any], layers: Layers, problems: Problems) -> None:
    """Report every key that is written and has no effect."""
    for trail, other in _NEEDS:
        if [*_written(data, (trail,))] and not [*_written(data, (other,))]:
            problems.warn(
                layers.span(trail, key=True),
                f"{trail[-1]!r} is accepted, but has no effect without {other[-1]!r}",
            )


def _written(data: Any, patterns: tuple[Trail, ...]) -> Iterator[Trail]:
    for pattern in patterns:
        yield from _found(data, pattern, ())


def _found(data: Any, pattern: Trail, trail: Trail) -> Iterator[Trail]:
    if not pattern:
        yield trail
        return
    if not isinstance(data, Mapping):
        return
    first, *rest = pattern
    for key in tuple(data) if first == "*" else (first,):
        if key in data:
            yield from _found(data[key], tuple(rest), (*trail, key))
