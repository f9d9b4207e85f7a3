"""A step that operators hold back for a while: which, until when, who, and why.

In charge of the value only. Must never decide what time it is: that is handed in.
"""

from __future__ import annotations

from datetime import datetime

from gateway.record import Model, asdict
from gateway.values import JsonValue

OF_SOURCE = "source:"
"""Begins the name of all steps that call one source."""


class Hold(Model, frozen=True):
    """``step`` is ``customer360.fraud``, ``Account.branch`` or ``source:fraud-api``.

    ``since`` and ``until`` are ISO times in UTC; without ``until`` it lasts until
    somebody ends it. ``origin`` is where it was asked from.
    """

    step: str
    since: str
    until: str | None
    by: str
    origin: str
    reason: str

    def lasts(self, now: datetime) -> bool:
        """Whether it still holds, by the time of day."""
        return self.until is None or datetime.fromisoformat(self.until) > now

    def covers(self, step: str, source: str | None) -> bool:
        """Whether it holds a step of this name, or one that calls this source."""
        if self.step.startswith(OF_SOURCE):
            return self.step.removeprefix(OF_SOURCE) == source
        return self.step == step

    def outlasts(self, other: Hold) -> bool:
        """Whether it ends later, or never."""
        if self.until is None or other.until is None:
            return self.until is None and other.until is not None
        ends = datetime.fromisoformat
        return ends(self.until) > ends(other.until)

    def as_json(self) -> dict[str, JsonValue]:
        """As it is stored and told."""
        return asdict(self)

    def shown(self) -> dict[str, JsonValue]:
        """What those are told who may know why a step has no answer."""
        told = {"until": self.until, "by": self.by, "reason": self.reason}
        return {"hold": self.step, **told}

    def told(self) -> str:
        """The same in words."""
        end = f"until {self.until}" if self.until else "until somebody ends it"
        return f"{end}, by {self.by}: {self.reason}"
