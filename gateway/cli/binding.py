"""Sockets that hold the gateway's address: one for each process that serves.

In charge of who gets which share of the connections. Must never accept one.
"""

from __future__ import annotations

import contextlib
import errno
import socket
import sys
from collections.abc import Sequence

from gateway.cli.failures import CommandError, misused

_BACKLOG = 2048
BALANCED = sys.platform == "linux"
"""Whether the system spreads connections over sockets of one port.

Linux does, by a hash of both addresses, however busy who is. Elsewhere the newest
socket gets all, or nobody else may bind: the processes share one there.
"""

# Note [a socket each]
# Processes that share one listening socket race for its connections, and libuv takes
# all that wait in one go: of 64 connections that open at once, one of two processes
# got up to 62, and keeps them as long as clients keep them alive. With a socket each
# (SO_REUSEPORT) it was 33 of 64 on average and 42 at worst.
#
# The first socket binds and listens *without* the option, and gets it afterwards. So
# a port that anybody else holds, another gateway too, is refused; and as all sockets
# of a port need the option, nobody without it can join later.

# Note [a port that is held]
# A socket that listens takes connections, though nobody answers them before a process
# has started: a balancer sees a gateway that is there, and its requests wait. So the
# port is only held until a process serves, which listens itself. On Linux `shutdown`
# ends the listening and leaves the address, and who gives up SO_REUSEADDR shares it
# with nobody who has that alone. Who serves takes it back (`to_serve`): connections
# inherit it, and those that were closed without it keep the port for a minute.


def bound(host: str, port: int) -> socket.socket:
    """A socket that holds the address; 0 takes a free port.

    Where the system can, it does not listen yet: see Note [a port that is held].

    Raises:
        CommandError: the address cannot be had.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host.strip("[]"), port, type=socket.SOCK_STREAM
        )[0]
    except OSError:
        raise misused(f"{host} is no address of this machine") from None
    listener = socket.socket(family, kind, protocol)
    try:
        _bind(listener, address)
        if BALANCED and port == 0:  # a port that was asked for by number is kept
            given, listener = listener, socket.socket(family, kind, protocol)
            with given:
                _bind(listener, given.getsockname())
        listener.listen(_BACKLOG)
        if BALANCED:
            listener.shutdown(socket.SHUT_RD)
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 0)
    except OSError as error:
        listener.close()
        raise _not_bound(error, host, port) from None
    return listener


def shareable(listener: socket.socket) -> None:
    """Let a process that takes over (`following`) listen beside this one."""
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)


def following(host: str, port: int) -> socket.socket:
    """A socket of an address on which somebody listens who will leave it to us.

    Raises:
        CommandError: the address cannot be had.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host.strip("[]"), port, type=socket.SOCK_STREAM
        )[0]
        listener = socket.socket(family, kind, protocol)
        with contextlib.ExitStack() as undone:
            undone.enter_context(listener)
            shareable(listener)
            _bind(listener, address)
            undone.pop_all()
    except OSError as error:
        raise _not_bound(error, host, port) from None
    return listener


def to_serve(listener: socket.socket) -> socket.socket:
    """The same socket, for a process that is about to listen."""
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    return listener


def shares(first: socket.socket, count: int) -> Sequence[socket.socket]:
    """The first socket and others beside it, for so many processes.

    Raises:
        OSError: the system does not let the port be shared.
    """
    if not BALANCED:
        return [first, *(first.dup() for _ in range(count - 1))]
    first.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    with contextlib.ExitStack() as undone:
        made = [undone.enter_context(beside(first)) for _ in range(count - 1)]
        undone.pop_all()
    return [first, *made]


def beside(other: socket.socket) -> socket.socket:
    """One more socket of the port that another one listens on.

    Raises:
        OSError: the system does not let the port be shared.
    """
    if not BALANCED:
        return other.dup()
    listener = socket.socket(other.family, other.type, other.proto)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        _bind(listener, other.getsockname())
    except OSError:
        listener.close()
        raise
    return listener


def _bind(listener: socket.socket, address: tuple[object, ...]) -> None:
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(address)


def _not_bound(error: OSError, host: str, port: int) -> CommandError:
    if error.errno == errno.EADDRINUSE:
        return CommandError(
            f"port {port} on {host} is in use",
            hint=f"choose another one: --port {port + 1}",
        )
    if error.errno == errno.EACCES:
        return CommandError(f"port {port} on {host} is not allowed to you")
    return CommandError(f"cannot listen on {host}:{port}: {error.strerror}")


def url_of(listener: socket.socket, host: str) -> str:
    """Where a browser on this machine finds what listens there."""
    port = listener.getsockname()[1]
    near = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host.strip("[]"), host)  # noqa: S104
    bracketed = f"[{near}]" if ":" in near and not near.startswith("[") else near
    return f"http://{bracketed}:{port}/"
