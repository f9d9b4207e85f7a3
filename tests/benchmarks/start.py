"""From start to the first answer: CPU, wall time and memory of `headwater serve`."""

from __future__ import annotations

import os
import signal
import statistics
import subprocess
import sys
import time
from pathlib import Path

import httpx

CONFIG = Path(__file__).parent / "peers" / "headwater.yaml"
RUNS = 5
_TICKS = os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Print the medians of a few starts."""
    runs = [_start() for _ in range(RUNS)]
    cpu, wall, memory = (
        statistics.median(column) for column in zip(*runs, strict=True)
    )
    print(f"ready after {cpu:.2f} s CPU, {wall:.2f} s wall; idle {memory:.0f} MiB")


def _start() -> tuple[float, float, float]:
    started = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "gateway", "serve", "-c", str(CONFIG), "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    try:
        url = process.stdout.readline().split()[-1]
        httpx.post(f"{url}graphql", json={"query": "{ __typename }"}).raise_for_status()
        wall = time.perf_counter() - started
        return _cpu(process.pid), wall, _memory(process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate()


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _memory(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0.0


if __name__ == "__main__":
    main()
