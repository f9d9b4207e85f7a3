"""From the activation of a release to four workers that serve it, under load.

Clients ask all the while; every answer has to be right, and none may fail.

    python -m tests.benchmarks.releasing [redis://127.0.0.1:6379/0]
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx

from gateway.release.releases import Releases
from gateway.release.stores.opening import open_store
from tests.release.kit import ADA, bundle, releases

WORKERS = 4
CLIENTS = 16
CHANGES = 20


class Load:
    """Clients that ask until they are told to stop."""

    def __init__(self) -> None:
        self.answers = 0
        self.failed = 0

    async def ask(self, url: str) -> None:
        async with httpx.AsyncClient(base_url=url, timeout=30) as client:
            while True:
                try:
                    answer = await client.post(
                        "/graphql", json={"query": "{ v { n } }"}
                    )
                    fine = isinstance(answer.json()["data"]["v"]["n"], int)
                except (httpx.HTTPError, ValueError, LookupError, TypeError):
                    fine = False
                self.answers += 1
                self.failed += not fine


def main() -> None:
    """Print the delays in milliseconds, and how many requests failed."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        store = sys.argv[1] if len(sys.argv) > 1 else str(folder / "store")
        here = releases(open_store(store), "benchmark")
        here.publish(bundle(0))
        here.activate(bundle(0).id, ADA)
        (folder / "headwater.yaml").write_text(
            f"profiles: {{ state: ./state }}\nexplorer: false\n"
            f'release: {{ store: "{store}", channel: benchmark }}\n'
        )
        asyncio.run(_measure(folder, here))


async def _measure(folder: Path, here: Releases) -> None:
    process = subprocess.Popen(  # noqa: ASYNC220 - at the start, where nobody waits
        [
            *(sys.executable, "-m", "gateway", "serve", "--port", "0"),
            *("--log", "json", "--workers", str(WORKERS)),
        ],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(Path.cwd()), *sys.path])},
        text=True,
    )
    assert process.stdout is not None
    load = Load()
    try:
        url = process.stdout.readline().split()[-1]
        tasks = [asyncio.create_task(load.ask(url)) for _ in range(CLIENTS)]
        delays = []
        for number in range(1, CHANGES + 1):
            await asyncio.sleep(0.3)
            delays.append(await asyncio.to_thread(_delay, process, here, number))
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate()
    print(
        f"{CHANGES} activations live on {WORKERS} workers after "
        f"{statistics.median(delays):.0f} ms (median), at most {max(delays):.0f} ms; "
        f"{load.answers} requests meanwhile, {load.failed} failed"
    )


def _delay(process: subprocess.Popen[str], here: Releases, number: int) -> float:
    """Milliseconds until every worker has said that it serves the release."""
    made = bundle(number)
    here.publish(made)
    started = time.perf_counter()
    here.activate(made.id, ADA)
    left = set(range(1, WORKERS + 1))
    assert process.stderr is not None
    for line in process.stderr:
        said = json.loads(line)
        if said["event"] == "release.serves" and said["bundle"] == made.id:
            left.discard(said["worker"])
        if not left:
            return (time.perf_counter() - started) * 1000
    raise AssertionError("the gateway ended")


if __name__ == "__main__":
    main()
