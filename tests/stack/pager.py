"""Somebody who is told of incidents: a server in a thread, and what it heard.

In charge of hearing each message once; whoever tells it twice under one key is heard
once, as receivers do.
"""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.stack.ports import HOST


@dataclass(slots=True)
class Pager:
    """``url`` is what a deployment calls it by."""

    url: str = ""
    heard: dict[str, dict[str, Any]] = field(default_factory=dict)
    _news: threading.Condition = field(default_factory=threading.Condition)

    def hear(self, key: str, message: dict[str, Any]) -> None:
        with self._news:
            self.heard[key] = message
            self._news.notify_all()

    def states(self) -> list[str]:
        """What it was told, in order."""
        return [message["state"] for message in self.heard.values()]

    def wait(self, count: int, seconds: float) -> bool:
        """Until so many messages came, or it is too late."""
        with self._news:
            return self._news.wait_for(lambda: len(self.heard) >= count, seconds)


@contextlib.contextmanager
def pager() -> Iterator[Pager]:
    """One that listens."""
    made = Pager()

    class _Ear(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            made.hear(self.headers["idempotency-key"], json.loads(body))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing is said."""

    server = ThreadingHTTPServer((HOST, 0), _Ear)
    made.url = f"http://{HOST}:{server.server_address[1]}"
    running = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    running.start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
        running.join(10)
