"""Listens to what happens, and tells sources of it: the room's one door.

In charge of joining the parts: events go to `incidents`, what these say to `delivery`,
the time that passes to both. Must never decide what an incident is.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass, field

from gateway.alarm import Alarm
from gateway.clock import Clock
from gateway.escalation.delivery import Delivery
from gateway.escalation.fleet import Alone, Fleet, Stores
from gateway.escalation.incidents import Incidents, Moment
from gateway.escalation.message import Message, State
from gateway.execution.upstream import Upstream
from gateway.generation import Generation
from gateway.profile.model import Audience, Entity, Step
from gateway.telemetry.events import (
    Event,
    IncidentOpened,
    IncidentResolved,
    Observer,
    StepWatched,
)

_GRACE = 3.0
"""Seconds that messages are given when the process ends."""
_SOON = 0.01
"""Seconds; loops whose clock is coarse may wake us before it is time."""


@dataclass(slots=True)
class Escalating:
    """Watches the steps of the current generation while it runs, and only then."""

    clock: Clock
    observe: Observer
    current: Generation
    stores: Stores = field(default_factory=Alone)
    """Where it is known which incidents other processes have."""
    incidents: Incidents = field(init=False)
    delivery: Delivery = field(init=False)
    fleet: Fleet = field(init=False)
    _runs: bool = False
    _timer: asyncio.TimerHandle | None = None

    def __post_init__(self) -> None:
        self.delivery = Delivery(self._borrow, self.clock, self.observe)
        self.fleet = Fleet(
            self.clock, self.observe, self._send, self._answers, self.stores
        )
        self.incidents = Incidents(f"{socket.gethostname()}:{os.getpid()}")
        self.incidents.alarms = alarms_of(self.current.whole)

    def serves(self, generation: Generation) -> None:
        """A generation became current: its alarms hold from now on."""
        self.current = generation
        steps = [*_alarmed(generation.whole)]
        alarms = {alarm.key: alarm for alarm, _ in steps}
        held = {alarm.key: step.held for alarm, step in steps if step.held}
        self._tell(self.incidents.watch(alarms, self._now(), held))

    def hear(self, event: Event) -> None:
        """An observer that everything may be told, at next to no cost."""
        if type(event) is not StepWatched or not self._runs:
            return
        if event.code is not None or event.step in self.incidents.open:
            self._tell(self.incidents.heard(event, self._now()))

    def open(self) -> tuple[str, ...]:
        """The steps with an open incident, by name."""
        return tuple(sorted(self.incidents.open))

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Watch; afterwards what is open is called off, and nothing is left behind."""
        # A worker is a process of its own, which began after this was made.
        self.incidents.process = f"{socket.gethostname()}:{os.getpid()}"
        self._runs = True
        try:
            yield
        finally:
            self._runs = False
            self._tell(self.incidents.stopped(self._now()))
            await self.fleet.close()
            await self.delivery.close(_GRACE)

    def _now(self) -> Moment:
        return Moment.of(self.clock)

    def _tell(self, messages: Iterable[Message]) -> None:
        for message in messages:
            self.fleet.take(message)
        self._arm()

    def _send(self, message: Message) -> None:
        """It is for this process to tell."""
        self.observe(_event(message))
        self.delivery.send(message)

    def _answers(self, key: str, seconds: float) -> None:
        """The step answers another process for so long."""
        at = self._now()
        self._tell(self.incidents.answers(key, at.now - seconds, at))

    def _arm(self) -> None:
        """Look again when an incident may be over, if nothing happens before."""
        due = self.incidents.due
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if due is not None and self._runs:
            wait = max(_SOON, due - self.clock.now())
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(wait, self._look)

    def _look(self) -> None:
        self._timer = None
        self._tell(self.incidents.passed(self._now()))

    @contextlib.contextmanager
    def _borrow(self, source: str) -> Iterator[Upstream | None]:
        """A source of the generation that serves, which stays open for so long."""
        generation = self.current
        with generation.lease:
            yield generation.upstreams.get(source)


def alarms_of(audience: Audience) -> dict[str, Alarm]:
    """Every alarm of what is served, by its key."""
    return {alarm.key: alarm for alarm, _ in _alarmed(audience)}


def _alarmed(audience: Audience) -> Iterator[tuple[Alarm, Step]]:
    """Every step of what is served that has an alarm."""
    entities: list[Entity] = [*audience.entities.values()]
    steps: list[Step] = []
    for profile in audience.profiles.values():
        entities += profile.entities.values()
        steps += profile.steps.values()
    steps += (step for entity in entities for step in entity.steps.values())
    steps += (step for entity in entities for step in entity.lookups.values())
    yield from ((s.escalate, s) for s in steps if s.escalate is not None)


def _event(message: Message) -> IncidentOpened | IncidentResolved:
    alarm, hurt = message.alarm, message.hurt
    if message.state is State.OPEN:
        return IncidentOpened(message.incident, alarm.key, alarm.source, hurt)
    reason = str(message.reason)
    return IncidentResolved(message.incident, alarm.key, alarm.source, hurt, reason)
