"""A real PostgreSQL for tests, on a port of its own, one for the whole run.

`postgres_server` is a fixture of a session: import it into a folder's `conftest.py`.
A server that is there already is named by HEADWATER_TEST_POSTGRES_URL (a superuser's
URL). Without any, a test that asks for it is skipped; with REQUIRE_SERVICES=1 it fails.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest

from tests import ports

PASSWORD = "hunter2"
_FAST = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "shared_buffers": "16MB",
    "autovacuum": "off",
    "jit": "off",
    "max_connections": "60",
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
}
"""Nothing of it has to outlive the run."""


def programs() -> Path | None:
    """Where PostgreSQL's own programs are; None where it is not installed."""
    found = shutil.which("initdb")
    if found is not None:
        return Path(found).parent
    versions = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    newest = sorted(versions, key=lambda path: int(path.parts[-3]))
    return newest[-1].parent if newest else None


@dataclass(slots=True)
class PostgresServer:
    """``url`` is a superuser's. Started by us, it can be killed and started again."""

    url: str = ""
    _bin: Path | None = None
    _folder: Path | None = None
    _port: int = field(default_factory=ports.free)
    _process: subprocess.Popen[bytes] | None = None

    def create(self, folder: Path) -> None:
        """A new database in an empty folder, and the server on it."""
        self._bin, self._folder = programs(), folder / "db"
        assert self._bin is not None
        secret = folder / "password"
        secret.write_text(PASSWORD)
        if os.getuid() == 0:
            folder.chmod(0o755)
            for path in (folder, secret):
                os.chown(path, *other_user()[1:])
        self._do(
            "initdb",
            *("-D", str(self._folder), "-U", "tester", f"--pwfile={secret}"),
            *("-A", "scram-sha-256", "-E", "UTF8", "--locale=C", "--no-sync"),
        )
        self.url = f"postgresql://tester:{PASSWORD}@127.0.0.1:{self._port}/postgres"
        self.start()

    def start(self) -> None:
        """Returns when it takes connections."""
        options = [f"-c{name}={value}" for name, value in _FAST.items()]
        self._do(
            "pg_ctl",
            *("start", "-w", "-s", "-D", str(self._folder)),
            *("-l", f"{self._folder}/log"),
            *("-o", " ".join([f"-p{self._port}", *options])),
        )

    def stop(self) -> None:
        """Gone at once; its connections end without a word."""
        if self._folder is not None:
            self._do("pg_ctl", "stop", "-s", "-m", "immediate", "-D", str(self._folder))

    def ask(self, query: str, *params: object) -> list[tuple[object, ...]]:
        """What it answers on a connection beside those under test."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            cursor = connection.execute(query.encode(), params or None)
            return cursor.fetchall() if cursor.description else []

    def running(self, marked: str) -> int:
        """How many queries with this text run now."""
        rows = self.ask(
            "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' "
            "AND pid <> pg_backend_pid() AND query LIKE %s",
            f"%{marked}%",
        )
        return int(str(rows[0][0]))

    def _do(self, program: str, *words: str) -> None:
        as_other: list[str] = []
        if os.getuid() == 0:
            name = other_user()[0]
            as_other = ["runuser", "-u", name, "--"]
        assert self._bin is not None
        subprocess.run(
            [*as_other, str(self._bin / program), *words],
            check=True,
            stdout=subprocess.DEVNULL,
            stdin=subprocess.DEVNULL,
            cwd="/",
        )


def other_user() -> tuple[str, int, int]:
    """Whom PostgreSQL runs as where we are root, which it refuses."""
    for name in ("postgres", "nobody"):
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        return name, found.pw_uid, found.pw_gid
    raise AssertionError("there is no user to run PostgreSQL as")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A running PostgreSQL; all tests of the run share it."""
    given = os.environ.get("HEADWATER_TEST_POSTGRES_URL")
    if given:
        yield PostgresServer(given)
        return
    if programs() is None:
        reason = "needs a PostgreSQL: apt-get install postgresql"
        if os.environ.get("REQUIRE_SERVICES") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    folder = Path(tempfile.mkdtemp(prefix="headwater-postgres-"))
    server = PostgresServer()
    try:
        server.create(folder)
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
