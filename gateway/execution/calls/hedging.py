"""A second attempt beside one that is slow: the first answer that stands wins.

In charge of the race alone: which calls may have a second one is decided where they
are made. Whoever lost is cancelled, and frees what it holds. The idea is that of Dean
and Barroso's "The Tail at Scale".
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import TypeAlias

from gateway.clock import Deadline
from gateway.connectors.base import Reply
from gateway.errors import UpstreamError
from gateway.execution.model import Failed
from gateway.execution.tries import Try
from gateway.record import Model

Came: TypeAlias = Reply | UpstreamError | Failed
"""What an attempt came to; a `Failed` where it was not sent."""


@dataclass(slots=True, eq=False)
class Due:
    """The moment so many seconds ``after`` an attempt was sent."""

    after: float
    passed: asyncio.Future[None]
    _timer: asyncio.TimerHandle | None = None

    def count(self) -> None:
        """The attempt was sent: its time begins."""
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(self.after, self.passed.set_result, None)

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()


@dataclass(slots=True, eq=False)
class Attempt:
    """One attempt, until its time is up.

    ``hedge``: it runs beside a slow one. ``due`` is when another may run beside it.
    ``number`` counts a call's attempts that were sent, 0: it was not. ``lost``: it was
    given up because the other one answered. ``record`` is what is told of it.
    """

    until: Deadline
    hedge: bool = False
    due: Due | None = None
    number: int = 0
    lost: bool = False
    record: Try | None = None


Ended: TypeAlias = tuple[Attempt, Came]


class Race(Model, frozen=True):
    """Two attempts at one call.

    ``run`` makes one, ``stands`` says whether what it came to is an answer, ``beaten``
    is told of each that came to nothing and is not the one that counts.
    """

    run: Callable[[Attempt], Coroutine[object, object, Came]]
    stands: Callable[[Came], bool]
    beaten: Callable[[Attempt, Came], None]

    async def between(self, first: Attempt, second: Attempt) -> Ended:
        """The attempt that answered first; where none did, the one that says most.

        The second one starts if the first still runs when it is due.
        """
        due = first.due
        if due is None:
            return first, await self.run(first)
        running = {asyncio.create_task(self._ended(first)): first}
        try:
            waited: set[asyncio.Future[Ended] | asyncio.Future[None]]
            waited = {*running, due.passed}
            await asyncio.wait(waited, return_when=_FIRST)
            if due.passed.done() and not any(task.done() for task in running):
                running[asyncio.create_task(self._ended(second))] = second
            return await self._winner(running)
        finally:
            due.stop()
            for task in running:
                task.cancel()

    async def _ended(self, attempt: Attempt) -> Ended:
        return attempt, await self.run(attempt)

    async def _winner(self, running: dict[asyncio.Task[Ended], Attempt]) -> Ended:
        ended: list[Ended] = []
        while running:
            await asyncio.wait(running, return_when=_FIRST)
            for task in [task for task in running if task.done()]:
                del running[task]
                attempt, came = task.result()
                if self.stands(came):
                    for loser in running.values():
                        loser.lost = True
                    self._beaten(ended)
                    return attempt, came
                ended.append((attempt, came))
        *others, last = sorted(ended, key=_tells)
        self._beaten(others)
        return last

    def _beaten(self, ended: list[Ended]) -> None:
        for attempt, came in ended:
            self.beaten(attempt, came)


_FIRST = asyncio.FIRST_COMPLETED


def _tells(ended: Ended) -> int:
    """How much a failure says: a reply says more than none. Of equals the later."""
    match ended[1]:
        case Reply():
            return 2
        case UpstreamError():
            return 1
    return 0
