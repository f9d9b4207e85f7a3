"""What a request costs of a core's time with one worker and with two.

    python -m tests.load.scaling --rate 100 --seconds 10

In charge of figures that a busy machine does not spoil: the CPU that the workers used,
by the system's own count, and not how many answers there were.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
from pathlib import Path

from tests.load.__main__ import QUERY, measured
from tests.load.driver import Load, post
from tests.stack.asking import workers
from tests.stack.stack import Wishes, running


def used(pid: int) -> float:
    """Seconds of CPU that a process had."""
    told = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(") ")[2].split()
    return (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")


def measure(count: int, rate: float, seconds: float) -> str:
    """One gateway of so many workers, through nginx."""
    with running(Wishes(gateways=1, workers=count, first=0)) as stack:
        load = Load(stack.url, [post(json.dumps({"query": QUERY}).encode())], rate, 2)
        asyncio.run(measured(load))
        pids = workers(stack.gateways[0])
        before = sum(used(pid) for pid in pids)
        report = asyncio.run(measured(Load(stack.url, load.requests, rate, seconds)))
        spent = sum(used(pid) for pid in pids) - before
    each = spent / max(1, report.statuses[200])
    return f"{count} workers: {each * 1e3:.2f} ms of CPU a request; {report.told()}"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.load.scaling")
    parser.add_argument("--rate", type=float, default=100)
    parser.add_argument("--seconds", type=float, default=10)
    asked = parser.parse_args()
    for count in (1, 2):
        print(measure(count, asked.rate, asked.seconds), flush=True)


if __name__ == "__main__":
    main()
