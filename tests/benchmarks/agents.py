"""CPU of a tool's call against the same query by POST /graphql, and by REST.

In one process and through ASGI, without sockets: what the doors cost besides the
operation, whose only source is in memory. Both eras of the protocol.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Mapping

import orjson

from gateway.doors.agents.http import routes
from gateway.doors.agents.settings import AgentSettings
from gateway.schema.exchange import App
from gateway.schema.server import application
from gateway.schema.serving import ServerSettings
from tests.serving import Bank

CALLS = 1_000
ROUNDS = 5
NEW = "2026-07-28"
ARGUMENTS = {"id": "7", "fields": ["name"]}
_CALL = {"name": "customer", "arguments": ARGUMENTS}
_META = {
    "io.modelcontextprotocol/protocolVersion": NEW,
    "io.modelcontextprotocol/clientInfo": {"name": "benchmark", "version": "1"},
    "io.modelcontextprotocol/clientCapabilities": {},
}
LEGACY = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": _CALL}
CURRENT = {**LEGACY, "params": {**_CALL, "_meta": _META}}
POSTED = {
    "query": "query c($id: ID!) { customer(id: $id) { name } }",
    "variables": {"id": "7"},
}
_TOLD = {
    "mcp-protocol-version": NEW,
    "mcp-method": "tools/call",
    "mcp-name": "customer",
}
WAYS: Mapping[str, tuple[str, object, Mapping[str, str]]] = {
    "POST /graphql": ("/graphql", POSTED, {}),
    "tools/call, with a handshake's form": ("/mcp", LEGACY, {}),
    f"tools/call, {NEW}": ("/mcp", CURRENT, _TOLD),
}


async def _asked(app: App, path: str, body: bytes, more: Mapping[str, str]) -> bytes:
    sent = {"content-type": "application/json", "accept": "application/json"}
    headers = {"host": "127.0.0.1", **sent, **more}
    scope = {
        "type": "http",
        "method": "POST",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": [(k.encode(), v.encode()) for k, v in headers.items()],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
        "scheme": "http",
        "http_version": "1.1",
    }
    arrived = [{"type": "http.request", "body": body, "more_body": False}]
    said: list[bytes] = []

    async def receive() -> dict[str, object]:
        if arrived:
            return arrived.pop()
        await asyncio.Event().wait()
        raise AssertionError

    async def send(message: Mapping[str, object]) -> None:
        if message["type"] == "http.response.body":
            content = message.get("body", b"")
            assert isinstance(content, bytes)
            said.append(content)

    await app(scope, receive, send)  # type: ignore[arg-type]
    return b"".join(said)


async def _measured() -> None:
    bank = Bank()
    door = routes(bank, AgentSettings(result=100_000, body=1_000_000))
    app = application(bank, ServerSettings(), routes=door)
    best = dict.fromkeys(WAYS, float("inf"))
    for _ in range(ROUNDS):
        for name, (path, body, more) in WAYS.items():
            written = orjson.dumps(body)
            answer = await _asked(app, path, written, more)
            assert b"Ada" in answer, answer
            began = time.process_time()
            for _ in range(CALLS):
                await _asked(app, path, written, more)
            spent = (time.process_time() - began) / CALLS
            best[name] = min(best[name], spent)
    for name, seconds in best.items():
        print(f"{name:36} {seconds * 1e6:7.0f} us of CPU")


def _imported() -> None:
    """What a gateway without agents pays for the door: the SDK is not among it."""
    code = (
        "import sys, time; began = time.process_time(); import gateway.app,"
        " gateway.cli.listening; print(round(1000 * (time.process_time() - began)),"
        " 'mcp' in sys.modules)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    print("import without agents, ms of CPU, and whether the SDK came:", ran.stdout)


if __name__ == "__main__":
    asyncio.run(_measured())
    _imported()
