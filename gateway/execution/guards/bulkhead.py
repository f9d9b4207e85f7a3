"""What protects a source from us: how many calls it gets at a time, and again.

State changes in plain functions; only a bulkhead waits.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from math import ceil, inf
from types import TracebackType
from typing import Protocol

from gateway.clock import Clock, LoopClock
from gateway.errors import ErrorClass, UpstreamError
from gateway.execution.guards.adaptive import End, Gradient, Heard
from gateway.execution.guards.pace import Pace

_SERVER_ERRORS = 500
_TOO_MUCH = frozenset({429, 503, 504})


class Turn(Protocol):
    """Who waits in line, as an `asyncio.Future` does."""

    def done(self) -> bool:
        """Whether nobody waits any more."""

    def set_result(self, nothing: None, /) -> None:
        """It has a slot."""


def never() -> float:
    """The end of a time that has none."""
    return inf


@dataclass(slots=True)
class Bulkhead:
    """At most `limit` calls at a time; the rest wait their turn, first come first.

    At most `queue` wait; None sets no bound. With a `pace` they wait for their turn
    in time too. With a `gradient` it says how many go at a time, `limit` at most, and
    as much fewer wait: how long they wait stays the same.
    """

    limit: int
    queue: int | None = None
    pace: Pace | None = None
    gradient: Gradient | None = None
    clock: Clock = field(default_factory=LoopClock)
    running: int = field(init=False, default=0)
    _line: deque[Turn] = field(init=False, default_factory=deque)
    _alarm: asyncio.TimerHandle | None = field(init=False, default=None)
    _waking: bool = field(init=False, default=False)
    at_once: int = field(init=False)
    """How many may be under way where one is let in by nothing but its slot."""

    def __post_init__(self) -> None:
        plain = self.pace is None and self.gradient is None
        self.at_once = self.limit if plain else 0

    @property
    def allowed(self) -> int:
        """Calls at a time, now."""
        return self.limit if self.gradient is None else self.gradient.limit

    @property
    def waiting(self) -> int:
        """Calls that wait for their turn."""
        return len(self._line)

    def sheds(self, left: float = inf) -> bool:
        """Whether who comes now, with so many seconds left, is better told at once.

        It could neither go on nor wait, or its turn would come too late.
        """
        wait = 0.0
        if self.pace is not None:
            wait = self.pace.wait(self.clock.now(), len(self._line))
        if wait > left:
            return True
        waits = wait > 0 or bool(self._line) or self.running >= self.allowed
        return waits and self.queue is not None and len(self._line) >= self._places

    @property
    def free(self) -> bool:
        """Whether who comes now goes at once."""
        if self._line or self.running >= self.allowed:
            return False
        return self.pace is None or self.pace.wait(self.clock.now()) <= 0

    def slot(self, endpoint: str = "", until: Callable[[], float] = never) -> Slot:
        """A slot for one call, to hold while it runs.

        `until` says when the call's time ends; asked as late as it can be, since
        others who come to wait for the call may give it more.
        """
        return Slot(self, endpoint, until)

    def fresh(self) -> Bulkhead:
        """One by the same rules that nobody has used."""
        return Bulkhead(
            self.limit,
            self.queue,
            self.pace and self.pace.fresh(),
            self.gradient and self.gradient.fresh(),
            self.clock,
        )

    def enter_at_once(self) -> bool:
        """Take a slot without waiting; False where that cannot be, or is not enough.

        With a pace or a gradient more has to be known of a call than its slot.
        """
        if self.running >= self.at_once or self._line:
            return False
        self.running += 1
        return True

    def line_up(self, turn: Turn) -> bool:
        """Wait for a slot without a coroutine: `turn` is told, and has it then.

        False, and nothing has happened, where the line is full or where more has to be
        known of a call, as in `enter_at_once`.
        """
        if self.pace is not None or self.gradient is not None:
            return False
        if self.queue is not None and len(self._line) >= self.queue:
            return False
        self._line.append(turn)
        self._wake()
        return True

    def step_out(self, turn: Turn) -> None:
        """Who waited in line does so no more."""
        with contextlib.suppress(ValueError):
            self._line.remove(turn)

    async def enter(self) -> None:
        """Wait for a turn and take a slot. Who is cancelled has none."""
        if not self._line and self._goes():
            return
        turn = asyncio.get_running_loop().create_future()
        self._line.append(turn)
        self._wake()
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():
                self.leave()  # it was given a slot at the moment it left
            elif turn in self._line:
                self._line.remove(turn)
            raise

    def leave(self) -> None:
        """Give a slot back; the first who waits has it."""
        self.running -= 1
        if self._line:
            self._wake()

    @property
    def _places(self) -> int:
        if self.gradient is None or self.queue is None:
            return self.queue or 0
        return ceil(self.queue * self.gradient.level / self.limit)

    def _goes(self) -> bool:
        """Take a slot, if there is one and it is time."""
        if self.running >= self.allowed:
            return False
        if self.pace is not None and not self.pace.take(self.clock.now()):
            return False
        self.running += 1
        return True

    def _wake(self) -> None:
        """Let go who may, and see to it that the next is woken in time.

        Who is let go may give its slot back at once: the loop goes on with the next,
        and never within itself, since a line may be longer than a stack.
        """
        if self._waking:
            return
        self._waking = True
        try:
            while self._line and (self._line[0].done() or self._goes()):
                turn = self._line.popleft()
                if not turn.done():
                    turn.set_result(None)
        finally:
            self._waking = False
        if self.pace is None or self._alarm is not None or not self._line:
            return
        if self.running < self.allowed:
            pause = self.pace.wait(self.clock.now())
            loop = asyncio.get_running_loop()
            self._alarm = loop.call_later(pause, self._rung)

    def _rung(self) -> None:
        self._alarm = None
        self._wake()


@dataclass(slots=True)
class Slot:
    """One call's stay in a bulkhead, which learns from how it ends."""

    bulkhead: Bulkhead
    endpoint: str
    until: Callable[[], float]
    began: float = 0.0
    running: int = 0

    async def __aenter__(self) -> None:
        await self.bulkhead.enter()
        if self.bulkhead.gradient is not None:
            self.began = self.bulkhead.clock.now()
            self.running = self.bulkhead.running

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        gradient = self.bulkhead.gradient
        if gradient is not None:
            now = self.bulkhead.clock.now()
            end = ending(error, cut=now >= self.until())
            seconds = now - self.began
            gradient.hear(Heard(self.endpoint, seconds, self.running, end), now)
        self.bulkhead.leave()


