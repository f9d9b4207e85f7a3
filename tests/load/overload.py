"""What becomes of a worker that is asked three times as much as it can do.

    python -m tests.load.overload --times 3 --seconds 10

In charge of whether answers stay in bounds that a busy machine moves with itself: a
worker that has so many requests under way and answers so many a second takes the one
divided by the other for each (Little's law). The open loop goes on asking at its rate
whatever comes back; a request's time counts from when it was due.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from tests.load.driver import Answered, Load, Report, post, run
from tests.stack.stack import Wishes, running

_EACH = 10
"""Screens in a request: so large that the driver costs little beside the gateway."""


def _large(first: int) -> str:
    screens = (
        f'c{number}: customer360(customer_id: "{number}") '
        "{ account { name branch { city } } transactions { id amount } }"
        for number in range(first, first + _EACH)
    )
    return f"{{ {' '.join(screens)} }}"


_CONNECTIONS = 1_000
_CLOSED = 8
"""Callers of the closed loop that finds out what the worker can do."""
_BOUND = 3.0
"""So many times what Little's law says may 99 of 100 answers take, and refusals."""
_BODIES = [
    post(json.dumps({"query": _large(first)}).encode()) for first in range(1, 60, _EACH)
]


@dataclass(slots=True)
class Outcome:
    """Answers, and refusals with a time to come back."""

    good: Report = field(default_factory=Report)
    shed: Report = field(default_factory=Report)
    other: list[int] = field(default_factory=list)

    def hear(self, one: Answered) -> None:
        if one.status == 200:
            self.good.hear(one)
        elif one.status == 503 and b"OVERLOADED" in one.body:
            self.shed.times.append(one.seconds)
        else:
            self.other.append(one.status)

    def told(self, rate: float, wall: float) -> str:
        """A line of a table in Markdown."""
        shares = [_ms(self.good, 0.5), _ms(self.good, 0.99), _ms(self.shed, 0.99)]
        served, refused = len(self.good.times) / wall, len(self.shed.times) / wall
        counts = (f"{rate:.0f}", f"{served:.0f}", f"{refused:.0f}")
        return "| " + " | ".join((*counts, *shares, str(len(self.other)))) + " |"


HEAD = (
    "| asked a second | answered | refused | p50 of answers | p99 | p99 of refusals "
    "| lost |\n|--:|--:|--:|--:|--:|--:|--:|"
)


def _ms(report: Report, share: float) -> str:
    return f"{report.within(share) * 1000:.0f} ms" if report.times else "-"


async def _capacity(url: str) -> float:
    """Answers a second where each of some callers waits for his answer."""
    for count in (60, 240):
        load = Load(url, _BODIES, 1e6, count / 1e6, _CLOSED, patience=120.0)
        report = Report()
        wall = await run(load, report.hear)
    return report.statuses[200] / wall


async def _asked(url: str, rate: float, seconds: float) -> tuple[Outcome, float]:
    outcome = Outcome()
    wall = await run(Load(url, _BODIES, rate, seconds, _CONNECTIONS), outcome.hear)
    return outcome, wall


async def measured(
    url: str, requests: int, *, times: float, seconds: float
) -> list[str]:
    """Print the table; what of it is not as promised."""
    most = await _capacity(url)
    long = requests / most
    print(
        f"{most:.0f} answers a second where {_CLOSED} callers wait for theirs; "
        f"{requests} at a time take {long * 1000:.0f} ms each\n\n{HEAD}"
    )
    said = []
    for one in (0.5, times):
        outcome, wall = await _asked(url, most * one, seconds)
        print(outcome.told(most * one, wall), flush=True)
        slowest = max(outcome.good.within(0.99), outcome.shed.within(0.99))
        if slowest > long * _BOUND:
            said.append(f"at {one} times the capacity 1 of 100 took {slowest:.2f} s")
        if outcome.other:
            said.append(f"at {one} times the capacity these came: {set(outcome.other)}")
    return said


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.load.overload")
    parser.add_argument("--times", type=float, default=3.0)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--requests", type=int, default=16, help="limits.requests")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        over = Path(folder) / "over.yaml"
        over.write_text(f"limits: {{ requests: {asked.requests} }}\n", "utf-8")
        plain = Wishes((1,), first=0)
        wishes = Wishes((1,), first=0, config=(*plain.config, over))
        with running(wishes) as stack:
            measuring = measured(
                stack.gateways[0],
                asked.requests,
                times=asked.times,
                seconds=asked.seconds,
            )
            said = asyncio.run(measuring)
    for line in said:
        print(f"WRONG: {line}")
    return int(bool(said))


if __name__ == "__main__":
    sys.exit(main())
