# ruff: noqa: INP001 - scripts that stand alone
"""How many workers and replicas some traffic needs: the formula of deploy/README.md.

    python deploy/load/sizing.py screen=300/s,0.41ms,4 lookup=900/s,0.15ms,1 \
        --latency 40ms --cores 2

Each word is a kind of request: how many a second, what one costs of a core's time, and
how many upstream calls it makes. Needs nothing but Python.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Sequence
from typing import NamedTuple

BUSY = 0.6
"""Share of a core that is planned for: beyond it waiting grows faster than traffic."""
WORKER = 140
"""Megabytes of a worker, as measured with the demo's profiles."""


class Kind(NamedTuple):
    """Requests of one kind: ``rate`` a second, ``cpu`` in seconds, ``calls`` of one."""

    name: str
    rate: float
    cpu: float
    calls: float


class Size(NamedTuple):
    """What the traffic needs. ``calls`` are those under way at a time, in all."""

    cores: float
    workers: int
    replicas: int
    megabytes: int
    calls: int
    per_worker: int


def size(kinds: Sequence[Kind], *, latency: float, cores: int, spare: int = 1) -> Size:
    """The formula. ``latency`` is a call's, in seconds; ``cores`` are a replica's.

    ``spare`` replicas may be away, for a rollout or a failure, and it is still enough.
    """
    busy = sum(kind.rate * kind.cpu for kind in kinds)
    workers = max(1, math.ceil(busy / BUSY))
    replicas = math.ceil(workers / cores) + spare
    # Little's law: what is under way is what comes in while one takes its time.
    calls = math.ceil(sum(kind.rate * kind.calls for kind in kinds) * latency)
    serving = cores * max(1, replicas - spare)
    return Size(
        cores=round(busy, 2),
        workers=workers,
        replicas=replicas,
        megabytes=cores * WORKER,
        calls=calls,
        per_worker=math.ceil(calls / serving),
    )


def kind_of(written: str) -> Kind:
    """``screen=300/s,0.41ms,4``.

    Raises:
        ValueError: it is written in another way.
    """
    name, _, rest = written.partition("=")
    rate, cpu, calls = rest.split(",")
    return Kind(name, float(rate.removesuffix("/s")), _milliseconds(cpu), float(calls))


def _milliseconds(written: str) -> float:
    if not written.endswith("ms"):
        raise ValueError(f"{written}: milliseconds are wanted, such as 0.4ms")
    return float(written.removesuffix("ms")) / 1000


def told(found: Size, cores: int) -> str:
    """The same in words."""
    return (
        f"{found.cores} cores busy: {found.workers} workers at {BUSY:.0%} of a core\n"
        f"{found.replicas} replicas of {cores} workers, one of them to spare,"
        f" {found.megabytes} MB each\n"
        f"{found.calls} upstream calls under way, {found.per_worker} in a worker"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("kinds", nargs="+", type=kind_of, metavar="NAME=RATE,CPU,CALLS")
    parser.add_argument("--latency", type=_milliseconds, default=0.05, help="a call's")
    parser.add_argument("--cores", type=int, default=2, help="of a replica")
    asked = parser.parse_args()
    found = size(asked.kinds, latency=asked.latency, cores=asked.cores)
    print(told(found, asked.cores))  # noqa: T201 - a script


if __name__ == "__main__":
    main()
