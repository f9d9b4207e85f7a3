"""Virtual time: an event loop whose clock jumps to the next timer. No test sleeps.

In charge of time and of telling a deadlock. Everything else of the loop is asyncio's
own; sockets work, as long as something is ready without waiting. The idea is trio's
autojump clock.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor
from typing import Any, TypeVar, TypeVarTuple

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


class DeadlockError(RuntimeError):
    """Nothing can run and no timer is set: whoever is waiting would wait for ever."""


class _JumpSelector(selectors.DefaultSelector):
    """Never waits: where nothing is ready, the clock moves instead."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def select(
        self, timeout: float | None = None
    ) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if ready or timeout == 0:
            return ready
        if timeout is None:
            raise DeadlockError("nothing can run and no timer is set")
        self.now += max(0.0, timeout)
        return ready


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """An hour passes in a millisecond; the order of events is always the same.

    Time starts at 0 and stands still while anything can run. Work meant for a thread
    runs at once in the loop's own, so that nothing happens beside it.
    """

    def __init__(self) -> None:
        self._jumping = _JumpSelector()
        super().__init__(self._jumping)

    def time(self) -> float:
        """Virtual seconds since the loop was made."""
        return self._jumping.now

    def run_in_executor(
        self,
        executor: Executor | None,  # noqa: ARG002 - asyncio calls it so
        func: Callable[[*Ts], T],
        *args: *Ts,
    ) -> asyncio.Future[T]:
        """Call it here and now; the future is done when this returns."""
        future: asyncio.Future[T] = self.create_future()
        try:
            future.set_result(func(*args))
        except Exception as error:  # noqa: BLE001 - the future hands it on, as a thread's would
            future.set_exception(error)
        return future


def run_virtual(main: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end in virtual time, in a loop of its own.

    Raises:
        DeadlockError: it waits for something that can never happen.
    """
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(main)
