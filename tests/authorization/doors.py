"""Every way in, as one function each: who asks for which fields → all that he is told.

Sockets and streams are spoken by ASGI messages, in the test's own loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeAlias

import orjson

from gateway.doors.export.beginning import (
    CannotBeginError,
    Places,
    bound,
    check_query,
    opened,
)
from gateway.doors.export.reading import open_rows
from gateway.doors.export.running import Question, Run
from gateway.request.model import Asking, Caller, RequestContext
from tests.authorization.stand import Stand

Door: TypeAlias = Callable[[Stand, str, str], Awaitable[str]]
"""Gives what came of the fields as they are selected of a person, for claims."""
JSON = {"content-type": "application/json"}
VERSION = "2025-06-18"


def _document(selected: str) -> str:
    return f"{{ person {{ {selected} }} }}"


async def by_post(of: Stand, selected: str, claims: str, **headers: str) -> str:
    sent = {**JSON, "x-claims": claims, "headwater-plan": "include", **headers}
    asked = {"query": _document(selected)}
    return (await of.client.post("/graphql", json=asked, headers=sent)).text


async def by_get(of: Stand, selected: str, claims: str) -> str:
    answer = await of.client.get(
        "/graphql",
        params={"query": _document(selected)},
        headers={"x-claims": claims, "apollo-require-preflight": "1"},
    )
    return answer.text


async def by_dry_run(of: Stand, selected: str, claims: str) -> str:
    return await by_post(of, selected, claims, **{"headwater-plan": "dry-run"})


async def by_events(of: Stand, selected: str, claims: str) -> str:
    return await by_post(of, selected, claims, accept="text/event-stream")


async def by_parts(of: Stand, selected: str, claims: str) -> str:
    later = f"id ... @defer {{ {selected} }}"
    return await by_post(of, later, claims, accept="multipart/mixed")


async def by_rest(of: Stand, selected: str, claims: str) -> str:
    fields = ",".join(selected.split()).replace("{,", "{").replace(",}", "}")
    fields = fields.replace(",{number}", ".number").replace("argued(n:,3)", "argued")
    answer = await of.client.get(
        "/api/person", params={"fields": fields}, headers={"x-claims": claims}
    )
    return answer.text


async def by_tool(of: Stand, selected: str, claims: str) -> str:
    dotted = selected.replace("wallet { number }", "wallet.number")
    fields = dotted.replace("argued(n: 3)", "argued").split()
    return await told(of, claims, "person", {"fields": fields})


async def by_query_tool(of: Stand, selected: str, claims: str) -> str:
    return await told(of, claims, "query", {"query": _document(selected)})


async def by_plan_tool(of: Stand, selected: str, claims: str) -> str:
    return await told(of, claims, "plan", {"query": _document(selected)})


async def told(of: Stand, claims: str, tool: str, arguments: Any) -> str:
    """What a tool says to an agent."""
    params = {"name": tool, "arguments": arguments}
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
    accept = "application/json, text/event-stream"
    headers = {"accept": accept, "mcp-protocol-version": VERSION, "x-claims": claims}
    return (await of.client.post("/mcp", json=call, headers=headers)).text


async def by_socket(of: Stand, selected: str, claims: str) -> str:
    return await _by_socket(of, _document(selected), claims)


async def by_subscription(of: Stand, selected: str, claims: str) -> str:
    """The first event of a poll."""
    document = f"subscription {{ met {{ person {{ {selected} }} }} }}"
    return await _by_socket(of, document, claims, answers=1)


async def _by_socket(
    of: Stand, document: str, claims: str, *, answers: int | None = None
) -> str:
    """What a WebSocket says to one operation, to its end or some answers."""
    asked: asyncio.Queue[Mapping[str, Any]] = asyncio.Queue()
    said: asyncio.Queue[Mapping[str, Any]] = asyncio.Queue()
    scope = {
        "type": "websocket",
        "path": "/graphql",
        "query_string": b"",
        "scheme": "ws",
        "headers": [
            (b"host", b"127.0.0.1:4000"),
            (b"sec-websocket-protocol", b"graphql-transport-ws"),
            (b"x-claims", claims.encode()),
            (b"headwater-plan", b"include"),
        ],
        "subprotocols": ["graphql-transport-ws"],
        "client": ("127.0.0.1", 5),
        "asgi": {"version": "3.0"},
    }
    subscribe = {"id": "1", "type": "subscribe", "payload": {"query": document}}
    asked.put_nowait({"type": "websocket.connect"})
    for frame in ({"type": "connection_init"}, subscribe):
        text = orjson.dumps(frame).decode()
        asked.put_nowait({"type": "websocket.receive", "text": text})
    serving = asyncio.create_task(of.app(scope, asked.get, said.put))  # type: ignore[arg-type]
    heard: list[str] = []
    try:
        async with asyncio.timeout(60):
            while True:
                message = await said.get()
                text = message.get("text") or str(message)
                heard.append(text)
                if answers and sum('"next"' in one for one in heard) >= answers:
                    break
                ended = ('"complete"', '"error"', "websocket.close")
                if any(word in text for word in ended) and '"next"' not in text:
                    break
    finally:
        asked.put_nowait({"type": "websocket.disconnect", "code": 1000})
        await asyncio.wait({serving}, timeout=60)
    return "\n".join(heard)


async def by_export(of: Stand, selected: str, claims: str) -> str:
    """What an export writes of one row."""
    pipeline, generation = of.gateway.pipeline, of.gateway.current
    asking = Asking(f"query($id: ID!) {{ person(id: $id) {{ {selected} }} }}")
    clock, said = pipeline.clock, orjson.loads(claims)
    request = RequestContext(
        "r", clock.now(), clock.wall(), caller=Caller(said["sub"], said)
    )
    with TemporaryDirectory() as folder:
        rows, written = f"{folder}/in.jsonl", Path(folder, "out.jsonl")
        await asyncio.to_thread(Path(rows).write_text, '{"id": "7"}\n')
        try:
            check_query(pipeline, generation, asking, request)
        except CannotBeginError as error:
            return str(error)
        places = Places(rows, str(written), Path(folder, "errors.jsonl"))
        writing, mark = opened(places, [claims], restart=False)
        binding = bound(generation, asking, {}, {})
        question = Question(pipeline, generation, asking, request, binding)
        with closing(open_rows(rows)) as found:
            await Run(question, found, writing, mark, 1, 1).finish()
        return await asyncio.to_thread(written.read_text)


DOORS: Mapping[str, Door] = {
    "post": by_post,
    "get": by_get,
    "a dry run": by_dry_run,
    "server-sent events": by_events,
    "parts": by_parts,
    "a websocket": by_socket,
    "a subscription": by_subscription,
    "rest": by_rest,
    "an export": by_export,
    "an agent's tool": by_tool,
    "an agent's query": by_query_tool,
    "an agent's plan": by_plan_tool,
}
PLANNED = ("a dry run", "an agent's plan")
"""Those that tell nobody any value."""
