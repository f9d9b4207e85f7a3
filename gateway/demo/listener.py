"""One of the demo's services as a real HTTP listener that can go down and come back.

In charge of sockets and of faults. Must never know what a service answers.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
from enum import StrEnum
from typing import TYPE_CHECKING

import uvicorn
from starlette.responses import JSONResponse

if TYPE_CHECKING:
    from collections.abc import Generator

    from starlette.types import ASGIApp, Receive, Scope, Send

HOST = "127.0.0.1"
SLOW_SECONDS = 3.0
_JITTER = 0.2


class Mode(StrEnum):
    """How a service behaves: as ever, or broken in one of three ways."""

    UP = "up"
    DOWN = "down"
    SLOW = "slow"
    ERROR = "error"


class PortTakenError(Exception):
    """Another program listens on the port a service wants."""


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        """Signals belong to the process, which has several of these servers."""
        yield


def bind(port: int, host: str = HOST) -> socket.socket:
    """A socket on ``port``, or on a free one for 0.

    Raises:
        PortTakenError: where another program has the port.
    """
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((host, port))
    except OSError as error:
        made.close()
        raise PortTakenError(f"port {port} is already in use") from error
    return made


class Listener:
    """A service on a port of its own, with its own latency, faults and counter."""

    host = HOST
    """Where all of them listen; elsewhere only in a container of their own."""

    def __init__(self, name: str, app: ASGIApp, *, port: int, latency: float) -> None:
        """Nothing listens yet; ``latency`` is the usual wait in seconds."""
        self.name = name
        self.port = port
        self.mode = Mode.UP
        self.calls = 0
        self._app = app
        self._latency = latency
        self._turning = asyncio.Lock()  # a mend waits for the break before it
        self._roll = random.Random(name)
        self._server: _Server | None = None
        self._serving: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    async def open(self) -> None:
        """Listen. Raises `PortTakenError`."""
        sock = bind(self.port, self.host)
        self.port = sock.getsockname()[1]
        config = uvicorn.Config(
            self, log_level="warning", access_log=False, lifespan="off", ws="none"
        )
        self._server = _Server(config)
        self._serving = asyncio.create_task(self._server.serve([sock]))
        while not self._server.started:
            if self._serving.done():
                await self._serving
            await asyncio.sleep(0.002)

    async def close(self) -> None:
        """Stop listening and cut every connection; calls are refused from now on."""
        if self._server is None or self._serving is None:
            return
        self._server.should_exit = self._server.force_exit = True
        await self._serving
        self._server = self._serving = None

    async def turn(self, mode: Mode) -> None:
        """Change how the service behaves; done when it does."""
        async with self._turning:
            if mode is Mode.DOWN:
                await self.close()
            elif self._server is None:
                await self.open()
            self.mode = mode

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one call: count it, take the time it takes, fail where broken."""
        asked_for_data = not scope["path"].startswith(("/-/", "/health"))
        if asked_for_data:
            self.calls += 1
            await asyncio.sleep(self._pause())
            if self.mode is Mode.ERROR:
                broken = JSONResponse({"error": f"{self.name} is broken"}, 503)
                await broken(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _pause(self) -> float:
        usual = self._latency * self._roll.uniform(1 - _JITTER, 1 + _JITTER)
        return usual + (SLOW_SECONDS if self.mode is Mode.SLOW else 0)
