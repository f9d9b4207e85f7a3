"""What a source is told of an incident. Pure; must never send anything."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum

from gateway.alarm import Alarm
from gateway.hold import Hold
from gateway.record import Model
from gateway.telemetry.events import StepWatched
from gateway.values import JsonValue


class State(StrEnum):
    """What an incident has come to."""

    OPEN = "open"
    RESOLVED = "resolved"


class Reason(StrEnum):
    """Why an incident is over.

    The step answers again; no profile has it, or its alarm, any more; operators hold it
    back; the process that watched it has ended, so that nobody knows.
    """

    ANSWERED = "answered"
    REMOVED = "removed"
    HELD = "held"
    STOPPED = "stopped"


class Message(Model, frozen=True):
    """One state of one incident.

    ``hurt`` counts the requests in which the step failed since ``since``; ``last`` is
    the last of them. ``until`` and ``reason`` are those of a resolved one. ``process``
    is the one that found it.
    """

    incident: str
    state: State
    alarm: Alarm
    since: datetime
    hurt: int
    last: StepWatched
    process: str
    until: datetime | None = None
    reason: Reason | None = None
    held: Hold | None = None
    """The hold of an incident that is over by one."""

    @property
    def key(self) -> str:
        """Equal for every attempt to say the same, so that it can be told twice."""
        return f"{self.incident}-{self.state}"

    def as_json(self) -> Mapping[str, JsonValue]:
        """The body of the POST. Nothing of any request is in it."""
        alarm, last, owner = self.alarm, self.last, self.alarm.owner
        return {
            "incident": self.incident,
            "state": str(self.state),
            alarm.kind: alarm.of,
            "step": alarm.step,
            "source": alarm.calls,
            "failure": {
                "code": last.code,
                "status": last.status,
                "message": last.message,
            },
            "owner": None
            if owner is None
            else {
                "team": owner.team,
                "runbook": owner.runbook,
                "contact": owner.contact,
            },
            "since": _utc(self.since),
            "until": None if self.until is None else _utc(self.until),
            "hurt": self.hurt,
            "reason": None if self.reason is None else str(self.reason),
            "held": None if self.held is None else self.held.shown(),
            "process": self.process,
        }


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")[:-6] + "Z"
