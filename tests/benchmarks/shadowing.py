"""What a shadow of 10 % of all requests costs, and what a canary's choice does.

The system behind is another process; CPU is that of the gateway's thread alone, whole
requests from HTTP's bytes in to bytes out left aside: document, plan, calls, answer.

    python -m tests.benchmarks.shadowing
"""

from __future__ import annotations

import asyncio
import multiprocessing
import statistics
import tempfile
import time
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from gateway.app import Gateway
from gateway.cli.collecting import collect_seldom, keep_modules
from gateway.release.model import Bundle, bundle_of
from gateway.release.terms import Terms
from gateway.request.model import Asking
from gateway.trying import shadowing
from tests.release.kit import ADA, FACTS
from tests.trying.kit import Fleet, request

REQUESTS = 400
AT_ONCE = 8
PAIRS = 25
SDL = (
    "type Query { person(id: ID!): Person }\n"
    "type Person { name: String, mail: String, score: Int, grade: String }\n"
)
_DOCUMENT = "query($id: ID!) { person(id: $id) { name mail score grade } }"


def project(score: str = "/scores/{id}") -> Bundle:
    """Two systems asked at once; a candidate asks one of them elsewhere."""
    steps = (
        "[{ name: who, source: core, endpoint: '/people/{id}',"
        " provides: [name, mail] },"
        f" {{ name: risk, source: core, endpoint: '{score}',"
        " provides: [score, grade] }]"
    )
    text = f"language: 1\noperation: person\nsteps: {steps}\n"
    return bundle_of({"profiles/p.yaml": text, "schema/p.graphql": SDL}, FACTS)


async def _answer(asked: Request) -> JSONResponse:
    if asked.url.path.startswith("/people"):
        return JSONResponse({"name": "Ada", "mail": "ada@example.com"})
    return JSONResponse({"score": 5, "grade": "B"})


def _serve(port: int) -> None:
    app = Starlette(routes=[Route("/{rest:path}", _answer)])
    uvicorn.run(app, port=port, log_level="error")


async def _ask(gateway: Gateway, name: int, count: int) -> None:
    pipeline = gateway.pipeline
    who = request()._replace(time=pipeline.clock.wall())
    for number in range(count):
        now, generation = pipeline.clock.now(), gateway.current
        into, mine = pipeline, who._replace(started=now, request_id=str(number))
        if pipeline.splitting is not None:
            stable = pipeline, generation
            into, generation, mine, _ = pipeline.splitting.given(stable, mine, {})
        asking = Asking(_DOCUMENT, None, {"id": f"{name}-{number}"})
        answer = await into.answer(generation, asking, mine)
        assert not answer.errors, answer.errors


async def _cpu(gateway: Gateway) -> float:
    """Microseconds of CPU a request."""
    started = time.thread_time()
    await asyncio.gather(
        *(_ask(gateway, n, REQUESTS // AT_ONCE) for n in range(AT_ONCE))
    )
    await asyncio.sleep(0.02)
    return (time.thread_time() - started) / REQUESTS * 1e6


async def _compare(fleet: Fleet, candidate: Bundle) -> tuple[float, float]:
    """Microseconds of a request, and how many times that one costs with its shadow.

    Every request has one here, as a tenth of them is less than what a machine does
    besides; and both are measured in pairs, one beside the other.
    """
    gateway = fleet.gateway()
    fleet.tries(candidate, Terms(1.0), "shadow")
    await gateway.take_release()
    shadow = gateway.pipeline.splitting
    await _cpu(gateway)  # what is new is prepared, and its answer compiled
    plain, shadowed = [], []
    for _ in range(PAIRS):
        gateway.pipeline.splitting = None
        plain.append(await _cpu(gateway))
        gateway.pipeline.splitting = shadow
        shadowed.append(await _cpu(gateway))
    told = gateway.trying.report()
    print(f"  {told and told['counts']}")
    fleet.trials.withdraw(ADA)
    await gateway.take_release()
    gateway.current.lease.retire()
    await gateway.pool.closed()
    times = [b / a for a, b in zip(plain, shadowed, strict=True)]
    return min(plain), statistics.median(times)


async def _choice(fleet: Fleet, candidate: Bundle) -> float:
    """Microseconds of a canary's choice, kept together by a claim."""
    gateway = fleet.gateway()
    fleet.tries(candidate, Terms(0.1, by="request.claims.sub"))
    await gateway.take_release()
    splitting = gateway.pipeline.splitting
    assert splitting is not None
    stable, people = (
        (gateway.pipeline, gateway.current),
        [request(f"u{n}") for n in range(1_000)],
    )
    best = float("inf")
    for _ in range(20):
        started = time.perf_counter()
        for who in people:
            splitting.given(stable, who, {})
        best = min(best, (time.perf_counter() - started) / len(people))
    fleet.trials.withdraw(ADA)
    return best * 1e6


def main() -> None:
    """Print microseconds of CPU without and with a shadow, and of a choice."""
    keep_modules()
    collect_seldom()  # as a gateway that serves does
    shadowing.MOST = 2 * AT_ONCE
    port = 18_731
    system = multiprocessing.Process(target=_serve, args=(port,), daemon=True)
    system.start()
    time.sleep(2)
    url = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory() as name:
        fleet = Fleet(
            Path(name) / "project",
            str(Path(name) / "store"),
            f'sources: {{ core: {{ type: rest, url: "{url}" }} }}\n',
        )
        fleet.activate(project())
        for what, candidate in (
            ("all calls shared", _same()),
            ("one of two calls made", project("/newer/{id}")),
        ):
            plain, times = asyncio.run(_compare(fleet, candidate))
            print(
                f"{what}: {plain:.0f} us of CPU a request, {times:.2f} times as much "
                f"with a shadow: {(times - 1) * 10:.1f} % more where a tenth has one"
            )
        took = asyncio.run(_choice(fleet, project("/newer/{id}")))
        print(f"a canary's choice: {took:.2f} us")
        fleet.close()
    system.terminate()


def _same() -> Bundle:
    """Another release that calls the same."""
    made = project()
    return bundle_of(
        {**made.files, "profiles/p.yaml": made.files["profiles/p.yaml"] + "# same\n"},
        FACTS,
    )


if __name__ == "__main__":
    main()
