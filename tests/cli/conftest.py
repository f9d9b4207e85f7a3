"""Projects in folders of their own, commands run in them, and an upstream to call."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from gateway.cli.init import FILES, text_of
from gateway.cli.main import app
from tests.redis_server import redis_server

__all__ = ["redis_server"]

Invoke = Callable[..., Result]


@pytest.fixture(autouse=True)
def _plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same output everywhere: no colours, no settings of this machine."""
    for name in ("HEADWATER_CONFIG", "HEADWATER_PORT", "HEADWATER_DEBUG"):
        monkeypatch.delenv(name, raising=False)
    for name in ("FORCE_COLOR", "GITHUB_ACTIONS", "PY_COLORS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "dumb")


@pytest.fixture
def invoke() -> Invoke:
    """Runs `headwater` with arguments, in this process."""

    def run(*arguments: str, input: str | None = None) -> Result:  # noqa: A002
        return CliRunner().invoke(app, arguments, input=input)

    return run


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder that the command is in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def project(here: Path) -> Path:
    """A new project, as `headwater init` makes it, that the command is in."""
    for name in FILES:
        (here / name).parent.mkdir(parents=True, exist_ok=True)
        (here / name).write_text(text_of(name), "utf-8")
    return here


@dataclass(slots=True)
class Upstream:
    """A real HTTP server: where it is, what it answers, what it was asked."""

    url: str
    answers: dict[str, object] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    """Answers a path with its JSON, and with 404 where it has none."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found.asked.append(self.path)
            answer = found.answers.get(self.path.partition("?")[0])
            body = json.dumps(answer).encode()
            self.send_response(404 if answer is None else 200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET  # noqa: N815 - the library's name

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Say nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found = Upstream(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield found
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def customers(here: Path, upstream: Upstream) -> Upstream:
    """A project whose steps call the upstream; a source's header is a secret."""
    upstream.answers = {
        "/people/7": {"person": {"name": "Ada", "city": "london"}},
        "/cities/london": {"name": "London"},
    }
    write(
        here / "headwater.yaml",
        f"""
        sources:
          people:
            url: {upstream.url}
            headers: {{ authorization: "Bearer hush" }}
          cities: {{ url: {upstream.url} }}
        """,
    )
    write(
        here / "profiles/customer.yaml",
        """
        language: 1
        operation: customer
        args: { id: ID!, vip: Boolean = false }
        steps:
          - name: person
            source: people
            endpoint: /people/{id}
            select: response.body.person
          - name: city
            source: cities
            endpoint: /cities/{person.city}
          - name: gift
            when: vip
            source: people
            endpoint: /gifts/{id}
        """,
    )
    return upstream


def write(path: Path, text: str) -> None:
    """A file whose text is indented as the test that holds it."""
    lines = text.strip("\n").split("\n")
    margin = len(lines[0]) - len(lines[0].lstrip())
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(line[margin:] for line in lines) + "\n", "utf-8")
