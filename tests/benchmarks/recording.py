"""What recording costs: nothing where none is, and what a sample of requests does.

The system behind is another process; CPU is that of the whole gateway, the thread that
writes included, whole requests from HTTP's bytes in to bytes out left aside: document,
plan, calls, answer, and the line on the disk.

    python -m tests.benchmarks.recording
"""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import socket
import statistics
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from gateway.app import Gateway, build_gateway
from gateway.cli.collecting import collect_seldom, keep_modules
from gateway.recording.writing import Writer
from gateway.request.model import Asking, RequestContext
from gateway.telemetry.events import unobserved
from tests.project import write

PORT = 4977
REQUESTS = 800
AT_ONCE = 8
ROUNDS = 3
SHARES = ("", "0%", "1%", "10%", "100%")
DOCUMENT = "query($id: ID!) { person(id: $id) { name mail score grade } }"
SDL = """
type Query { person(id: ID!): Person }
type Person { name: String @tag(name: "pii"), mail: String, score: Int, grade: String }
"""
PROFILE = """
language: 1
operation: person
steps:
  - { name: who, endpoint: "/people/{id}", provides: [name, mail] }
  - { name: risk, endpoint: "/scores/{id}", provides: [score, grade] }
"""


def project(folder: Path, share: str) -> Path:
    """Two systems asked at once, of whose answers one field is nobody's business."""
    record = f"record: {{ to: ./tapes, sample: {share}, tags: [pii] }}" if share else ""
    url = f"http://127.0.0.1:{PORT}"
    deployment = f"sources: {{ default: {{ url: '{url}' }} }}\n{record}\n"
    texts = {"schema/p.graphql": SDL, "profiles/person.yaml": PROFILE}
    return write(folder, {"headwater.yaml": deployment, **texts})


async def _answer(asked: Request) -> JSONResponse:
    if asked.url.path.startswith("/people"):
        return JSONResponse({"name": "Ada Lindqvist", "mail": "ada@example.com"})
    return JSONResponse({"score": 5, "grade": "B"})


def _serve() -> None:
    app = Starlette(routes=[Route("/{rest:path}", _answer)])
    uvicorn.run(app, port=PORT, log_level="error")


def _wait() -> None:
    """Until the system answers; half a minute at most."""
    for _ in range(300):
        with (
            contextlib.suppress(OSError),
            socket.create_connection(("127.0.0.1", PORT)),
        ):
            return
        time.sleep(0.1)


async def _ask(gateway: Gateway, name: int, count: int) -> None:
    pipeline, now = gateway.pipeline, datetime.now(UTC)
    for number in range(count):
        who = RequestContext(str(number), pipeline.clock.now(), now)
        asking = Asking(DOCUMENT, None, {"id": f"{name}-{number}"})
        answer = await pipeline.answer(gateway.current, asking, who)
        assert not answer.errors, answer.errors


def _writer(gateway: Gateway) -> Writer | None:
    return gateway.recorders.writer if gateway.recorders else None


async def _cpu(gateway: Gateway) -> float:
    """Microseconds of CPU a request."""
    started = time.process_time()
    each = REQUESTS // AT_ONCE
    await asyncio.gather(*(_ask(gateway, n, each) for n in range(AT_ONCE)))
    writer = _writer(gateway)
    if writer is not None:
        await asyncio.to_thread(writer.drain)
    return (time.process_time() - started) / (each * AT_ONCE) * 1e6


async def _measure(folder: Path) -> None:
    made = {
        share: build_gateway(
            [project(folder / f"s{n}", share)], {}, observe=unobserved, remember=True
        )
        for n, share in enumerate(SHARES)
    }
    taken: dict[str, list[float]] = {share: [] for share in SHARES}
    for gateway in made.values():
        await _cpu(gateway)
    for _ in range(ROUNDS):  # in turn, so that a busy machine hurts all alike
        for share, gateway in made.items():
            taken[share].append(await _cpu(gateway))
    plain = statistics.median(taken[""])
    for share, gateway in made.items():
        median, writer = statistics.median(taken[share]), _writer(gateway)
        more = f"{(median / plain - 1) * 100:+.1f} %"
        kept = dict(writer.counts) if writer else ""
        print(f"  {share or 'none':>5}: {median:6.1f} us a request, {more}  {kept}")
        if writer is not None:
            writer.close()
        gateway.current.lease.retire()
        await gateway.pool.closed()


def main() -> None:
    """Measure and print."""
    keep_modules()
    collect_seldom()
    system = multiprocessing.get_context("spawn").Process(target=_serve, daemon=True)
    system.start()
    try:
        _wait()
        with tempfile.TemporaryDirectory() as folder:
            asyncio.run(_measure(Path(folder)))
    finally:
        system.terminate()
        system.join()


if __name__ == "__main__":
    main()
