"""One GET over a kept connection: what it costs by each transport, in CPU time.

The upstream is a process of its own, so that only ours is counted.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import time
from collections.abc import Callable
from multiprocessing.connection import Connection

import uvloop

from gateway.connectors.rest_request import Request
from gateway.connectors.transport.base import Transport
from gateway.connectors.transport.lean import Keeping, LeanTransport
from gateway.connectors.transport.over_httpx import HttpxTransport

AT_ONCE = 4
ROUNDS = 5
SIZES = {"171 B": 171, "2 KB": 2_048, "54 KB": 54_000}
TRANSPORTS: dict[str, tuple[Callable[[str], Transport], int]] = {
    "lean": (lambda base: LeanTransport(base, Keeping(64)), 4_000),
    "httpx": (lambda base: HttpxTransport(base, connections=64), 200),
}
HEADERS = {
    "accept": "application/json",
    "accept-encoding": "gzip, deflate",
    "user-agent": "headwater",
}


class Answering(asyncio.Protocol):
    """Answers `/n` with n bytes, without looking at anything else."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        size = int(data.split(b" ", 2)[1][1:])
        head = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ndate: Mon, 23 Nov 2026 12:00:00 GMT\r\ncontent-length: {size}\r\n\r\n"  # noqa: E501
        self.transport.write(head.encode() + b"x" * size)  # type: ignore[attr-defined]


def serve(port: Connection) -> None:
    """Run the upstream until the process is ended."""

    async def forever() -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(Answering, "127.0.0.1", 0)
        port.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    uvloop.run(forever())


async def cost(transport: Transport, size: int, times: int) -> float:
    """CPU seconds of one GET; the lowest of some rounds."""
    request = Request("GET", f"/{size}", HEADERS)

    async def some() -> None:
        for _ in range(times // AT_ONCE):
            await transport.send(request, 5_000_000)

    best = float("inf")
    for _ in range(ROUNDS + 1):
        start = time.process_time()
        await asyncio.gather(*(some() for _ in range(AT_ONCE)))
        best = min(best, (time.process_time() - start) / times)
    return best


async def main(base: str) -> None:
    """Print CPU microseconds of a GET by each transport, and their ratio."""
    print(f"{'one GET':<10}{'lean':>10}{'httpx':>10}{'httpx / lean':>14}")
    for name, size in SIZES.items():
        spent = []
        for make, times in TRANSPORTS.values():
            transport = make(base)
            spent.append(await cost(transport, size, times) * 1e6)
            await transport.close()
        lean, httpx = spent
        print(f"{name:<10}{lean:>7.1f} us{httpx:>7.0f} us{httpx / lean:>14.0f}")


if __name__ == "__main__":
    ours, its = multiprocessing.Pipe()
    upstream = multiprocessing.Process(target=serve, args=(its,), daemon=True)
    upstream.start()
    uvloop.run(main(f"http://127.0.0.1:{ours.recv()}"))
    upstream.kill()
