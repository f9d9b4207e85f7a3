"""Time to the first payload with @defer, beside the steps that it needs and the whole.

Over a real socket. Sources take as long as they are said to, so that what is more than
the critical path is the gateway's, the client's and the network's.
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx

from gateway.connectors.base import Call, Reply
from tests.incremental.kit import BODIES, CURRENT, Parts, bank

ROUNDS = 40
FAST = 0.020
SLOW = 0.200
DEFERRED = """{ customer(id: "7") {
  profile { name } ... @defer { risk { score } orders { id total } }
} }"""
PLAIN = DEFERRED.replace("@defer", "")


async def _behave(call: Call[Any]) -> Reply:
    await asyncio.sleep(FAST if call.step == "profile" else SLOW)
    return Reply(BODIES[call.step])


async def _in_parts(client: httpx.AsyncClient) -> tuple[float, float]:
    """Seconds until the first payload, and until the last."""
    began = time.perf_counter()
    asked = {"json": {"query": DEFERRED}, "headers": {"accept": CURRENT}}
    async with client.stream("POST", "/graphql", **asked) as response:  # type: ignore[arg-type]
        parts = Parts(response)
        await parts.next()
        first = time.perf_counter() - began
        _ = [part async for part in parts.each()]
    return first, time.perf_counter() - began


async def _whole(client: httpx.AsyncClient) -> float:
    began = time.perf_counter()
    await client.post("/graphql", json={"query": PLAIN})
    return time.perf_counter() - began


async def _measured() -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with bank(Path(folder)) as one:
            one.source.otherwise = _behave
            url = f"http://127.0.0.1:{one.port}"
            async with httpx.AsyncClient(base_url=url) as client:
                await _in_parts(client)
                parted = [await _in_parts(client) for _ in range(ROUNDS)]
                whole = [await _whole(client) for _ in range(ROUNDS)]
    first = statistics.median(seconds for seconds, _ in parted)
    last = statistics.median(seconds for _, seconds in parted)
    for name, seconds, path in (
        ("first payload", first, FAST),
        ("last payload", last, SLOW),
        ("one answer", statistics.median(whole), SLOW),
    ):
        over = (seconds - path) * 1000
        print(
            f"{name:14} {seconds * 1000:6.1f} ms, {over:4.1f} ms over its critical path"
        )


if __name__ == "__main__":
    asyncio.run(_measured())
