"""The demo's upstreams, and the whole demo, in processes and on ports of their own."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.demo.running import ROOT, Demo, running

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path


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
            with httpx.Client(trust_env=False, timeout=10) as client:
                yield Bank(addresses, client)
        finally:
            process.terminate()
            assert process.wait(10) == 0


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A project of its own and a note of its own, away from a person's demo."""
    here = tmp_path_factory.mktemp("demo")
    for part in ("profiles", "schema", "deploy"):
        shutil.copytree(ROOT / part, here / part)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TMPDIR", str(here))
        yield here


@pytest.fixture(scope="module")
def demo(place: Path) -> Iterator[Demo]:
    with running(place) as one:
        yield one
