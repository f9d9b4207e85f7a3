"""Whom to tell when a step keeps failing: `escalate` and `owner` of YAML as values.

In charge of the two words only. Must never decide whether anything has failed.
"""

from __future__ import annotations

from typing import Literal

from gateway.record import Model
from gateway.units import Rate
from gateway.values import JsonValue


class Owner(Model, frozen=True):
    """Who is asked when something is wrong."""

    team: str | None = None
    runbook: str | None = None
    contact: str | None = None

    def as_json(self) -> dict[str, JsonValue]:
        """What of it was written."""
        known = {"team": self.team, "runbook": self.runbook, "contact": self.contact}
        return {key: text for key, text in known.items() if text is not None}


class Alarm(Model, frozen=True):
    """The alarm of one step, as its ``escalate`` says.

    ``of`` is the operation or, by ``kind``, the entity type whose step it is; ``calls``
    the source that the step asks. After so many failures in so long (``after``), one
    POST tells ``source`` at ``endpoint``, a path below its URL, given at most
    ``timeout`` seconds.
    """

    kind: Literal["operation", "entity"]
    of: str
    step: str
    calls: str | None
    source: str
    endpoint: str
    after: Rate
    timeout: float
    owner: Owner | None = None

    @property
    def key(self) -> str:
        """What the alarm is known by, over reloads too: ``customer360.fraud``."""
        return f"{self.of}.{self.step}"
