"""The servers around the gateways: Redis, PostgreSQL, nginx, the demo's services.

In charge of how each is started, and of what it needs on the disk before that. A
program that is missing is said with the line that installs it.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

from gateway.demo.warehouse import as_sql
from tests.postgres_server import other_user, programs
from tests.stack.part import ROOT, Part, StackError
from tests.stack.ports import HOST, Ports

if TYPE_CHECKING:
    from collections.abc import Mapping

SITE = ROOT / "deploy" / "nginx" / "headwater.conf"
_DATABASE = "bank"
_USER = "headwater"
_NEEDED = {"nginx": "nginx", "redis-server": "redis-server", "initdb": "postgresql"}
"""Programs, and Debian's packages that have them."""


def missing() -> list[str]:
    """Debian's packages that the stack needs and this machine has not."""
    return [
        package
        for name, package in _NEEDED.items()
        if not (programs() if name == "initdb" else shutil.which(name, path=_path()))
    ]


def listening(port: int) -> bool:
    """Whether somebody takes connections there."""
    try:
        socket.create_connection((HOST, port), timeout=1).close()
    except OSError:
        return False
    return True


def redis(ports: Ports, state: Path) -> Part:
    """Nothing of it is kept on disk: started anew, it is empty."""
    kept = ("--save", "", "--appendonly", "no", "--dir", str(state))
    where = ("--port", str(ports.redis), "--bind", HOST)
    return Part(
        "redis",
        program("redis-server", *where, *kept),
        lambda: listening(ports.redis),
        state / "redis.log",
    )


def postgres(ports: Ports, state: Path) -> Part:
    """A server on a database of its own below ``state``; killed, it keeps its data."""
    found, folder = programs(), state / "postgres"
    assert found is not None, "missing() was not asked"
    folder.mkdir()
    user = _other(folder)
    made = ("-U", _USER, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
    _once([str(found / "initdb"), "-D", str(folder / "db"), *made], user)
    settings = {"listen_addresses": HOST, "unix_socket_directories": "", "fsync": "off"}
    options = [f"-c{name}={value}" for name, value in settings.items()]
    where = ("-D", str(folder / "db"), "-p", str(ports.postgres), *options)
    return Part(
        "postgres",
        program(str(found / "postgres"), *where, stops="SIGINT", user=user),
        lambda: _takes_queries(ports),
        state / "postgres.log",
        kills=signal.SIGQUIT,
    )


def warehouse_url(ports: Ports, database: str = _DATABASE) -> str:
    return f"postgresql://{_USER}@{HOST}:{ports.postgres}/{database}"


def fill_warehouse(ports: Ports) -> None:
    """The demo's table, as the demo's DuckDB has it."""
    with psycopg.connect(warehouse_url(ports, "postgres"), autocommit=True) as made:
        made.execute(f"CREATE DATABASE {_DATABASE}".encode())
    with psycopg.connect(warehouse_url(ports)) as filled:
        filled.execute("\n".join(as_sql()).encode())


def upstreams(ports: Ports, state: Path) -> Part:
    """The demo's nine services; broken and mended by ``/-/break``, ``/-/mend``."""
    return Part(
        "upstreams",
        ("gateway.demo.upstreams", "--first-port", str(ports.upstreams)),
        lambda: listening(ports.upstreams + 9),
        state / "upstreams.log",
    )


def nginx(ports: Ports, state: Path, gateways: int) -> Part:
    """``deploy/nginx/headwater.conf`` itself, with these ports in it."""
    config = state / "nginx.conf"
    config.write_text(_nginx_config(ports, state, gateways), "utf-8")
    where = ("-p", str(state), "-c", str(config), "-e", str(state / "nginx.log"))
    return Part(
        "nginx",
        program("nginx", *where),
        lambda: listening(ports.nginx),
        state / "nginx.log",
    )


def site(ports: Ports, gateways: int) -> str:
    """The shipped site for as many gateways, on these ports."""
    text = SITE.read_text("utf-8").replace(f"{HOST}:4300", f"{HOST}:{ports.nginx}")
    line = re.compile(r"^( *server )127\.0\.0\.1:\d+( .*;\n)", re.MULTILINE)
    first, *others = list(line.finditer(text))
    servers = "".join(
        f"{first[1]}{HOST}:{ports.gateway(number)}{first[2]}"
        for number in range(1, gateways + 1)
    )
    end = (others or [first])[-1].end()
    return text[: first.start()] + servers + text[end:]


def _nginx_config(ports: Ports, state: Path, gateways: int) -> str:
    (state / "site.conf").write_text(site(ports, gateways), "utf-8")
    folders = "\n".join(
        f"    {name}_temp_path {state}/nginx-{name};"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    return (
        f"daemon off;\npid {state}/nginx.pid;\nworker_processes 1;\n"
        "events { worker_connections 4096; }\n"
        f"http {{\n    access_log off;\n{folders}\n    include {state}/site.conf;\n}}\n"
    )


def program(
    name: str, *words: str, stops: str = "SIGTERM", user: str = ""
) -> tuple[str, ...]:
    """What `Part` starts: a program that is none of Python's."""
    found = shutil.which(name, path=_path()) or name
    return ("tests.stack.program", stops, user, found, *words)


def _path() -> str:
    """Debian has servers in sbin, which is not on everybody's path."""
    return os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"))


def _other(folder: Path) -> str:
    """Whom PostgreSQL runs as: itself refuses to be root."""
    if os.getuid() != 0:
        return ""
    name, number, group = other_user()
    os.chown(folder, number, group)
    return name


def _once(command: list[str], user: str) -> None:
    other: Mapping[str, object] = {"user": user, "group": user} if user else {}
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, cwd="/", **other
    )  # type: ignore[call-overload]
    if done.returncode:
        raise StackError(f"{command[0]} failed:\n{done.stderr}")


def _takes_queries(ports: Ports) -> bool:
    try:
        psycopg.connect(warehouse_url(ports, "postgres"), connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True
