"""A stack under load and chaos for some minutes: ``make soak MINUTES=5``.

In charge of the verdict: nothing wrong, nothing lost beyond what is promised, memory
that does not grow. Promised are errors that say which source failed, 503 with
``OVERLOADED``, and nginx's 502 for requests that a killed worker had.

    python -m tests.load.soak --minutes 5 --rate 60
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from gateway.cli.places import resident
from tests.load.chaos import Chaos
from tests.load.driver import Answered, Load, Report, post, run
from tests.load.right import wrong
from tests.stack.asking import ask, workers
from tests.stack.fixture import copied_project
from tests.stack.stack import Stack, Wishes, running

_FIELDS = (
    "account { name branch { city } } risk { score segment exposure }",
    "account { name } fraud { score } transactions { id amount merchant { name } }",
)
QUERIES: Final = tuple(
    f'{{ customer360(customer_id: "{number}") {{ {fields} }} }}'
    for number in (42, 7, 11, 19)
    for fields in _FIELDS
)
_AROUND: Final = 2.0
"""Seconds around a kill in which requests may be lost."""
_GROWTH: Final = 10_000_000
"""Bytes that a worker may grow after its first third."""
_SLOW: Final = 2.5
"""Seconds that a good answer may take: the operation's deadline, and some for us."""


@dataclass(slots=True)
class Verdict:
    """Everything that came, judged as it comes."""

    whole: Sequence[Any]
    report: Report = field(default_factory=Report)
    faults: Counter[str] = field(default_factory=Counter)
    partly: int = 0
    shed: int = 0
    lost: list[tuple[float, int]] = field(default_factory=list)
    slow: list[str] = field(default_factory=list)

    def hear(self, one: Answered) -> None:
        self.report.hear(one)
        if one.status == 200:
            answer = json.loads(one.body)
            fault = wrong(self.whole[one.kind], answer)
            if one.seconds > _SLOW:
                self.slow.append(f"{one.seconds:.1f} s, asked at {one.due:.1f} s")
            self.partly += "errors" in answer
            if fault is not None:
                self.faults[fault] += 1
        elif one.status == 503 and b"OVERLOADED" in one.body:
            self.shed += 1
        else:
            self.lost.append((one.due + one.seconds, one.status))

    def unpromised(self, kills: Sequence[float]) -> Counter[int]:
        """Lost requests that no kill explains, by status."""
        return Counter(status for _, status in self.beyond(kills))

    def beyond(self, kills: Sequence[float]) -> list[tuple[float, int]]:
        """The same, each with when it was known."""
        return [
            (at, status)
            for at, status in self.lost
            if status != 502 or not any(abs(at - kill) < _AROUND for kill in kills)
        ]


def growth(samples: Sequence[tuple[float, float]]) -> float:
    """How much more there is at the end than after the first third.

    By the line that fits the samples (time, size) best: one of them says little.
    """
    late = [one for one in samples if one[0] - samples[0][0] >= _third(samples)]
    if len(late) < 2:
        return 0.0
    when = sum(at for at, _ in late) / len(late)
    size = sum(of for _, of in late) / len(late)
    spread = sum((at - when) ** 2 for at, _ in late)
    slope = sum((at - when) * (of - size) for at, of in late) / spread
    return slope * (late[-1][0] - late[0][0])


def _third(samples: Sequence[tuple[float, float]]) -> float:
    return (samples[-1][0] - samples[0][0]) / 3


async def soaked(stack: Stack, minutes: float, rate: float) -> list[str]:
    """What is wrong after so many minutes; nothing, when all is well."""
    loop, seconds = asyncio.get_running_loop(), minutes * 60
    whole = [(await asyncio.to_thread(ask, stack.url, query)) for query in QUERIES]
    assert not any("errors" in answer for answer in whole), whole
    verdict = Verdict([answer["data"] for answer in whole])
    began = loop.time()

    def tell(what: str) -> None:
        since = loop.time() - began
        print(f"{since:6.1f} s  {what:16} {verdict.report.statuses}", flush=True)

    chaos = Chaos(stack, min(3.0, seconds / 24), tell)
    pids = sorted(await asyncio.to_thread(workers, stack.gateways[1]))
    memory: dict[int, list[tuple[float, float]]] = {pid: [] for pid in pids}
    bodies = [post(json.dumps({"query": query}).encode()) for query in QUERIES]
    weighing = asyncio.create_task(_weigh(memory))
    doing = asyncio.create_task(chaos.run(began + seconds - 5))
    verdict.report.wall = await run(
        Load(stack.url, bodies, rate, seconds), verdict.hear
    )
    await doing
    weighing.cancel()
    print(verdict.report.told(), flush=True)
    kills = [at - began for at in chaos.kills]
    return [*_said(verdict, kills), *_grown(memory)]


async def _weigh(memory: dict[int, list[tuple[float, float]]]) -> None:
    while True:
        for pid, samples in memory.items():
            if (size := resident(pid)) is not None:
                samples.append((time.monotonic(), size))
        await asyncio.sleep(1.0)


def _said(verdict: Verdict, kills: Sequence[float]) -> list[str]:
    report, unpromised = verdict.report, verdict.unpromised(kills)
    print(
        f"{verdict.partly} answers told of a source's failure, {verdict.shed} were "
        f"refused, {len(verdict.lost) - unpromised.total()} lost by {len(kills)} kills"
    )
    print(f"the slowest answer took {max(report.times, default=0.0):.2f} s")
    said = [f"{count} times: {fault}" for fault, count in verdict.faults.items()]
    if unpromised:
        when = ", ".join(f"{at:.1f} s" for at, _ in verdict.beyond(kills))
        said.append(f"lost without a kill, by status: {dict(unpromised)}, at {when}")
    said += [f"an answer took {slow}" for slow in verdict.slow]
    return said


def _grown(memory: dict[int, list[tuple[float, float]]]) -> list[str]:
    said = []
    for pid, samples in memory.items():
        if not samples:
            said.append(f"process {pid} ended")
            continue
        more = growth(samples)
        print(f"process {pid}: {samples[-1][1] / 1e6:.0f} MB, {more / 1e6:+.1f} MB")
        if more > _GROWTH:
            said.append(f"process {pid} grew by {more / 1e6:.1f} MB")
    return said


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.load.soak")
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--rate", type=float, default=60, help="requests a second")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        wishes = Wishes(first=0, project=copied_project(Path(folder)))
        with running(wishes) as stack:
            said = asyncio.run(soaked(stack, asked.minutes, asked.rate))
    for line in said:
        print(f"WRONG: {line}")
    print("FAILED" if said else "PASSED")
    return int(bool(said))


if __name__ == "__main__":
    sys.exit(main())
