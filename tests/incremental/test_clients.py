"""The clients that people use, as they are, merge what the gateway sends in parts."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from tests.incremental.kit import Bank, files
from tests.incremental.kit import bank as serving
from tests.npm import node_folder

HERE = Path(__file__).parent


CLIENTS = [
    "apollo, earlier",
    "apollo, current",
    "urql",
    "apollo, earlier, WebSocket",
    "apollo, current, WebSocket",
    "urql, WebSocket",
]


@pytest.mark.parametrize("way", ["deferred", "by-itself"])
async def test_clients_show_the_first_payload_and_then_the_whole(
    tmp_path: Path, request: pytest.FixtureRequest, way: str
) -> None:
    """Apollo's handlers of both formats, urql, graphql-ws, by HTTP and WebSocket.

    The part is held till they saw the first payload. So with `@defer`, and
    where the gateway leaves the slow step for later by itself.
    """
    folder = await asyncio.to_thread(node_folder, request, HERE)
    written = files(deployment="deferral: { after: 20ms }")
    async with serving(tmp_path, written if way == "by-itself" else None) as bank:
        await _ask(bank, folder, way)


async def _ask(bank: Bank, folder: Path, way: str) -> None:
    bank.held.hold("risk")
    node = await asyncio.create_subprocess_exec(
        *("node", "clients.mjs", f"http://127.0.0.1:{bank.port}/graphql", way),
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(60):
            assert node.stderr is not None
            assert node.stdout is not None
            seen = []
            while line := await node.stderr.readline():
                seen.append(line.decode().strip())
                bank.held.open("risk")
                bank.held.hold("risk")
            said = await node.stdout.read()
    finally:
        if node.returncode is None:
            node.kill()
        await node.wait()
    assert seen == [*CLIENTS, "graphql-ws"]
    first = {"customer": {"profile": {"name": "Ada"}}}
    whole = {"customer": {"profile": {"name": "Ada"}, "risk": {"score": 7}}}
    answers = [{"data": data, "failed": None} for data in (first, whole)]
    found = json.loads(said)
    first_message, last_message = found.pop("graphql-ws")
    assert (first_message["data"], first_message["hasNext"]) == (first, True)
    patch = {"data": {"risk": {"score": 7}}, "path": ["customer"]}
    label = {"label": "risk"} if way == "deferred" else {}
    assert last_message == {"incremental": [{**patch, **label}], "hasNext": False}
    for told in found.values():
        for answer in told:
            _untyped(answer["data"])
    assert found == dict.fromkeys(CLIENTS, answers)


def _untyped(value: object) -> None:
    """Apollo and urql ask for `__typename` everywhere."""
    if isinstance(value, dict):
        value.pop("__typename", None)
        for inner in value.values():
            _untyped(inner)
