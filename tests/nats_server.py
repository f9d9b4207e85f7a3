"""A real nats-server with JetStream for tests, on a port of its own.

`nats_server` is a fixture of a session: import it into a folder's `conftest.py`. It is
found on the path; without it a test is skipped, with REQUIRE_SERVICES=1 it fails.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests import ports

PASSWORD = "hunter2"
NAME = "headwater"
"""What our own connections are called."""


USERS = f"""authorization {{ users: [
  {{ user: ear, password: "{PASSWORD}" }}
  {{ user: mouse, password: "{PASSWORD}", permissions: {{ subscribe: ["_INBOX.>"] }} }}
] }}"""


@dataclass(slots=True)
class NatsServer:
    """One nats-server; what JetStream keeps outlives `restart`.

    ``login`` is the part of its configuration that says who may come, and how.
    """

    program: str
    folder: Path
    port: int = field(default_factory=ports.free)
    monitored: int = field(default_factory=ports.free)
    login: str = USERS
    _process: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        return f"nats://ear:{PASSWORD}@127.0.0.1:{self.port}"

    def start(self) -> None:
        """Returns when it takes connections."""
        config = self.folder / "server.conf"
        config.write_text(
            f'listen: "127.0.0.1:{self.port}"\n'
            f'http: "127.0.0.1:{self.monitored}"\n'
            f'jetstream {{ store_dir: "{self.folder}" }}\n'
            f"{self.login}\n"
        )
        self._process = subprocess.Popen(
            [self.program, "-c", str(config)], stderr=subprocess.PIPE, text=True
        )
        assert self._process.stderr is not None
        for line in self._process.stderr:
            if "Server is ready" in line:
                return
        raise AssertionError("nats-server ended before it was ready")

    def kill(self) -> None:
        """Gone at once; its connections end."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def restart(self) -> None:
        """Gone, and there again."""
        self.kill()
        self.start()

    def listeners(self) -> int:
        """How many connections of ours it knows."""
        where = f"http://127.0.0.1:{self.monitored}/connz"
        with urllib.request.urlopen(where, timeout=60) as answer:
            found = json.load(answer)["connections"]
        return sum(each.get("name") == NAME for each in found)

    @asynccontextmanager
    async def client(self) -> Any:
        """Somebody else who is connected."""
        import nats

        client = await nats.connect(self.url, allow_reconnect=False)
        try:
            yield client
        finally:
            await client.close()


@pytest.fixture(scope="session")
def nats_server() -> Iterator[NatsServer]:
    """A running nats-server; all tests of the run share it."""
    with nats_running() as server:
        yield server


@contextmanager
def nats_running(login: str = USERS) -> Iterator[NatsServer]:
    """One of the test's own, that lets in who ``login`` says."""
    program = shutil.which("nats-server") or shutil.which("/usr/sbin/nats-server")
    if program is None:
        reason = "needs a NATS: apt-get install nats-server"
        if os.environ.get("REQUIRE_SERVICES") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    folder = Path(tempfile.mkdtemp(prefix="headwater-nats-"))
    server = NatsServer(program, folder, login=login)
    server.start()
    try:
        yield server
    finally:
        server.kill()
        shutil.rmtree(folder, ignore_errors=True)