def ending(error: BaseException | None, *, cut: bool) -> End:
    """What the end of a call says about load. ``cut``: its time was over.

    Quick failures are no sign of speed, and a client that left is none of anything.
    """
    match error:
        case None:
            return End.ANSWERED
        case asyncio.CancelledError():
            return End.LATE if cut else End.UNKNOWN
        case UpstreamError(kind=ErrorClass.TIMEOUT):
            return End.LATE
        case UpstreamError(kind=ErrorClass.STATUS, status=int(status)):
            if status in _TOO_MUCH:
                return End.REFUSED
            return End.ANSWERED if status < _SERVER_ERRORS else End.UNKNOWN
    return End.UNKNOWN


_BUCKET = 10.0


@dataclass(slots=True)
class RetryBudget:
    """How many further attempts a source gets, whatever its steps allow themselves.

    First attempts earn a share of one each, a further attempt takes one. So a source
    that is down sees at most ``(1 + share) x calls + 10``: retries never are the load
    that keeps it down. The idea is Finagle's. No share, no further attempts.
    """

    share: float = 0.2
    sent: int = 0
    """First attempts that have not earned yet: they do when somebody wants to take."""
    _left: float = field(init=False)

    def __post_init__(self) -> None:
        self._left = _BUCKET if self.share else 0.0

    def earn(self) -> None:
        """A first attempt was sent."""
        self.sent += 1

    @property
    def left(self) -> float:
        """How many may be taken; what was sent has earned by then."""
        sent, self.sent = self.sent, 0
        earned = self._left + sent * self.share  # without a share it stays 0
        self._left = min(_BUCKET, earned)
        return self._left

    @left.setter
    def left(self, left: float) -> None:
        self._left, self.sent = left, 0

    def take(self) -> bool:
        """Take one further attempt, if there is one."""
        left = self.left
        if left < 1.0:
            return False
        self._left = left - 1.0
        return True
