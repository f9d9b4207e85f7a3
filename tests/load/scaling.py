"""How much more two workers do than one, and what a request costs of a core's time.

    python -m tests.load.scaling --rounds 3 --seconds 5

In charge of figures that a busy machine spoils as little as can be: gateways of one and
of two workers stand side by side and are asked by turns, so that whatever else runs is
in the way of both; and the CPU that the workers used is the system's own count. The
closed loop is wrk's with deploy/load's script where it is installed, else our own.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import shutil
import statistics
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

from tests.load.__main__ import QUERY
from tests.load.driver import Load, Report, post, run
from tests.stack.asking import workers
from tests.stack.part import ROOT, StackError
from tests.stack.stack import Stack, Wishes, running

SCRIPT = ROOT / "deploy" / "load" / "query.lua"
_CALLERS = 8
_MOST_PARTIAL = 0.05
"""Of the answers: where cores are short, sources miss their steps' timeouts."""
_TICKS = os.sysconf("SC_CLK_TCK")
_SAID = re.compile(
    r"(\d+) requests in .*?Requests/sec: +([\d.]+).*?wrong answers: (\d+)", re.DOTALL
)


def used(pid: int) -> float:
    """Seconds of CPU that a process had."""
    told = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(") ")[2].split()
    return (int(told[11]) + int(told[12])) / _TICKS


@dataclass(slots=True)
class Side:
    """One gateway: where it is, its processes, and what each round found."""

    url: str
    pids: frozenset[int]
    rates: list[float] = field(default_factory=list)
    costs: list[float] = field(default_factory=list)

    def round(self, seconds: float) -> None:
        """Ask it for so long."""
        before = sum(map(used, self.pids))
        count, rate = _asked(self.url, seconds)
        self.rates.append(rate)
        self.costs.append((sum(map(used, self.pids)) - before) / count)

    def told(self, first: Side) -> str:
        """A line of a table in Markdown; the ratio is that of rounds side by side."""
        rate, cost = statistics.median(self.rates), statistics.median(self.costs)
        ratio = statistics.median(
            own / other for own, other in zip(self.rates, first.rates, strict=True)
        )
        core = len(self.pids) / cost
        words = (f"{rate:.0f}", f"{ratio:.2f}", f"{cost * 1e3:.2f} ms", f"{core:.0f}")
        return "| " + " | ".join((str(len(self.pids)), *words)) + " |"


HEAD = (
    "| workers | answers a second | beside one worker | CPU a request "
    "| a second with a core for each |\n|--:|--:|--:|--:|--:|"
)


def _asked(url: str, seconds: float) -> tuple[int, float]:
    """How many answers came, and how many in a second."""
    if shutil.which("wrk") is None:
        report = Report()
        body = post(json.dumps({"query": QUERY}).encode())
        load = Load(url, [body], 1e6, seconds * 300 / 1e6, _CALLERS, patience=120.0)
        wall = asyncio.run(run(load, report.hear))
        return report.statuses[200], report.statuses[200] / wall
    options = ("-t1", f"-c{_CALLERS}", f"-d{seconds:.0f}s", "-s", str(SCRIPT))
    done = subprocess.run(
        ["wrk", *options, f"{url}/graphql"], capture_output=True, text=True, check=True
    )
    found = _SAID.search(done.stdout)
    if found is None or int(found[3]) > _MOST_PARTIAL * int(found[1]):
        raise SystemExit(f"wrk found too much that was wrong:\n{done.stdout}")
    return int(found[1]), float(found[2])


def _processes(url: str, count: int) -> frozenset[int]:
    """All workers: a gateway is ready when its first one is.

    Raises:
        StackError: one of them never came.
    """
    for _ in range(30):
        if len(found := workers(url, count)) == count:
            return frozenset(found)
        time.sleep(1)
    raise StackError(f"{url} has not {count} workers")


def measured(stack: Stack, rounds: int, seconds: float) -> str:
    """Ask both by turns; the table."""
    sides = [
        Side(url, _processes(url, count))
        for url, count in zip(stack.gateways, stack.wishes.workers, strict=True)
    ]
    for side in sides:
        _asked(side.url, 2)
    for _ in range(rounds):
        for side in sides:
            side.round(seconds)
    lines = [side.told(sides[0]) for side in sides]
    cores, load = len(os.sched_getaffinity(0)), os.getloadavg()[0]
    by = "wrk" if shutil.which("wrk") else "tests.load.driver"
    told = (
        f"{cores} cores with a load of {load:.1f} at the end; {by}, {_CALLERS} callers"
    )
    return "\n".join([told, "", HEAD, *lines])


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.load.scaling")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=5)
    asked = parser.parse_args()
    with running(Wishes((1, 2), first=0)) as stack:
        print(measured(stack, asked.rounds, asked.seconds))


if __name__ == "__main__":
    main()
