"""What is told of a request at its end, beside its answer. Part of `events`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from gateway.record import Model
from gateway.telemetry.releasing import Mark
from gateway.values import JsonValue


class RequestSlow(Model, frozen=True):
    """A request took longer than the deployment thinks right.

    ``trace`` is its trace's id; ``plan`` its plan's digest. ``steps`` are in the order
    in which they began, each with when, for how long and what it came to.
    """

    request_id: str
    trace: str
    operation: str | None
    verdict: str
    seconds: float
    plan: str | None
    profiles: tuple[str, ...]
    steps: tuple[Mapping[str, JsonValue], ...]
    mark: Mark


class TracesUnsent(Model, frozen=True):
    """Spans could not be sent to a collector, ``number`` times since told."""

    reason: str
    number: int


Watching: TypeAlias = RequestSlow | TracesUnsent
"""Any of them."""
