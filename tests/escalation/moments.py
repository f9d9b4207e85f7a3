"""Alarms, events and moments in short words."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from gateway.alarm import Alarm, Owner
from gateway.clock import SystemClock
from gateway.escalation.incidents import Incidents, Moment
from gateway.telemetry.events import StepWatched
from gateway.units import Rate

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
FRAUD = "customer.fraud"
ALARM = Alarm(
    kind="operation",
    of="customer",
    step="fraud",
    calls="core",
    source="pager",
    endpoint="/incidents",
    after=Rate(3, 60.0),
    timeout=5.0,
    owner=Owner("servicing", "https://wiki.invalid/customer"),
)
BAD = StepWatched(
    "r", FRAUD, "UPSTREAM_STATUS", "The source answered with status 503.", 503
)
WELL = StepWatched("r", FRAUD)


def at(seconds: float) -> Moment:
    """So long after noon; the gateway's clock began long before."""
    return Moment(1_000 + seconds, NOON + timedelta(seconds=seconds))


def watching(*alarms: Alarm) -> Incidents:
    """The incidents of a process, numbered from 1."""
    numbers = iter(range(1, 1_000))
    made = Incidents("host:1", lambda: f"i{next(numbers)}")
    made.watch({alarm.key: alarm for alarm in alarms or (ALARM,)}, at(-100))
    return made


@dataclass
class Shifted:
    """The system's clocks, put forward by the test."""

    by: float = 0.0
    system: SystemClock = field(default_factory=SystemClock)

    def now(self) -> float:
        return self.system.now() + self.by

    def wall(self) -> datetime:
        return self.system.wall() + timedelta(seconds=self.by)
