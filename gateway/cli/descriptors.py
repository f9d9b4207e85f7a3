"""How many files and sockets this process may have open at a time.

In charge of the system's soft limit, which processes started from here inherit. Must
never raise what an administrator has set (the hard limit).
"""

from __future__ import annotations

import contextlib
import resource
from typing import Final

BESIDE: Final = 500
"""Files wanted besides connections of clients: sources' connections, watches, logs."""
_MOST: Final = 1 << 20
"""Beyond it some systems refuse, though their limit reads as endless."""


def raise_limit() -> int:
    """Take as many as the hard limit gives; how many there are then."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = _MOST if hard == resource.RLIM_INFINITY else min(hard, _MOST)
    if soft == resource.RLIM_INFINITY or soft >= most:
        return soft if soft != resource.RLIM_INFINITY else _MOST
    # Some systems have a lower bound of their own that they do not tell.
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def bearable(connections: int) -> int:
    """How many connections of clients may be open, where so many are wished.

    What sources, watches and logs need is left free: else a gateway that has as many
    clients as it may open files can ask nobody any more, and cannot even say so.
    """
    allowed = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    if allowed == resource.RLIM_INFINITY:
        return connections
    return min(connections, max(allowed - BESIDE, allowed // 2))
