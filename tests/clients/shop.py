"""A small shop behind `headwater serve` as it is by default, in its own process."""

from __future__ import annotations

import contextlib
import http.server
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.processes import ending
from tests.project import write

ROOT = Path(__file__).parents[2]
SDL = """
type Query { book(id: ID!): Book }
type Mutation { rate(id: ID!, stars: Int!): Book }
type Subscription { sold(shop: ID!): Sold }
type Book { id: ID!, title: String, stars: Int }
type Sold { sale: Sale }
type Sale { id: ID! }
"""
FILES = {
    "schema/shop.graphql": SDL,
    "profiles/book.yaml": """
language: 1
operation: book
steps: [{ name: book, endpoint: "/books/{id}" }]
""",
    "profiles/rate.yaml": """
language: 1
operation: rate
kind: mutation
steps:
  - name: book
    method: POST
    endpoint: "/books/{id}/stars"
    body: { stars: "${ stars }" }
""",
    "profiles/sold.yaml": """
language: 1
operation: sold
kind: subscription
steps:
  - { name: sale, type: stream, every: 100ms, poll: { endpoint: "/shops/{shop}" } }
""",
}


class Books(http.server.BaseHTTPRequestHandler):
    """Knows every book but `lost`, and takes any rating."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        kind, id_ = self.path.strip("/").split("/")
        if id_ == "lost":
            self._say(500, {"message": "secret"})
        elif kind == "shops":
            self._say(200, {"id": f"sale of {id_}"})
        else:
            self._say(200, {"id": id_, "title": "Middlemarch", "stars": 4})

    def do_POST(self) -> None:
        length = int(self.headers["content-length"])
        said = json.loads(self.rfile.read(length))
        self._say(200, {"id": self.path.split("/")[2], "title": None, **said})

    def _say(self, status: int, body: object) -> None:
        raw = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, *_: object) -> None:
        """Nothing: pytest's output is for the tests."""


@contextlib.contextmanager
def books() -> Iterator[str]:
    """The shop's own service, at an address of its own."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Books)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass(frozen=True, slots=True)
class Served:
    """A gateway that answers at an address, with `/` at its end."""

    url: str

    @property
    def graphql(self) -> str:
        return f"{self.url}graphql"


@contextlib.contextmanager
def shop(folder: Path, more: str = "", **files: str) -> Iterator[Served]:
    """The gateway of the shop; ``more`` of its deployment, and other files."""
    with books() as upstream:
        deployment = f'sources: {{ default: {{ url: "{upstream}" }} }}\n{more}'
        write(folder, {**FILES, **files, "headwater.yaml": deployment})
        process = subprocess.Popen(
            [sys.executable, "-m", "gateway", "serve", "--port", "0"],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )
        with ending(process):
            assert process.stdout is not None
            ready = process.stdout.readline()
            assert ready.startswith("Ready: "), ready
            yield Served(ready.removeprefix("Ready: ").strip())
            process.send_signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.communicate(timeout=60)
