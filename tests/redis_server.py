"""A real redis-server for tests, on a port of its own, that can be killed and stopped.

`redis_server` is a fixture: import it into a folder's `conftest.py`. Without
redis-server a test that asks for it is skipped; with REQUIRE_SERVICES=1 it fails.

A Redis that this machine has no moment for is none that is lost: the caches of this
process wait a minute for one that runs, and as in service for one that is frozen.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

from gateway.cache import redis_wire
from tests import ports

_IN_SERVICE = {
    name: getattr(redis_wire, name)
    for name in ("PATIENCE", "_ADMIN_PATIENCE", "_DEED_PATIENCE")
}
_BUSY = dict.fromkeys(_IN_SERVICE, 60.0)


def _wait(seconds: Mapping[str, float]) -> None:
    for name, each in seconds.items():
        setattr(redis_wire, name, each)


@dataclass(slots=True)
class RedisServer:
    """One redis-server that keeps nothing on disk: started anew, it is empty."""

    program: str
    port: int = field(default_factory=ports.free)
    options: tuple[str, ...] = ()
    _process: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Returns when it takes connections."""
        _wait(_BUSY)
        self._process = subprocess.Popen(
            [
                self.program,
                *("--port", str(self.port)),
                *("--bind", "127.0.0.1"),
                *("--save", ""),
                *("--appendonly", "no"),
                *self.options,
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if "Ready to accept connections" in line:
                return
        raise AssertionError("redis-server ended before it was ready")

    def kill(self) -> None:
        """Gone at once, with all that it held."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def freeze(self) -> None:
        """It holds its connections and answers nothing."""
        _wait(_IN_SERVICE)
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """It goes on where it was."""
        self._signal(signal.SIGCONT)
        _wait(_BUSY)

    def _signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def ask(self, *command: str) -> str:
        """What it answers to one command, by its own client."""
        client = self.program.replace("redis-server", "redis-cli")
        asked = subprocess.run(
            [client, "-p", str(self.port), *command],
            capture_output=True,
            text=True,
            check=True,
        )
        return asked.stdout.strip()


@contextmanager
def a_redis_server() -> Iterator[RedisServer]:
    """A server of one's own, for as long as a fixture wants it."""
    program = shutil.which("redis-server")
    if program is None:
        reason = "needs a Redis: apt-get install redis-server"
        if os.environ.get("REQUIRE_SERVICES") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    server = RedisServer(program)
    server.start()
    try:
        yield server
    finally:
        server.kill()


@pytest.fixture
def redis_server() -> Iterator[RedisServer]:
    """A running redis-server; it ends with the test."""
    with a_redis_server() as server:
        yield server
