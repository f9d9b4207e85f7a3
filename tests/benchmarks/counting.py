"""What metrics cost a request at its end, and each step of it: CPU and opcodes.

A plan whose steps all came to their sources' answers, as nearly all do; the least of
many rounds, since whatever disturbs one only makes it longer.

    python -m tests.benchmarks.counting
"""

from __future__ import annotations

import sys
import time
from types import FrameType
from typing import Any

from gateway.execution.model import Ok, Provenance, ResultStore, Timing
from gateway.plan.model import Plan
from gateway.values import StepId
from gateway.watching.counting import Counted, _Line
from gateway.watching.series import Series

STEPS = (0, 1, 2, 4, 8, 16)
TIMES = 2_000
ROUNDS = 60


def prepared(steps: int) -> tuple[Counted, Plan, ResultStore]:
    """What counts, and a plan of so many steps that has run."""
    store, counted, plan = ResultStore(), Counted(), Plan.__new__(Plan)
    series = {}
    for number in range(steps):
        id_ = StepId(("customer",), f"s{number}")
        timing = Timing(1.0, 1.0 + number / 100, 1)
        store.settle(id_, Ok({}, Provenance.UPSTREAM), timing)
        series[id_] = Series(("customer", id_.step, "core"), "upstream")
    operation = Series(("customer",), "whole")
    counted.lines[id(plan)] = _Line(plan, (operation,), series)
    return counted, plan, store


def cost(steps: int) -> float:
    """Microseconds of CPU."""
    counted, plan, store = prepared(steps)
    least = float("inf")
    for _ in range(ROUNDS):
        began = time.process_time()
        for _ in range(TIMES):
            counted.ran(plan, store, "whole", 0.02)
        least = min(least, time.process_time() - began)
    return least / TIMES * 1e6


def opcodes(steps: int) -> int:
    """Instructions of Python's, whatever the machine does besides."""
    counted, plan, store = prepared(steps)
    counts = [0]

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        counts[0] += event == "opcode"
        return trace

    sys.settrace(trace)
    try:
        counted.ran(plan, store, "whole", 0.02)
    finally:
        sys.settrace(None)
    return counts[0]


def main() -> None:
    """Measure and print."""
    for steps in STEPS:
        print(f"  {steps:>2} steps: {cost(steps):5.2f} us, {opcodes(steps)} opcodes")


if __name__ == "__main__":
    main()
