"""The socket of a worker that is gone, lent to one that answers until the next does.

In charge of connections that would wait for a start: the system goes on giving a place
its share of them while nobody serves there. Must never keep what has an owner again.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Final

from gateway.cli.binding import BALANCED, to_serve
from gateway.record import Struct, field

if TYPE_CHECKING:
    from gateway.cli.places import Place
    from gateway.cli.running import Running

_LENGTH: Final = 2
"""Bytes of a word to a worker: a place's number. With a socket the place is lent, and
without one it is given back."""


def lend(places: Sequence[Place]) -> None:
    """Have somebody answer at each place, and call back what has its own worker again.

    To be asked whenever anything may have changed. What a line does not take now is
    tried again then; connections wait meanwhile.
    """
    if not BALANCED:  # one socket for all: nobody waits there
        return
    answering = [p.running for p in places if p.running is not None and p.running.ready]
    for place in places:
        if not any(one is place.lent for one in answering):
            place.lent = None  # it is gone, or goes
        if place.running is not None and place.running.ready:
            if place.lent is not None:
                _say(place.lent, place.number)
                place.lent = None
        elif place.lent is None and place.listener is not None and answering:
            least = min(answering, key=lambda one: _burden(places, one))
            if _say(least, place.number, place.listener):
                place.lent = least


def _burden(places: Sequence[Place], one: Running) -> int:
    return sum(place.lent is one for place in places)


def _say(to: Running, number: int, lent: socket.socket | None = None) -> bool:
    given = [] if lent is None else [lent.fileno()]
    try:
        socket.send_fds(to.line, [number.to_bytes(_LENGTH, "big")], given)
    except OSError:
        return False  # it has enough to read, or is gone
    return True


class Borrowed(Struct):
    """The sockets that a worker has of others; ``listen`` answers at one."""

    listen: Callable[[socket.socket], Awaitable[asyncio.AbstractServer]]
    _servers: dict[int, asyncio.Task[asyncio.AbstractServer]] = field(
        default_factory=dict
    )

    def hear(self, line: socket.socket) -> bool:
        """Take in one word of the parent; False where the line has ended."""
        try:
            said, given, *_ = socket.recv_fds(line, _LENGTH, 1)
        except BlockingIOError:
            return True
        except OSError:
            return False
        if not said:
            return False
        number = int.from_bytes(said, "big")
        self._give_back(number)
        for lent in given:
            self._servers[number] = asyncio.get_running_loop().create_task(
                self._listening(socket.socket(fileno=lent))
            )
        return True

    async def _listening(self, lent: socket.socket) -> asyncio.AbstractServer:
        return await self.listen(to_serve(lent))

    def _give_back(self, number: int) -> None:
        listening = self._servers.pop(number, None)
        if listening is None:
            return
        if listening.done():
            _closed(listening)
        else:
            listening.add_done_callback(_closed)

    def close(self) -> None:
        """Listen at none any more; connections that were taken stay."""
        for number in tuple(self._servers):
            self._give_back(number)


def _closed(listening: asyncio.Task[asyncio.AbstractServer]) -> None:
    if not listening.cancelled() and listening.exception() is None:
        listening.result().close()


# Note [lent sockets]
# Each place has a socket of its own (see Note [a socket each] in `binding`), which the
# parent holds open when a worker dies: closing it would reset the connections that wait
# there, whose requests are on their way. So they wait, and with them the place's share
# of all new ones, as long as a start takes: seconds on a busy machine. A worker that
# answers takes them instead, over the line to its parent (SCM_RIGHTS), and stops when
# the place has its own worker again, which listens on the same socket before that.
