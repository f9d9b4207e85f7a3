"""One session over stdin and stdout, spoken by hand: what no answer says."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.project import write

PROFILE = """
language: 1
operation: ask
steps:
  - { name: answer, endpoint: "/slow/{id}", timeout: 60s }
"""
SDL = """
type Query { ask(id: ID!): Ask }
type Ask { answer: String }
"""
DEPLOYED = """
sources: { default: { url: "http://127.0.0.1:PORT" } }
agents: true
"""
_LIMIT = 60
"""Seconds after which a session that says nothing is broken."""


@dataclass(slots=True)
class Session:
    """An agent's side of the pipe."""

    process: asyncio.subprocess.Process

    async def say(self, method: str, id_: int | None = None, **params: Any) -> None:
        message = {"jsonrpc": "2.0", "method": method, "params": params}
        if id_ is not None:
            message["id"] = id_
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(message).encode() + b"\n")
        await self.process.stdin.drain()

    async def hear(self) -> Mapping[str, Any]:
        assert self.process.stdout is not None
        async with asyncio.timeout(_LIMIT):
            line = await self.process.stdout.readline()
        heard: Mapping[str, Any] = json.loads(line)
        return heard

    async def hear_of(self, what: object) -> Mapping[str, Any]:
        """The next message with this id, or of this method; others are passed by."""
        while True:
            message = await self.hear()
            if what in (message.get("id"), message.get("method")):
                return message


@asynccontextmanager
async def session(config: Path) -> AsyncIterator[Session]:
    """The command, shaken hands with."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "gateway", "mcp", "-c", str(config)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
    )
    made = Session(process)
    try:
        await made.say(
            "initialize",
            0,
            protocolVersion="2025-06-18",
            capabilities={},
            clientInfo={"name": "test", "version": "1"},
        )
        told = await made.hear_of(0)
        assert told["result"]["capabilities"]["tools"] == {"listChanged": True}
        await made.say("notifications/initialized")
        yield made
        assert process.stdin is not None
        process.stdin.close()
        async with asyncio.timeout(_LIMIT):
            assert await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


@dataclass(slots=True)
class Slow:
    """An upstream that answers nobody, and notices who hangs up."""

    asked: asyncio.Event
    left: asyncio.Event

    async def serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        if await reader.readline():
            self.asked.set()
            while await reader.read(1_000):
                pass
            self.left.set()
        writer.close()


async def test_a_session_is_told_of_a_reload_and_may_give_a_call_up(
    tmp_path: Path,
) -> None:
    """A call that is given up ends at its source, and the session goes on.

    Calls that cannot be are answered: unknown tools, huge and malformed arguments.
    """
    slow = Slow(asyncio.Event(), asyncio.Event())
    upstream = await asyncio.start_server(slow.serve, "127.0.0.1", 0)
    port = upstream.sockets[0].getsockname()[1]
    config = write(
        tmp_path,
        {
            "headwater.yaml": DEPLOYED.replace("PORT", str(port)),
            "profiles/ask.yaml": PROFILE,
            "schema/ask.graphql": SDL,
        },
    )
    async with upstream, session(config) as one:
        await one.say("tools/call", 1, name="ask", arguments={"id": "7"})
        async with asyncio.timeout(_LIMIT):
            await slow.asked.wait()
        await one.say("notifications/cancelled", requestId=1, reason="enough")
        async with asyncio.timeout(_LIMIT):
            await slow.left.wait()

        await one.say("tools/call", 2, name="rm", arguments={})
        told = await one.hear_of(2)
        assert told["error"]["message"] == "There is no tool 'rm' here."
        assert [*told["error"]["data"]] == ["request_id"]
        await one.say("tools/call", 3, name="ask", arguments={"id": 1, "x" * 99_999: 2})
        told = await one.hear_of(3)
        assert told["result"]["isError"]
        assert len(json.dumps(told)) < 2_000
        await one.say("x" * 60_000, 5)
        told = await one.hear_of(5)
        assert told["error"]["message"] == "Method not found"
        assert told["error"]["data"]["about"] == "x" * 100
        assert told["error"]["data"]["request_id"]
        await one.say("tools/call", 4, name="ask", arguments=[1])
        assert "request_id" in (await one.hear_of(4))["error"]["data"]

        (tmp_path / "profiles/ask.yaml").write_text(PROFILE + "description: New.\n")
        await one.hear_of("notifications/tools/list_changed")
        await one.say("tools/list", 5)
        tools = (await one.hear_of(5))["result"]["tools"]
        assert tools[0]["description"].startswith("New.")
