"""A host's addresses: looked up in the background, taken in turn.

In charge of how long a look-up is believed. A name that cannot be looked up any more
keeps the addresses it had, since a source that works must not fail with its DNS. Must
never open a socket.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from itertools import chain, zip_longest

_BELIEVED_SECONDS = 30.0


class Addresses:
    """The addresses of one host, best first; the best changes with every call."""

    __slots__ = ("_found", "_host", "_looking", "_port", "_turn", "_until")

    def __init__(self, host: str, port: int) -> None:
        self._host = host
        self._port = port
        self._found: tuple[str, ...] = (host,) if _is_literal(host) else ()
        self._until = float("inf") if self._found else 0.0
        self._turn = 0
        self._looking: asyncio.Task[None] | None = None

    async def current(self) -> tuple[str, ...]:
        """Every address, IPv6 and IPv4 in turn, each time beginning with another.

        Raises:
            OSError: the name is not known, and never was.
        """
        if asyncio.get_running_loop().time() >= self._until:
            looking = self._look()
            if not self._found:
                await asyncio.shield(looking)
        self._turn = (self._turn + 1) % len(self._found)
        return self._found[self._turn :] + self._found[: self._turn]

    def doubt(self) -> None:
        """None of them answers: look again before the next connection."""
        if not _is_literal(self._host):
            self._until = 0.0

    async def close(self) -> None:
        """End a look-up under way."""
        looking, self._looking = self._looking, None
        if looking is not None:
            looking.cancel()
            await asyncio.wait((looking,))

    def _look(self) -> asyncio.Task[None]:
        """The look-up under way, one for all who wait."""
        if self._looking is None or self._looking.done():
            self._looking = asyncio.get_running_loop().create_task(self._lookup())
            self._looking.add_done_callback(_seen)
        return self._looking

    async def _lookup(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            found = await loop.getaddrinfo(
                self._host, self._port, type=socket.SOCK_STREAM
            )
        except OSError:
            if not self._found:
                raise
        else:
            self._found = _interleaved([(one[0], str(one[4][0])) for one in found])
        self._until = loop.time() + _BELIEVED_SECONDS


def _interleaved(found: list[tuple[int, str]]) -> tuple[str, ...]:
    """Both families in turn, in the system's order, so that neither hides the other."""
    families = dict.fromkeys(family for family, _ in found)
    columns = ([text for its, text in found if its == family] for family in families)
    mixed = chain.from_iterable(zip_longest(*columns))
    return tuple(dict.fromkeys(text for text in mixed if text is not None))


def _is_literal(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _seen(task: asyncio.Task[None]) -> None:
    """Who waited has heard of the failure; the loop need not report it."""
    if not task.cancelled():
        task.exception()
