"""When an incident begins and when it is over: decides by the time that is handed in.

An incident opens with the last of so many failures in a window. It is over when the
step has answered since its last failure and has not failed for a whole window: it
opens at many failures and closes at none, so a step that fails now and then keeps one
incident open instead of opening many. Must never wait, and never tell anybody itself.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final
from uuid import uuid4

from gateway.alarm import Alarm
from gateway.clock import Clock
from gateway.escalation.message import Message, Reason, State
from gateway.hold import Hold
from gateway.record import Model, Struct, field, replace
from gateway.telemetry.events import StepWatched

NONE: Final[Mapping[str, Hold]] = MappingProxyType({})


class Moment(Model, frozen=True):
    """A point in time on the gateway's clock, and of the day."""

    now: float
    wall: datetime

    @classmethod
    def of(cls, clock: Clock) -> Moment:
        return cls(clock.now(), clock.wall())

    def back_to(self, now: float) -> datetime:
        """The time of day when the clock said `now`."""
        return self.wall - timedelta(seconds=self.now - now)


class Incident(Struct):
    """One that is open. ``well`` is since when the step answers, where it does."""

    id: str
    alarm: Alarm
    since: datetime
    hurt: int
    failed: float
    last: StepWatched
    well: datetime | None = None


def _new_id() -> str:
    return uuid4().hex


class Incidents(Struct):
    """The incidents of one process: at most one at a time for each alarm.

    What it remembers is bounded by the alarms and the failures that they wait for.
    """

    process: str
    new_id: Callable[[], str] = _new_id
    alarms: Mapping[str, Alarm] = field(default_factory=dict)
    open: dict[str, Incident] = field(default_factory=dict)
    _failures: dict[str, deque[float]] = field(default_factory=dict)

    def watch(
        self, alarms: Mapping[str, Alarm], at: Moment, held: Mapping[str, Hold] = NONE
    ) -> tuple[Message, ...]:
        """Watch these from now on. What is not among them is over; so is what is held.

        Nobody calls a step that is ``held``, so nobody would learn when it works again.
        """
        before, self.alarms = self.alarms, alarms
        self._failures = {
            key: times
            for key, times in self._failures.items()
            if key in alarms and alarms[key].after == before[key].after
        }
        gone = [key for key in self.open if key not in alarms]
        over = [self._over(key, Reason.REMOVED, at.wall) for key in gone]
        for key in [key for key in self.open if key in held]:
            message = self._over(key, Reason.HELD, at.wall)
            over.append(replace(message, held=held[key]))
        return tuple(over)

    def heard(self, event: StepWatched, at: Moment) -> tuple[Message, ...]:
        """A request is done with a step."""
        alarm = self.alarms.get(event.step)
        if alarm is None:
            return ()  # a request that began before a reload
        incident = self.open.get(event.step)
        if event.code is None:
            if incident is None:
                return ()
            incident.well = incident.well or at.wall
            return self._settled(event.step, at)
        messages = self._settled(event.step, at)
        if incident is None or messages:
            return (*messages, *self._failed(alarm, event, at))
        incident.hurt += 1
        incident.failed, incident.last, incident.well = at.now, event, None
        return ()

    def answers(self, key: str, since: float, at: Moment) -> tuple[Message, ...]:
        """The step answers another process since then, which may be news here.

        Who has not been asked for it since then would never learn of it.
        """
        incident = self.open.get(key)
        if incident is None or incident.failed >= since:
            return ()
        incident.well = incident.well or at.back_to(since)
        return self._settled(key, at)

    def passed(self, at: Moment) -> tuple[Message, ...]:
        """Time went by: what is over by now."""
        return tuple(m for key in tuple(self.open) for m in self._settled(key, at))

    def stopped(self, at: Moment) -> tuple[Message, ...]:
        """The process ends; nobody watches any more."""
        return tuple(
            self._over(key, Reason.STOPPED, at.wall) for key in tuple(self.open)
        )

    @property
    def due(self) -> float | None:
        """When `passed` is to be asked; None where nothing can be over."""
        ends = [
            incident.failed + self.alarms[key].after.seconds
            for key, incident in self.open.items()
            if incident.well is not None
        ]
        return min(ends, default=None)

    def _failed(
        self, alarm: Alarm, event: StepWatched, at: Moment
    ) -> tuple[Message, ...]:
        """A failure outside of any incident, which may begin one."""
        fresh: deque[float] = deque(maxlen=alarm.after.times)
        times = self._failures.setdefault(alarm.key, fresh)
        times.append(at.now)
        enough = len(times) == times.maxlen
        if not enough or at.now - times[0] >= alarm.after.seconds:
            return ()
        del self._failures[alarm.key]
        incident = Incident(
            self.new_id(), alarm, at.back_to(times[0]), len(times), at.now, event
        )
        self.open[alarm.key] = incident
        return (self._message(incident, State.OPEN),)

    def _settled(self, key: str, at: Moment) -> tuple[Message, ...]:
        """The end of the incident, where it is over."""
        incident = self.open.get(key)
        if incident is None or incident.well is None:
            return ()
        if at.now - incident.failed < self.alarms[key].after.seconds:
            return ()
        return (self._over(key, Reason.ANSWERED, incident.well),)

    def _over(self, key: str, reason: Reason, until: datetime) -> Message:
        incident = self.open.pop(key)
        return self._message(incident, State.RESOLVED, until, reason)

    def _message(
        self,
        incident: Incident,
        state: State,
        until: datetime | None = None,
        reason: Reason | None = None,
    ) -> Message:
        return Message(
            incident.id,
            state,
            incident.alarm,
            incident.since,
            incident.hurt,
            incident.last,
            self.process,
            until,
            reason,
        )
