"""The demo as a person meets it: it starts, says what to try, and ends whole."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.parse
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gateway.demo.tour import TOUR, Suggestion

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
START = """
import sys
from pathlib import Path
from gateway.demo.run import run_demo
sys.exit(run_demo(int(sys.argv[1]), here=Path(sys.argv[2]), first_port=0))
"""
PATIENCE = 30.0


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
        connection = http.client.HTTPConnection(address.netloc, timeout=10)
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
    connection = http.client.HTTPConnection(address.netloc, timeout=10)
    with contextlib.closing(connection):
        headers = {"content-type": "application/json"}
        connection.request("POST", address.path, json.dumps(body), headers)
        answer: dict[str, object] = json.loads(connection.getresponse().read())
        return answer


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def refused(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return True
    return False


def started(here: Path) -> Demo:
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-c", START, str(port), str(here)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    said = []
    for line in process.stdout:
        said.append(line)
        if "Ctrl-C ends the demo" in line:
            note = Path(os.environ["TMPDIR"]) / f"headwater-{os.getuid()}" / "demo.json"
            return Demo(
                process, port, "".join(said), json.loads(note.read_text())["control"]
            )
    process.wait(10)
    raise AssertionError("".join(said))


@contextlib.contextmanager
def running(here: Path) -> Iterator[Demo]:
    demo = started(here)
    try:
        yield demo
    finally:
        with contextlib.suppress(ProcessLookupError):
            demo.process.send_signal(signal.SIGTERM)
        demo.process.wait(20)
        assert demo.process.stdout is not None
        demo.process.stdout.close()


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


@pytest.mark.parametrize("suggestion", TOUR, ids=lambda one: one.title)
def test_a_suggested_query_makes_the_calls_it_says(demo: Demo, suggestion: Suggestion):
    """What the terminal promises is what the services count; nothing else is called."""
    assert suggestion.query in demo.said
    assert f"calls: {suggestion.cost}" in demo.said
    before = demo.calls()
    answer = demo.ask(suggestion.query)
    after = demo.calls()
    assert "errors" not in answer
    made = {name: after[name] - before[name] for name in after}
    wanted = {name: suggestion.calls.get(name, 0) for name in after}
    assert made == wanted


def test_an_unknown_customer_is_null_without_an_error(demo: Demo):
    """`null_if` says that there is no such customer; that is an answer."""
    answer = demo.ask('{ customer360(customer_id: "3001") { account { name } } }')
    assert answer == {"data": {"customer360": None}}


def test_a_service_is_broken_and_mended_from_another_terminal(demo: Demo):
    """``demo break`` costs its own field only; ``demo mend`` brings it back."""
    query = '{ customer360(customer_id: "42") { account { name } fraud { level } } }'
    whole = demo.ask(query)
    assert demo.command("break", "fraud") == (
        "fraud is down: mend it with headwater demo mend fraud\n"
    )
    partial = demo.ask(query)
    assert demo.command("mend", "fraud") == "fraud is up\n"
    assert partial["data"] == {
        "customer360": {"account": {"name": "Ada Lindqvist"}, "fraud": None}
    }
    assert demo.ask(query) == whole


def test_an_unknown_service_is_answered_with_the_known_ones(demo: Demo):
    """A typing mistake is told what there is."""
    assert "services are accounts, transactions, fraud" in demo.command("break", "frod")


def test_a_port_in_use_is_said_by_name(demo: Demo, place: Path):
    """A second demo on the same port ends at once and says what to type."""
    done = subprocess.run(
        [sys.executable, "-c", START, str(demo.port), str(place)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    said = " ".join(done.stdout.split())
    assert (done.returncode, f"port {demo.port} is already in use" in said) == (1, True)
    assert f"PORT={demo.port + 1} make demo" in said


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_everything_the_demo_started(place: Path, number: signal.Signals):
    """After the demo's own end, exit status 0, none of its ports answers."""
    with running(place) as demo:
        demo.process.send_signal(number)
        assert demo.process.wait(20) == 0
        assert [refused(port) for port in demo.ports] == [True, True]


def test_not_even_a_killed_demo_leaves_orphans(place: Path):
    """Children notice that their parent is gone, without being told."""
    with running(place) as demo:
        demo.process.kill()
        until = time.monotonic() + PATIENCE
        while not all(map(refused, demo.ports)):
            assert time.monotonic() < until
            os.sched_yield()
