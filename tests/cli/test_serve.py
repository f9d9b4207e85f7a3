"""The gateway as a real process."""

from __future__ import annotations

import contextlib
import json
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from gateway.cli.init import FILES, text_of
from tests.cli.conftest import Invoke, write
from tests.processes import end

FEW = 160
"""Files that `plain` may open."""
LIVE = b"HEAD /livez HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n"
EXCEEDED = 'limit="connections",verdict="refused"'
QUERY = '{ greeting(name: "Ada") { text } }'


@dataclass(slots=True)
class Served:
    """A gateway that answers at an address."""

    process: subprocess.Popen[str]
    url: str

    def ask(self, query: str = QUERY, **headers: str) -> dict[str, object]:
        """The answer to a POST."""
        request = urllib.request.Request(
            f"{self.url}graphql",
            json.dumps({"query": query}).encode(),
            {"content-type": "application/json", **headers},
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as reply:
                return dict(json.load(reply))
        except urllib.error.HTTPError as refused:
            with refused:
                return dict(json.load(refused))

    def status(self, path: str) -> int:
        """The status of a page."""
        try:
            with urllib.request.urlopen(f"{self.url}{path}", timeout=10) as reply:
                return int(reply.status)
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.code

    def log_until(self, event: str) -> dict[str, object]:
        """The next entry of the log with this event; waits for it."""
        assert self.process.stderr is not None
        for line in self.process.stderr:
            entry = json.loads(line)
            if entry["event"] == event:
                return dict(entry)
        raise AssertionError(f"the log ended without {event}")

    def end(self, number: int = signal.SIGTERM) -> int:
        """Its exit status after a signal."""
        self.process.send_signal(number)
        return self.process.wait(timeout=20)


Serve = Callable[..., Served]


@contextlib.contextmanager
def serving(folder: Path, *before: str) -> Iterator[Serve]:
    """Starts `headwater serve` in a folder, and ends what is left over.

    ``before`` is a program that starts it.
    """
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: str) -> Served:
        command = (sys.executable, "-m", "gateway", "serve", "--port", "0")
        process = subprocess.Popen(
            [*before, *command, *arguments],
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        started.append(process)
        assert process.stdout is not None
        ready = process.stdout.readline()
        assert ready.startswith("Ready: http://127.0.0.1:"), ready
        return Served(process, ready.removeprefix("Ready: ").strip())

    try:
        yield start
    finally:
        for process in started:
            end(process)


@pytest.fixture
def serve(project: Path) -> Iterator[Serve]:
    """Starts `headwater serve` in the project of the test."""
    with serving(project) as start:
        yield start


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One that serves a new project, and may open few files, to several tests."""
    folder = tmp_path_factory.mktemp("plain")
    for name in FILES:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text_of(name), "utf-8")
    few = f'ulimit -n {FEW}; exec "$@"'
    with serving(folder, "sh", "-c", few, "sh") as start:
        yield start()


def test_a_change_is_served_at_once_and_a_signal_ends_in_peace(
    serve: Serve, project: Path
) -> None:
    """Query, edit, query; SIGTERM exits 0."""
    served = serve()
    assert served.ask() == {"data": {"greeting": {"text": "Hello, Ada!"}}}
    served.log_until("generation.serves")
    profile = project / "profiles/greeting.yaml"
    profile.write_text(profile.read_text("utf-8").replace("Hello", "Goodbye"), "utf-8")
    assert served.log_until("generation.serves")["number"] == 2
    assert served.ask() == {"data": {"greeting": {"text": "Goodbye, Ada!"}}}
    assert served.end() == 0


def test_told_to_end_it_is_not_ready_first_and_answers_on(
    serve: Serve, project: Path
) -> None:
    """Balancers turn away by `server.drain`; a second signal does not wait for them."""
    deployment = project / "headwater.yaml"
    text = deployment.read_text("utf-8")
    deployment.write_text(text.replace("port: 4000", "drain: 10m"), "utf-8")
    served = serve()
    assert served.status("readyz") == 200
    served.process.send_signal(signal.SIGTERM)
    while served.status("readyz") == 200:
        assert served.process.poll() is None
    assert [served.status(path) for path in ("livez", "health")] == [200, 503]
    assert served.ask() == {"data": {"greeting": {"text": "Hello, Ada!"}}}
    assert served.end() == 0


def test_the_explorer_and_the_health_are_beside_graphql(plain: Served) -> None:
    """What the line on the terminal points at is there."""
    with urllib.request.urlopen(plain.url, timeout=10) as page:
        assert "text/html" in page.headers["content-type"]
    with urllib.request.urlopen(f"{plain.url}health?ready", timeout=10) as health:
        assert json.load(health) == {"ready": True}


def test_plans_are_for_everybody_in_development_only(
    serve: Serve, plain: Served
) -> None:
    """Elsewhere a dry run is refused: it must not become a real one.

    For whoever develops at a terminal Ctrl-C ends it in peace too.
    """
    wish = {"headwater-plan": "dry-run"}
    developing = serve("--dev")
    shown, hidden = developing.ask(**wish), plain.ask(**wish)
    assert shown["data"] is None
    assert "plan" in dict(shown["extensions"])  # type: ignore[call-overload]
    assert "data" not in hidden
    assert developing.end(signal.SIGINT) == 0


def test_with_few_files_it_takes_fewer_clients_and_answers_those(plain: Served) -> None:
    """It keeps files for its sources, says what it does, and takes more as they go."""
    told = plain.log_until("files.few")
    assert (told["allowed"], told["connections"]) == (FEW, FEW // 2)
    at = urlsplit(plain.url)
    with contextlib.ExitStack() as held:

        def connected() -> socket.socket:
            client = socket.create_connection((at.hostname, at.port), 30)
            return held.enter_context(client)

        first = connected()
        assert _status(first, LIVE) == 200
        for _ in range(FEW // 2):
            last = connected()
        assert _status(last) == 503
        assert plain.log_until("limit.exceeded")["limit"] == "connections"
        assert _status(first, LIVE) == 200
    while plain.status("livez") != 200:
        assert plain.process.poll() is None
    assert plain.ask() == {"data": {"greeting": {"text": "Hello, Ada!"}}}
    with urllib.request.urlopen(f"{plain.url}metrics", timeout=30) as page:
        counted = f"headwater_limits_exceeded_total{{{EXCEEDED}}} "
        assert any(line.decode().startswith(counted) for line in page)


def _status(client: socket.socket, asked: bytes = b"") -> int:
    """What a connection is told when it asks this; nothing: what it is told unasked."""
    client.settimeout(30)
    client.sendall(asked)
    told = b""
    while b"\r\n\r\n" not in told and (more := client.recv(65_536)):
        told += more
    return int(told.split()[1])


def test_a_port_in_use_is_one_clear_line(
    project: Path, invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    """HEADWATER_PORT says where, as an option would."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setenv("HEADWATER_PORT", str(port))
        result = invoke("serve")
    assert result.exit_code == 1
    assert result.stderr.splitlines()[-1] == (
        f"error: port {port} on 127.0.0.1 is in use — choose another one: "
        f"--port {port + 1}"
    )


def test_nobody_listens_to_the_world_by_accident(project: Path, invoke: Invoke) -> None:
    """Without authentication the deployment must say that this is meant."""
    result = invoke("serve", "--host", "0.0.0.0", "--port", "0")  # noqa: S104
    assert result.exit_code == 2
    assert result.stderr.splitlines()[-1] == (
        "error: listening on 0.0.0.0 without authentication: write 'auth: none' in "
        "headwater.yaml if that is meant"
    )


def test_a_deployment_that_does_not_load_is_shown_and_not_served(
    project: Path, invoke: Invoke
) -> None:
    """Every problem with its place, then one line."""
    write(project / "headwater.yaml", "server: { prot: 1 }")
    result = invoke("serve", "--port", "0")
    assert (result.exit_code, result.stderr) == (
        1,
        (
            "headwater.yaml\n"
            "  1:11 error: there is no key 'prot' here\n"
            "    1 | server: { prot: 1 }\n"
            "      |           ^\n"
            "    fix: did you mean 'port'?\n"
            "1 error\n"
            "error: the configuration cannot be loaded\n"
        ),
    )


def test_a_broken_profile_is_logged_and_the_others_are_served(
    serve: Serve, project: Path
) -> None:
    """At the start as at a reload; to the world, where `auth: none` says so.

    The line of the terminal names what a browser takes.
    """
    write(project / "profiles/bad.yaml", "operation: bad\nstesp: []\nsteps: []")
    with (project / "headwater.yaml").open("a") as file:
        file.write("auth: none\n")
    served = serve("--host", "0.0.0.0")  # noqa: S104
    entry = served.log_until("generation.problem")
    assert str(entry["problem"]).startswith("profiles/bad.yaml:")
    assert served.ask() == {"data": {"greeting": {"text": "Hello, Ada!"}}}
