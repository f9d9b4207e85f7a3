"""How long after a write a change is live, as a client sees it."""

from __future__ import annotations

import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx

CHANGES = 40
SDL = "type Query { v: V }\ntype V { n: Int }\n"


def profile(number: int) -> str:
    return (
        "language: 1\noperation: v\n"
        f"steps: [{{ name: body, type: value, value: {{ n: {number} }} }}]\n"
    )


def main() -> None:
    """Print the median and the longest delay in milliseconds."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "profiles").mkdir()
        (folder / "schema").mkdir()
        (folder / "headwater.yaml").write_text(
            "profiles: ./profiles\nschema: ./schema\n"
        )
        (folder / "schema/s.graphql").write_text(SDL)
        (folder / "profiles/v.yaml").write_text(profile(0))
        delays = sorted(_measure(folder))
    print(
        f"live after {statistics.median(delays):.0f} ms (median of {len(delays)}), "
        f"at most {delays[-1]:.0f} ms"
    )


def _measure(folder: Path) -> list[float]:
    config = str(folder / "headwater.yaml")
    process = subprocess.Popen(
        [sys.executable, "-m", "gateway", "serve", "-c", config, "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=os.environ,
        text=True,
    )
    assert process.stdout is not None
    try:
        url = process.stdout.readline().split()[-1]
        with httpx.Client(base_url=url) as client:
            return [_delay(client, folder, n) for n in range(1, CHANGES + 1)]
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate()


def _delay(client: httpx.Client, folder: Path, number: int) -> float:
    (folder / "profiles/v.yaml").write_text(profile(number))
    written = time.perf_counter()
    while True:
        body = client.post("/graphql", json={"query": "{ v { n } }"}).json()
        if body["data"]["v"]["n"] == number:
            return (time.perf_counter() - written) * 1000


if __name__ == "__main__":
    main()
