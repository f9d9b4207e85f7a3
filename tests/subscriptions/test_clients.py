"""The clients that people use, as they are, subscribed to a running gateway."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from tests.npm import node_folder
from tests.subscriptions.kit import bank, payment

HERE = Path(__file__).parent


async def test_clients_with_their_default_settings_get_each_event(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """graphql-ws, graphql-sse, urql by fetch, Apollo's parts; then all have left."""
    folder = await asyncio.to_thread(node_folder, request, HERE)
    async with bank(tmp_path) as one:
        url = f"http://127.0.0.1:{one.port}/graphql"
        node = await asyncio.create_subprocess_exec(
            *("node", "clients.mjs", url), cwd=folder, stdout=asyncio.subprocess.PIPE
        )
        try:
            async with asyncio.timeout(60):
                await one.stream.until(listening=4)
                one.stream.say(payment(1))
                one.stream.say(payment(2))
                said, _ = await node.communicate()
                await one.stream.until(listening=0)
        finally:
            if node.returncode is None:
                node.kill()
                await node.wait()
    found = json.loads(said)
    for answers in found.values():
        for answer in answers:
            _untyped(answer["data"])
    answers = [
        {
            "data": {"paid": {"payment": {"id": n}, "account": {"owner": "Ada"}}},
            "failed": None,
        }
        for n in ("1", "2")
    ]
    clients = ("graphql-ws", "graphql-sse", "urql", "apollo")
    assert found == dict.fromkeys(clients, answers)


def _untyped(value: object) -> None:
    """Apollo and urql ask for `__typename` everywhere."""
    if isinstance(value, dict):
        value.pop("__typename", None)
        for inner in value.values():
            _untyped(inner)
