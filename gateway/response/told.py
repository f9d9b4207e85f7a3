"""What a client is told of a failed step: the usual words, or its profile's own.

Pure. A template that cannot be evaluated never hides the failure: what it should have
said is left out, and those who may see details learn why.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import cast

from gateway.execution.model import Failed, Failure
from gateway.execution.reading import Reader, evaluated
from gateway.plan.model import PlannedStep
from gateway.profile.model import Saying
from gateway.record import Model, replace
from gateway.values import JsonValue

_LEAVES = (str, int, float, Decimal, date, timedelta)


class Told(Model, frozen=True):
    """A failure in the client's words. ``detail`` is for those who may see it."""

    message: str
    code: str
    extensions: Mapping[str, JsonValue]
    detail: str | None


def told(failure: Failure, step: PlannedStep | None, reader: Reader) -> Told:
    """The words for a failure of a step; those of ``error`` where it has one."""
    usual = Told(failure.message, failure.code, {}, failure.detail)
    said = step.step.error if step else None
    if said is None or step is None:
        return usual
    status = {} if failure.status is None else {"status": failure.status}
    scope = {
        **reader.bindings.get(step.scope.root, {}),
        **reader.surroundings,
        "response": status,
    }
    return _message(_extensions(_code(usual, said), said, scope), said, scope)


def _code(usual: Told, said: Saying) -> Told:
    return replace(usual, code=said.code) if said.code else usual


def _message(usual: Told, said: Saying, scope: Mapping[str, object]) -> Told:
    if said.message is None:
        return usual
    value = evaluated(said.message, scope)
    if isinstance(value, Failed):
        return _spoilt(usual, "message", value.failure.message)
    if not isinstance(value, str) or not value:
        return _spoilt(usual, "message", "no text came of it")
    return replace(usual, message=value)


def _extensions(usual: Told, said: Saying, scope: Mapping[str, object]) -> Told:
    if said.extensions is None:
        return usual
    value = evaluated(said.extensions, scope)
    if isinstance(value, Failed):
        return _spoilt(usual, "extensions", value.failure.message)
    if not isinstance(value, Mapping) or not _writable(value):
        return _spoilt(usual, "extensions", "JSON cannot say what came of it")
    return replace(usual, extensions=cast("Mapping[str, JsonValue]", value))


def _spoilt(usual: Told, part: str, why: str) -> Told:
    parts = (usual.detail, f"error.{part} was not used: {why}")
    return replace(usual, detail="; ".join(filter(None, parts)))


def _writable(value: object) -> bool:
    """Whether JSON can say it: no bytes, no types, no functions."""
    if isinstance(value, Mapping):
        return all(isinstance(k, str) and _writable(v) for k, v in value.items())
    if isinstance(value, list | tuple):
        return all(map(_writable, value))
    return value is None or isinstance(value, _LEAVES)
