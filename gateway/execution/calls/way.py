"""What one call is made of besides its step: where it goes, and whose it is."""

from __future__ import annotations

from collections.abc import Hashable

from gateway.clock import Clock
from gateway.connectors.base import Call, Wire
from gateway.execution.upstream import Upstream
from gateway.profile.model import Step
from gateway.record import Record
from gateway.telemetry.events import Observer


class Way(Record, frozen=True):
    """Where an attempt goes: the source, the name of what is called, the call.

    ``wire`` is what the source made of the call.
    """

    upstream: Upstream
    endpoint: str
    call: Call[object]
    wire: Wire


class Setting(Record, frozen=True):
    """Whose call it is: the request, since when it runs, and who is told of it."""

    request_id: str
    started: float
    clock: Clock
    observe: Observer


def patience(step: Step) -> Hashable:
    """How long and how often a step tries: one that gives up early ends no other's."""
    retry = step.retry
    if retry is None:
        return step.timeout
    return step.timeout, retry.attempts, retry.classes, id(retry.condition)
