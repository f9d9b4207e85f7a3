"""A real mariadbd for tests, one for the whole run, on a port of its own.

`mariadb_server` is a fixture: import it into a folder's `conftest.py`. TEST_MARIADBD
names the program where it is not on the path. Without one a test that asks for it is
skipped; with REQUIRE_SERVICES=1 it fails.
"""

from __future__ import annotations

import getpass
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests import ports

PASSWORD = "hunter2-s3cret"
_SYSTEM_TABLES = ("system_tables", "performance_tables", "system_tables_data")
_FOLDERS = ("/usr/share/mysql", "/usr/share/mariadb")
_QUICK = (
    "--no-defaults",
    "--bind-address=127.0.0.1",
    "--innodb-buffer-pool-size=16M",
    "--innodb-log-file-size=4M",
    "--innodb-flush-log-at-trx-commit=0",
    "--innodb-doublewrite=0",
    "--aria-pagecache-buffer-size=8M",
    "--key-buffer-size=1M",
    "--skip-name-resolve",
    "--skip-log-bin",
    "--performance-schema=OFF",
    "--character-set-server=utf8mb4",
)
"""A server that is started for half a minute keeps nothing safe."""


def _shipped(name: str) -> Path:
    """A script of the server's package; its name has changed between versions."""
    files = [
        Path(folder) / f"{prefix}_{name}.sql"
        for folder in _FOLDERS
        for prefix in ("mariadb", "mysql")
    ]
    return next(file for file in files if file.is_file())


@dataclass(slots=True)
class MariaDbServer:
    """One mariadbd with a database ``shop`` and a user ``reader`` who may read it."""

    program: str
    folder: Path
    port: int = field(default_factory=ports.free)
    _process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"mariadb://reader:{PASSWORD}@127.0.0.1:{self.port}/shop"

    @property
    def _socket(self) -> str:
        return str(self.folder / "s")

    def _command(self) -> list[str]:
        return [
            self.program,
            *_QUICK,
            f"--user={getpass.getuser()}",
            f"--datadir={self.folder / 'data'}",
        ]

    def start(self) -> None:
        """Returns when it takes connections."""
        if not (self.folder / "data").exists():
            self._make()
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [*self._command(), f"--port={self.port}", f"--socket={self._socket}"],
                stdout=subprocess.DEVNULL,
                stderr=log,
            )
        for _ in range(600):
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
            except OSError:
                assert self._process.poll() is None, (self.folder / "log").read_text()
                time.sleep(0.05)
            else:
                return
        raise AssertionError((self.folder / "log").read_text())

    def _make(self) -> None:
        """A data directory: the server's own tables, a user, a database."""
        (self.folder / "data").mkdir()
        texts = [_shipped(name).read_text("utf-8") for name in _SYSTEM_TABLES]
        ours = (
            "FLUSH PRIVILEGES;\n"
            "CREATE DATABASE shop;\n"
            f"CREATE USER reader@'127.0.0.1' IDENTIFIED BY '{PASSWORD}';\n"
            "GRANT ALL ON shop.* TO reader@'127.0.0.1';\n"
            "GRANT PROCESS ON *.* TO reader@'127.0.0.1';\n"
        )
        script = "CREATE DATABASE mysql;\nUSE mysql;\n" + "\n".join(texts) + ours
        made = subprocess.run(
            [*self._command(), "--bootstrap", f"--log-error={self.folder / 'log'}"],
            input=script.encode(),
            capture_output=True,
            check=False,
        )
        assert made.returncode == 0, (self.folder / "log").read_text()

    def kill(self) -> None:
        """Gone at once."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
            self._process = None

    def freeze(self) -> None:
        """It holds its connections and answers nothing."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """It goes on where it was."""
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)


@pytest.fixture(scope="session")
def mariadb_server() -> Iterator[MariaDbServer]:
    """A running mariadbd; tests share it and leave it running."""
    program = os.environ.get("TEST_MARIADBD") or shutil.which("mariadbd")
    if program is None:
        reason = "needs a MariaDB: apt-get install mariadb-server"
        if os.environ.get("REQUIRE_SERVICES") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    with tempfile.TemporaryDirectory(prefix="hw-maria-") as folder:
        server = MariaDbServer(program, Path(folder))
        server.start()
        yield server
        server.kill()
