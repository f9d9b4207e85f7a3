"""Ports for servers that are told theirs by number.

One that a kernel gave and that was closed again may be given to the next connection of
anybody at once. These are from below what kernels give, each worker of a run has a part
of its own, and none is given twice.
"""

from __future__ import annotations

import itertools
import os
import socket
from collections.abc import Iterator
from pathlib import Path

_FIRST = 12_000
_SHARE = 2_000
"""So many for each worker of a run."""
_WORKERS = 8
_MOST_TOGETHER = 100
_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")


def free(together: int = 1) -> int:
    """The first of so many ports in a row that nobody listens on."""
    for first in _candidates:
        if all(map(_is_free, range(first, first + together))):
            for _ in range(together - 1):
                next(_candidates)
            return first
    raise AssertionError("a run asked for more ports than it has")


def _is_free(port: int) -> bool:
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True


def _own() -> Iterator[int]:
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    start = _FIRST + worker % _WORKERS * _SHARE
    end = start + _SHARE - _MOST_TOGETHER
    # Runs beside this one, of other checkouts, begin elsewhere.
    middle = start + os.getpid() * 37 % (end - start)
    return itertools.chain(range(middle, end), range(start, middle))


def _given_by_kernel() -> int:
    try:
        return int(_RANGE.read_text("ascii").split()[0])
    except OSError:
        return 32_768


assert _given_by_kernel() > _FIRST + _WORKERS * _SHARE, "its ports may be given away"
_candidates = _own()
