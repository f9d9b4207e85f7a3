"""One of several processes that serve: what runs in it, from its start to its end.

In charge of a process's own gateway, of what its parent hears, and of hearing it. Must
never know of the other workers: what it answers for them it is lent by the parent.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import signal
import socket
import sys
from typing import TYPE_CHECKING, Any, Final

import uvicorn

from gateway.cli.binding import to_serve
from gateway.cli.failures import CommandError, complain
from gateway.cli.lending import Borrowed
from gateway.cli.listening import (
    Draining,
    Wishes,
    asgi,
    built,
    server_config,
)
from gateway.cli.signals import end_by_signal, serve_by_signal
from gateway.record import Model, replace

if TYPE_CHECKING:
    from gateway.app import Gateway
    from gateway.telemetry.events import Event, Observer

BEAT: Final = 5
"""Seconds between two words to the parent."""
_WORD: Final = b"."


class Post(Model, frozen=True):
    """What a worker is given: its number, its socket, and a line to its parent.

    ``tells`` is whether it logs the problems of the files that it starts with; one
    worker does, since all read the same. ``follows``: it takes over from one that
    serves still, with all its ports.
    """

    wishes: Wishes
    number: int
    of: int
    listener: socket.socket
    line: socket.socket
    tells: bool
    follows: bool


def work(post: Post) -> None:
    """Serve until told to end, or until the parent is gone."""
    from gateway.cli.collecting import collect_nothing

    collect_nothing()  # before all that a start loads
    from gateway.app import Worker
    from gateway.telemetry.log import configure

    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # until it can be done
    # Ctrl-C reaches all processes of a terminal. The parent decides what it means.
    signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT,))
    wishes = post.wishes
    configure(json=wishes.json_log, debug=wishes.dev, worker=post.number)
    gateway = _loaded(post)
    gateway.worker = Worker(post.number, post.of)
    post.line.setblocking(False)  # nothing here ever waits for the parent
    say = functools.partial(_say, post.line)
    try:
        app = asgi(gateway, follows=post.follows)
    except CommandError as error:
        complain(str(error))
        sys.exit(1)
    config = server_config(app, gateway, callback_notify=say, timeout_notify=BEAT)
    server = _Heard(config, gateway, post.line)
    end_by_signal(server)
    server.run(sockets=[to_serve(post.listener)])


def _loaded(post: Post) -> Gateway:
    """Its own gateway. What is wrong goes to the log, as at a reload."""
    from gateway.errors import ProfileError
    from gateway.telemetry.events import ReloadRejected
    from gateway.telemetry.log import log_observer

    observe = log_observer()
    try:
        return built(post.wishes, observe if post.tells else _unproblematic(observe))
    except ProfileError as error:
        observe(ReloadRejected(error.problems))
    except CommandError as error:
        complain(str(error))
    sys.exit(1)


def _unproblematic(observe: Observer) -> Observer:
    """An observer for whom the files that a process starts with have no problems."""
    from gateway.telemetry.events import GenerationChanged

    def heard(event: Event) -> None:
        match event:
            case GenerationChanged(number=1):
                observe(replace(event, problems=()))
            case _:
                observe(event)

    return heard


async def _say(line: socket.socket) -> None:
    # A parent that does not listen now has enough to read, or is gone.
    with contextlib.suppress(OSError):
        line.send(_WORD)


class _Heard(Draining):
    """A server whose parent hears once it answers; without parent it ends."""

    def __init__(
        self, config: uvicorn.Config, gateway: Gateway, line: socket.socket
    ) -> None:
        super().__init__(config, gateway)
        self.line = line
        self.borrowed = Borrowed(self._listen)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            asyncio.get_running_loop().add_reader(self.line, self._hear_parent)
            serve_by_signal(self.gateway)
            await _say(self.line)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self.borrowed.close()
        await super().shutdown(sockets)

    def _hear_parent(self) -> None:
        """A socket that is lent or called back; or the end, of both."""
        if not self.borrowed.hear(self.line):
            asyncio.get_running_loop().remove_reader(self.line)
            self.should_exit = True

    async def _listen(self, lent: socket.socket) -> asyncio.AbstractServer:
        """Answer there as at the own socket: uvicorn's `startup` for one more."""
        config, loop = self.config, asyncio.get_running_loop()
        protocol: Any = config.http_protocol_class
        made = functools.partial(
            protocol,
            config=config,
            server_state=self.server_state,
            app_state=self.lifespan.state,
            _loop=loop,
        )
        return await loop.create_server(made, sock=lent, backlog=config.backlog)
