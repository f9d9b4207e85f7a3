"""The shop beside Apollo's own gateway: one graph, two that serve it."""

from __future__ import annotations

import asyncio
import json
import shutil
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest

from tests.composition.street import opened
from tests.importing.supergraph.asked import QUERIES
from tests.importing.supergraph.shop import SHOP
from tests.npm import node_folder

PACKAGES = Path(__file__).parents[2] / "federation"
SCRIPT = Path(__file__).parent / "beside.mjs"


async def test_apollos_gateway_knows_the_same_and_asks_as_often(
    request: pytest.FixtureRequest,
) -> None:
    """Of every query the data that is expected here, for as many requests."""
    folder = node_folder(request, PACKAGES)
    shutil.copy(SCRIPT, folder)
    with opened() as street:
        base = f"http://127.0.0.1:{street.port}"
        asked = {
            "supergraph": SHOP.read_text("utf-8"),
            "urls": {name: f"{base}/{name}" for name in street.subgraphs},
            "queries": [one.query for one in QUERIES],
        }
        node = await asyncio.create_subprocess_exec(
            "node", SCRIPT.name, cwd=folder, stdin=PIPE, stdout=PIPE, stderr=PIPE
        )
        try:
            async with asyncio.timeout(200):
                said, complaints = await node.communicate(json.dumps(asked).encode())
        finally:
            if node.returncode is None:
                node.kill()
                await node.wait()
    assert node.returncode == 0, complaints.decode()
    answers = json.loads(said)
    assert [one["data"] for one in answers] == [one.data for one in QUERIES]
    assert [sum(one["calls"].values()) for one in answers] == [
        sum(one.calls.values()) for one in QUERIES
    ]
