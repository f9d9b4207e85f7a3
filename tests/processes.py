"""Processes that tests start: they end with the test, however that ends.

A gateway that a failing test leaves behind holds its port, and takes a core from the
tests that follow.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Iterator


@contextlib.contextmanager
def ending(process: subprocess.Popen[str]) -> Iterator[subprocess.Popen[str]]:
    """After the block nothing is left of it, nor of what it started.

    It is the first of a session of its own (``start_new_session=True``), which all that
    it starts belongs to.
    """
    try:
        yield process
    finally:
        end(process)


def end(process: subprocess.Popen[str]) -> None:
    """Kill what is left of it, workers too; its pipes are closed then."""
    process.kill()
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe is not None:
            with contextlib.suppress(BrokenPipeError):
                pipe.close()
