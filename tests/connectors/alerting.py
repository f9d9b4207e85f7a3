"""An HTTPS server that tells why it ends a handshake.

asyncio's own drops the connection before the alert is sent; servers in the field send
it. So this one is the standard library's, on threads.
"""

from __future__ import annotations

import os
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.connectors.grants import Server


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 10
    asked: list[str]

    def handle(self) -> None:
        try:
            self.request.do_handshake()
        except (ssl.SSLError, OSError):
            self._linger()
            return
        with suppress(ssl.SSLError, OSError):
            super().handle()

    def _linger(self) -> None:
        """Close when the other side has read why: else it may be told of a reset."""
        with suppress(OSError):
            plain = socket.socket(fileno=os.dup(self.request.fileno()))
            with plain:
                plain.settimeout(1)
                plain.shutdown(socket.SHUT_WR)
                while plain.recv(4_096):
                    pass

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.send_response(200)
        self.send_header("content-length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


class _Listening(ThreadingHTTPServer):
    daemon_threads = True
    trust: ssl.SSLContext

    def get_request(self) -> tuple[Any, Any]:
        accepted, address = self.socket.accept()
        wrapped = self.trust.wrap_socket(
            accepted, server_side=True, do_handshake_on_connect=False
        )
        return wrapped, address


@contextmanager
def alerting(trust: ssl.SSLContext) -> Iterator[tuple[Server, list[str]]]:
    """A server on a free port, and the paths that were asked for."""
    handler = type("Handler", (_Handler,), {"asked": []})
    listening = _Listening(("127.0.0.1", 0), handler)
    listening.trust = trust
    thread = threading.Thread(target=listening.serve_forever, args=(0.01,))
    thread.start()
    url = f"https://localhost:{listening.server_address[1]}"
    try:
        yield Server(lambda _: NotImplemented, url=url), handler.asked
    finally:
        listening.shutdown()
        listening.server_close()
        thread.join()
