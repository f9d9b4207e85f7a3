"""Which part of the stack listens where: one block of ports, counted from its first."""

from __future__ import annotations

import contextlib
import socket
from dataclasses import dataclass

from tests import ports
from tests.stack.part import StackError

HOST = "127.0.0.1"
FIRST = 4300
_SIZE = 60
_LOWEST, _HIGHEST = 1024, 65_536 - _SIZE
_EACH = 10


@dataclass(frozen=True, slots=True)
class Ports:
    """A block of 60 ports; ``first`` is nginx's, where clients ask."""

    first: int

    @property
    def nginx(self) -> int:
        return self.first

    @property
    def redis(self) -> int:
        return self.first + 1

    @property
    def postgres(self) -> int:
        return self.first + 2

    @property
    def prometheus(self) -> int:
        return self.first + 3

    @property
    def upstreams(self) -> int:
        """The control port of the demo's services, which have the next ones."""
        return self.first + 50

    def gateway(self, number: int) -> int:
        """Of the gateway with this number, from 1."""
        return self.first + _EACH * number

    def admin(self, number: int) -> int:
        """Of a gateway's first worker; its other workers have the next ones."""
        return self.gateway(number) + 1


def chosen(first: int) -> Ports:
    """The block that begins at ``first``, or anywhere for 0.

    Raises:
        StackError: there is no such block, or somebody listens in it.
    """
    if first and not _LOWEST <= first <= _HIGHEST:
        raise StackError(f"the first port is one from {_LOWEST} to {_HIGHEST}, or 0")
    if first:
        taken = [port for port in range(first, first + _SIZE) if not _free(port)]
        if taken:
            raise StackError(
                f"port {taken[0]} is taken: choose another block of {_SIZE} with "
                f"make stack FIRST={first + 2 * _SIZE}"
            )
        return Ports(first)
    return Ports(ports.free(together=_SIZE))


def _free(port: int) -> bool:
    with contextlib.closing(socket.socket()) as trying:
        trying.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trying.bind((HOST, port))
        except OSError:
            return False
    return True
