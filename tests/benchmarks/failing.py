"""What trouble costs: calls that a dead source sees, its recovery, slow answers.

The first two in virtual time, the last over real sockets.
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from gateway.app import Gateway, build_gateway
from gateway.clock import LoopClock, SystemClock
from gateway.errors import ErrorClass
from gateway.execution.engine import Engine
from gateway.execution.guards.breaker import BreakerRule, Breakers
from gateway.execution.guards.bulkhead import Bulkhead
from gateway.execution.model import Ok
from gateway.execution.upstream import Upstream
from gateway.profile.model import Retry
from gateway.record import replace
from gateway.request.model import Asking, RequestContext
from gateway.telemetry.events import unobserved
from gateway.testing import HostileUpstream, ScriptedSource, answers, fails, hostile
from gateway.testing import run_virtual as virtual
from tests.kit import instance, node, plan_of, request

RETRY = Retry(2, frozenset({"5xx", "connect"}))
SLOW = """
language: 1
operation: slow
args: { id: ID! }
deadline: 300ms
steps:
  - { name: quick, endpoint: "/quick/{id}" }
  - { name: drip, endpoint: "/drip/{id}" }
"""


def upstream(source: ScriptedSource, rule: BreakerRule | None) -> Upstream:
    return Upstream("s", source, Bulkhead(64), breakers=Breakers(rule))


async def ask(one: Upstream) -> bool:
    """Whether one request for the source's only step is answered."""
    plan = plan_of(node("a", retry=RETRY))
    engine = Engine({"s": one}, LoopClock(), unobserved)
    reader = await engine.execute(plan, request(), {})
    return isinstance(reader.store[instance("a")], Ok)


async def dead(calls: int, rule: BreakerRule | None) -> int:
    """How many calls a source sees that always fails."""
    source = ScriptedSource({"a": fails(ErrorClass.STATUS, status=503)})
    one = upstream(source, rule)
    for _ in range(calls):
        await ask(one)
    return len(source.calls)


async def back() -> float:
    """Seconds from a source's return to the first answer, asked every 10 ms."""
    source = ScriptedSource({"a": fails(ErrorClass.CONNECT)})
    one = upstream(source, BreakerRule())
    while not list(one.breakers.open()):
        await ask(one)
    source = ScriptedSource({"a": answers(1)})
    one = replace(one, source=source)
    started = LoopClock().now()
    while not await ask(one):  # noqa: ASYNC110 - virtual time
        await asyncio.sleep(0.01)
    return LoopClock().now() - started


async def dripping() -> list[float]:
    """Milliseconds beyond its deadline that an answer takes, while a source drips."""
    with tempfile.TemporaryDirectory() as name:
        async with HostileUpstream() as source:
            source.script("/quick*", hostile.answers(1))
            source.script("/drip*", hostile.drips_body())
            gateway = project(Path(name), source.url)
            async with gateway.serving():
                return [await late(gateway) for _ in range(20)]


def project(folder: Path, url: str) -> Gateway:
    for below in ("profiles", "schema"):
        (folder / below).mkdir()
    (folder / "profiles/slow.yaml").write_text(SLOW)
    (folder / "headwater.yaml").write_text(
        f"sources: {{ default: {{ url: '{url}' }} }}\n"
    )
    return build_gateway([folder / "headwater.yaml"], {}, observe=unobserved)


async def late(gateway: Gateway) -> float:
    asking = Asking('{ slow(id: "1") { quick drip } }')
    began = time.perf_counter()
    context = RequestContext("b", SystemClock().now(), datetime.now(UTC))
    answer = await gateway.pipeline.answer(gateway.current, asking, context)
    assert answer.data == {"slow": {"quick": 1, "drip": None}}
    return (time.perf_counter() - began) * 1000 - 300


def main() -> None:
    """Print all three."""
    for calls in (10, 100, 1_000):
        without = virtual(dead(calls, None))
        guarded = virtual(dead(calls, BreakerRule()))
        print(
            f"{calls:>5} requests, two attempts each, for a dead source: "
            f"{without} calls, with a breaker {guarded}"
        )
    print(f"answers again {virtual(back()):.1f} s after it is back, at the latest")
    over = sorted(asyncio.run(dripping()))
    print(
        f"with a source that drips, answers come {statistics.median(over):.1f} ms "
        f"after the deadline (median of {len(over)}), at most {over[-1]:.1f} ms"
    )


if __name__ == "__main__":
    main()
