"""The demo's upstreams, and the whole demo, in processes and on ports of their own."""

from __future__ import annotations

import contextlib
import json
import shutil
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.demo.running import ROOT, Demo, refused, running

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_ENDS = {"test_walk": signal.SIGHUP}
"""How the demo of a file is told to end; others by SIGTERM, as a system does."""


class Bank:
    """A client of the running services."""

    def __init__(self, addresses: Mapping[str, str], client: httpx.Client) -> None:
        self.addresses = addresses
        self._client = client

    def get(self, service: str, path: str) -> httpx.Response:
        return self._client.get(self.addresses[service] + path)

    def post(self, service: str, path: str) -> httpx.Response:
        return self._client.post(self.addresses[service] + path)


@pytest.fixture(scope="module")
def bank() -> Iterator[Bank]:
    """The services, started for the module and ended after it."""
    command = [sys.executable, "-m", "gateway.demo.upstreams", "--first-port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            addresses = json.loads(process.stdout.readline())
            with httpx.Client(trust_env=False, timeout=60) as client:
                yield Bank(addresses, client)
        finally:
            process.terminate()
            assert process.wait(60) == 0


@contextlib.contextmanager
def _placed(here: Path) -> Iterator[Path]:
    """A project and a note of its own in a folder, away from a person's demo."""
    for part in ("profiles", "schema", "deploy"):
        shutil.copytree(ROOT / part, here / part)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TMPDIR", str(here))
        yield here


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where the demo of a file is."""
    with _placed(tmp_path_factory.mktemp("demo")) as here:
        yield here


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[Path]:
    """Where a demo of a test's own is: the file's keeps its note."""
    with _placed(tmp_path) as here:
        yield here


@pytest.fixture(scope="module")
def demo(request: pytest.FixtureRequest, place: Path) -> Iterator[Demo]:
    """One for a file. It ends whole, by a signal: a file has another than the next."""
    by = _ENDS.get(request.path.stem, signal.SIGTERM)
    with running(place, by) as one:
        yield one
    assert one.process.returncode == 0, by
    assert [refused(port) for port in one.ports] == [True, True], by
