"""What is told of a step that has settled. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.execution.model import Failed, Ok, Skipped, StepResult
from gateway.plan.model import PlannedStep
from gateway.telemetry.events import StepSettled
from gateway.telemetry.releasing import Mark

_STATUS: Mapping[type, str] = {Ok: "ok", Failed: "failed", Skipped: "skipped"}


def settled(
    asked: str, step: PlannedStep, result: StepResult, took: float, mark: Mark | None
) -> StepSettled:
    """The event of a step of the request ``asked``, after so many seconds."""
    own, status = step.step, _STATUS[result.__class__]
    said = StepSettled(asked, step.id, own.source, status, took)
    if not isinstance(result, Failed):
        return said
    failure, team = result.failure, own.owner.team if own.owner else None
    why = {"code": failure.code, "detail": failure.detail, "owner": team}
    return said._replace(**why, mark=mark)
