"""A plan whose steps are waited for in groups: an answer in parts is made as they come.

In charge of telling when a group of steps has settled. Steps start exactly as for one
answer. A required step that only a later part needs breaks no root field, which may
have been sent by then: it is remembered in `lost`, and its part fails.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

from gateway.execution.course import Course
from gateway.execution.engine import Engine
from gateway.execution.model import ResultStore, StepResult
from gateway.execution.reading import Reader
from gateway.execution.run import Run
from gateway.plan.model import PlannedStep
from gateway.record import field
from gateway.request.model import Bindings, RequestContext
from gateway.values import StepId

Group = frozenset[StepId]


class _Parted(Run, eq=False, kw_only=True):
    """A run that tells of groups. ``breaking`` are the steps that break their root."""

    breaking: Group = frozenset()
    lost: set[StepId] = field(default_factory=set)
    groups: dict[Group, tuple[set[StepId], asyncio.Event]] = field(default_factory=dict)
    further: asyncio.Event | None = None

    def ended(self, step: PlannedStep, result: StepResult) -> None:
        super().ended(step, result)
        if self.further is not None:
            self.further.set()
        for group in [g for g in self.groups if step.id in g]:
            left, event = self.groups[group]
            left.discard(step.id)
            if not left:
                event.set()
                del self.groups[group]

    def _break(self, step: PlannedStep) -> None:
        if step.id in self.breaking:
            super()._break(step)
        else:
            self.lost.add(step.id)


@dataclass(slots=True)
class Parts:
    """A plan at work, and what of it has settled.

    ``reader`` reads what has. Must be closed, by whatever end.
    """

    run: _Parted
    reader: Reader

    @property
    def lost(self) -> set[StepId]:
        """Required steps of later parts that failed."""
        return self.run.lost

    @property
    def unsettled(self) -> Group:
        """The steps that have not settled yet."""
        return frozenset(self.run.waiting)

    def is_settled(self, group: Group) -> bool:
        """Whether all steps of a group have settled."""
        return group.isdisjoint(self.run.waiting)

    async def settled(self, group: Group) -> None:
        """Wait until all steps of a group have settled."""
        if self.is_settled(group):
            return
        kept = self.run.groups.get(group)
        if kept is None:
            left = {id_ for id_ in group if id_ in self.run.waiting}
            kept = self.run.groups[group] = left, asyncio.Event()
        await kept[1].wait()

    async def settled_by(self, group: Group, at: float) -> None:
        """The same, but no longer than to a point on the clock."""
        with suppress(TimeoutError):
            async with asyncio.timeout_at(at):
                await self.settled(group)

    async def further(self) -> None:
        """Wait until one more step has settled, where some have not."""
        if self.run.waiting:
            self.run.further = asyncio.Event()
            await self.run.further.wait()

    async def later(self, group: Group, read: Callable[[], object]) -> object:
        """What is read when a group has settled."""
        await self.settled(group)
        return read()

    async def checked(
        self, value: Awaitable[object], check: Callable[[], None]
    ) -> object:
        """The value, once a check has let it pass."""
        came = await value
        check()
        return came

    def close(self) -> None:
        """Nobody wants to know any more: whatever still runs is cancelled."""
        self.run.leave()


def begin(
    engine: Engine,
    course: Course,
    request: RequestContext,
    bindings: Bindings,
    breaking: Group,
) -> Parts:
    """Start a plan, to be read while it is at work."""
    surroundings = request.surroundings
    reader = Reader(ResultStore(), bindings, surroundings)
    run = _Parted(
        engine, request, reader, course=course, breaking=breaking, alarms=True
    )
    run.begin(lambda _: None)
    return Parts(run, reader)
