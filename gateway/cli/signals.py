"""What signals mean to a process that serves.

In charge of which signal asks for what. Must never end a request by itself.
"""

from __future__ import annotations

import asyncio
import os
import signal
from typing import TYPE_CHECKING, Final

from gateway.telemetry.processes import ReloadAsked, WorkerKept

if TYPE_CHECKING:
    import uvicorn

    from gateway.app import Gateway


def has_terminal() -> bool:
    """Whether somebody sits before this process."""
    try:
        os.close(os.open(os.ctermid(), os.O_RDWR | os.O_NOCTTY))
    except OSError:
        return False
    return True


_ENDS_WITH_TERMINAL: Final = (
    has_terminal() and signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN
)
"""As it began. Who writes `nohup` wants the other thing."""


def hung_up() -> bool:
    """Whether SIGHUP says that the terminal is gone, and not that somebody asks."""
    return _ENDS_WITH_TERMINAL and not has_terminal()


def end_by_signal(server: uvicorn.Server) -> None:
    """A signal ends the server in peace, and the process with status 0.

    uvicorn raises the signal again when it is done, for whoever waits to see it. For
    a gateway a signal is the normal end.
    """

    def end(_number: int, _frame: object) -> None:
        server.should_exit = True

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)


def serve_by_signal(gateway: Gateway, alone: uvicorn.Server | None = None) -> None:
    """SIGHUP loads the configuration now. To be called in the loop that serves.

    ``alone`` is the server of a process without a parent: it ends with its terminal,
    and nobody is there to start another in its place.
    """
    loop, under_way = asyncio.get_running_loop(), set[asyncio.Task[None]]()

    async def load() -> None:
        gateway.observe(ReloadAsked())
        await gateway.reload()
        await gateway.take_release()

    def asked() -> None:
        if alone is not None and hung_up():
            alone.should_exit = True
            return
        task = loop.create_task(load())
        under_way.add(task)
        task.add_done_callback(under_way.discard)

    def stays() -> None:
        reason = "it serves alone, and nobody could start another; write workers: 2"
        gateway.observe(WorkerKept(1, os.getpid(), reason))

    loop.add_signal_handler(signal.SIGHUP, asked)
    if alone is not None:
        loop.add_signal_handler(signal.SIGUSR2, stays)
