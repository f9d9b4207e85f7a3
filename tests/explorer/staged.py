"""The demo with its page, and a browser in front of it: for scripts, not for tests."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Final

import httpx
from playwright.async_api import Browser, async_playwright

from tests.browser import CHROMIUM, FLAGS

ROOT: Final = Path(__file__).parents[2]
_PATIENCE: Final = 60.0
QUERY: Final = """query Customer {
  customer360(customer_id: "42") {
    account { name branch { city } }
    transactions(first: 5) { amount merchant { name } }
    risk { score segment }
    fraud { level }
  }
}
"""


@contextmanager
def demo(port: int = 4970) -> Iterator[str]:
    """The address of a demo of this checkout, until it is left."""
    environ = os.environ | {"PYTHONPATH": str(ROOT)}
    command = (sys.executable, "-m", "gateway", "demo", "--port", str(port))
    with subprocess.Popen(
        command, cwd=ROOT, env=environ, stdout=subprocess.DEVNULL
    ) as started:
        try:
            _wait(port)
            yield f"http://127.0.0.1:{port}/"
        finally:
            started.send_signal(signal.SIGINT)


def _wait(port: int) -> None:
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.2)
    raise TimeoutError(f"the demo did not come up at port {port}")


def measured(url: str, times: int = 25) -> None:
    """Run the query so often that the gateway knows how long its steps take."""
    with httpx.Client() as client:
        for _ in range(times):
            said = client.post(f"{url}graphql", json={"query": QUERY})
            said.raise_for_status()


@asynccontextmanager
async def browsing() -> AsyncIterator[Browser]:
    """A chromium that has seen nothing."""
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(
            executable_path=CHROMIUM, args=list(FLAGS)
        )
        yield started
        await started.close()
