"""Whether somebody has sent what nobody has read yet.

In charge of one look at a socket, before a connection that seems silent is closed: on a
busy machine a process that is told to end may not have heard yet what has come. Must
never take anything from it.
"""

from __future__ import annotations

import asyncio
import socket
import sys
from typing import Final

_LONG: Final = 4


def has_unread(transport: asyncio.BaseTransport) -> bool:
    """Whether bytes wait at a connection; False too where the system does not tell."""
    if sys.platform == "win32":
        return False
    import fcntl
    import termios

    carrier: socket.socket | None = transport.get_extra_info("socket")
    if carrier is None or transport.is_closing():
        return False
    try:
        told = fcntl.ioctl(carrier.fileno(), termios.FIONREAD, bytes(_LONG))
    except (OSError, ValueError):
        return False
    return any(told)
