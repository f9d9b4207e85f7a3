"""What a trace costs: nothing where there is none, a look where one might be, and all.

CPU of the whole gateway, the thread that sends spans included, of a request with two
calls: document, plan, calls, answer. Its systems and the collector are another process.
Rounds are paired: in each every share is measured once, in another order, and what is
told is the median of the differences to `none` in the same round.

    python -m tests.benchmarks.tracing
"""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import random
import socket
import statistics
import tempfile
import time
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gateway.app import Gateway, build_gateway
from gateway.cli.collecting import collect_seldom
from gateway.request.model import Asking
from gateway.schema.serving import begun
from gateway.telemetry.events import unobserved
from tests.ports import free
from tests.project import write

REQUESTS = 320
AT_ONCE = 8
ROUNDS = 15
PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0"
CASES = {
    "none": ("", {}),
    "slow: 1s alone": ("telemetry: {{ slow: 1s }}", {}),
    "sample: 0%": ("telemetry: {{ otlp: '{url}', sample: 0% }}", {}),
    "sample: 1%": ("telemetry: {{ otlp: '{url}', sample: 1% }}", {}),
    "sample: 10%": ("telemetry: {{ otlp: '{url}', sample: 10% }}", {}),
    "sample: 100%": ("telemetry: {{ otlp: '{url}', sample: 100% }}", {}),
    "caller's, not taken": (
        "telemetry: {{ otlp: '{url}', sample: 1% }}",
        {"traceparent": f"{PARENT}0"},
    ),
    "told at its end": ("telemetry: {{ otlp: '{url}', sample: 0%, slow: 1ms }}", {}),
}
"""The deployment file's line, and what every request brings."""
DOCUMENT = "query($id: ID!) { person(id: $id) { name mail score grade } }"
FILES = {
    "schema/p.graphql": """
type Query { person(id: ID!): Person }
type Person { name: String, mail: String, score: Int, grade: String }
""",
    "profiles/person.yaml": """
language: 1
operation: person
steps:
  - { name: who, endpoint: "/people/{id}", provides: [name, mail] }
  - { name: risk, endpoint: "/scores/{id}", provides: [score, grade] }
""",
}


async def _answer(asked: Request) -> Response:
    if asked.method == "POST":
        await asked.body()
        return Response()
    if asked.url.path.startswith("/people"):
        return JSONResponse({"name": "Ada Lindqvist", "mail": "ada@example.com"})
    return JSONResponse({"score": 5, "grade": "B"})


def _serve(port: int) -> None:
    app = Starlette(routes=[Route("/{rest:path}", _answer, methods=["GET", "POST"])])
    uvicorn.run(app, port=port, log_level="error")


def _wait(port: int) -> None:
    """Until the system answers; half a minute at most."""
    for _ in range(300):
        with (
            contextlib.suppress(OSError),
            socket.create_connection(("127.0.0.1", port)),
        ):
            return
        time.sleep(0.1)


async def _ask(gateway: Gateway, name: int, headers: dict[str, str]) -> None:
    for number in range(REQUESTS // AT_ONCE):
        given = begun(gateway, headers, f"{random.getrandbits(128):032x}")
        asking = Asking(DOCUMENT, None, {"id": f"{name}-{number}"})
        answer = await given.pipeline.answer(given.generation, asking, given.request)
        assert not answer.errors, answer.errors


async def _cpu(gateway: Gateway, headers: dict[str, str]) -> float:
    """Microseconds of CPU a request, until its spans are sent."""
    started = time.process_time()
    await asyncio.gather(*(_ask(gateway, n, headers) for n in range(AT_ONCE)))
    spans = gateway.tracers.spans
    if spans is not None:
        await asyncio.to_thread(spans._sending.force_flush)
    return (time.process_time() - started) / REQUESTS * 1e6


async def _measure(folder: Path, url: str) -> None:
    made: dict[str, Gateway] = {}
    for n, (case, (line, _)) in enumerate(CASES.items()):
        deployed = f"sources: {{ default: {{ url: '{url}' }} }}\n"
        texts = {"headwater.yaml": deployed + line.format(url=url), **FILES}
        config = write(folder / str(n), texts)
        made[case] = build_gateway([config], {}, observe=unobserved, remember=True)
    taken: dict[str, list[float]] = {case: [] for case in CASES}
    for round_ in range(ROUNDS + 1):
        order = random.sample(sorted(made), len(made))
        for case in order:
            cost = await _cpu(made[case], dict(CASES[case][1]))
            if round_:  # the first one fills what is kept
                taken[case].append(cost)
    plain = statistics.median(taken["none"])
    for case, costs in taken.items():
        more = statistics.median(
            mine - none for mine, none in zip(costs, taken["none"], strict=True)
        )
        share = f"{more:+6.1f} us, {more / plain * 100:+5.1f} %"
        print(f"  {case:>20}: {statistics.median(costs):6.1f} us a request, {share}")
    for gateway in made.values():
        gateway.tracers.close()
        gateway.current.lease.retire()
        await gateway.pool.closed()


def main() -> None:
    """Measure and print."""
    collect_seldom()
    port = free()
    making = multiprocessing.get_context("spawn").Process
    system = making(target=_serve, args=(port,), daemon=True)
    system.start()
    try:
        _wait(port)
        with tempfile.TemporaryDirectory() as folder:
            asyncio.run(_measure(Path(folder), f"http://127.0.0.1:{port}"))
    finally:
        system.terminate()
        system.join()


if __name__ == "__main__":
    main()
