"""A demo that runs as a person starts it, in a process of its own."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import urllib.parse
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests import ports
from tests.processes import end, ending

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
START = """
import sys
from pathlib import Path
from gateway.demo.run import run_demo
sys.exit(run_demo(int(sys.argv[1]), here=Path(sys.argv[2]), first_port=0))
"""
PATIENCE = 60.0
PAUSE = 0.1
"""Seconds between two looks whether another process has come as far."""


@dataclass
class Demo:
    """A demo that is ready."""

    process: subprocess.Popen[str]
    port: int
    said: str
    control: str

    @property
    def ports(self) -> list[int]:
        """The gateway's and the control port."""
        return [self.port, int(self.control.rpartition(":")[2])]

    def ask(self, query: str) -> dict[str, object]:
        return post(f"http://127.0.0.1:{self.port}/graphql", {"query": query})

    def calls(self) -> dict[str, int]:
        address = urllib.parse.urlsplit(self.control)
        connection = http.client.HTTPConnection(address.netloc, timeout=60)
        with contextlib.closing(connection):
            connection.request("GET", "/-/calls")
            counted: dict[str, int] = json.loads(connection.getresponse().read())
            return counted

    def command(self, *arguments: str) -> str:
        """What ``headwater demo ...`` prints in another terminal."""
        done = subprocess.run(
            [sys.executable, "-m", "gateway", "demo", *arguments],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stdout + done.stderr


def post(url: str, body: object) -> dict[str, object]:
    address = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(address.netloc, timeout=60)
    with contextlib.closing(connection):
        headers = {"content-type": "application/json"}
        connection.request("POST", address.path, json.dumps(body), headers)
        answer: dict[str, object] = json.loads(connection.getresponse().read())
        return answer


def refused(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=60).close()
    except OSError:
        return True
    return False


def started(here: Path) -> Demo:
    port = ports.free()
    process = subprocess.Popen(
        [sys.executable, "-c", START, str(port), str(here)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    said = []
    for line in process.stdout or ():
        said.append(line)
        if "Ctrl-C ends the demo" in line:
            note = Path(os.environ["TMPDIR"]) / f"headwater-{os.getuid()}" / "demo.json"
            return Demo(
                process, port, "".join(said), json.loads(note.read_text())["control"]
            )
    end(process)
    raise AssertionError("".join(said))


@contextlib.contextmanager
def running(here: Path, by: signal.Signals = signal.SIGTERM) -> Iterator[Demo]:
    """A demo that is told to end by this signal, where it did not end before."""
    demo = started(here)
    with ending(demo.process):
        try:
            yield demo
        finally:
            with contextlib.suppress(ProcessLookupError):
                demo.process.send_signal(by)
            demo.process.wait(60)
