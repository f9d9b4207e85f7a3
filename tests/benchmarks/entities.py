"""What one more entity costs: in batches, with a call of its own, known from before.

A source in the process answers at once, so this is the gateway's own work between the
plan and the results: keys, chunks, calls, rows joined by value.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import nullcontext

from gateway.cache.memory import MemoryCache
from gateway.clock import LoopClock
from gateway.connectors.base import Call, Reply
from gateway.execution.calls.caching import Abroad, Commons
from gateway.execution.engine import Engine
from gateway.expression import template
from gateway.plan.model import Plan
from gateway.plan.planner import make_plan
from gateway.profile.model import Batch, CacheRule, Reads, Step
from gateway.telemetry.events import unobserved
from gateway.testing import ScriptedSource
from tests.kit import (
    ROOT,
    asked,
    audience,
    entity,
    profile,
    request,
    segment,
    selection,
    shapes,
    step,
    upstreams,
    value,
)

FEW, MANY, TIMES = 20, 1_020, 15
BANK = shapes(
    View={"customer": "Customer"},
    Customer={"transactions": "[Transaction!]"},
    Transaction={"merchant": "Merchant"},
    Merchant={"category": "JSON"},
)


def main() -> None:
    """Print calls and CPU microseconds."""
    batch = Batch(template("${ self.next }"), "id", 100, many=False)
    kept = CacheRule(ttl=3600.0)
    print(f"calls for {FEW} transactions, merchants, categories: {_calls(chain())}")
    print("CPU us for one more merchant, of a transaction each:")
    print(f"  in batches of 100    {_each(chain(_merchants(batch))):>8,.1f}")
    print(f"  with its own call    {_each(chain(_merchants(None))):>8,.1f}")
    print(f"  known from before    {_each(chain(_merchants(batch, kept))):>8,.1f}")


def chain(merchants: Step | None = None) -> Plan:
    """A customer, its transactions, their merchants, and their categories.

    With `merchants` that step gives them, and nobody asks for categories.
    """
    batch = Batch(template("${ self.next }"), "id", 100, many=False)
    transactions = step(
        "transactions",
        fills="Customer",
        fields={"transactions": None},
        inputs={"id": segment("self.id")},
        reads=Reads(own=frozenset({"id"})),
    )
    merchant = merchants or _merchants(batch)
    below = () if merchants else (asked("category"),)
    category = _step("category", "Merchant", batch, None)
    of = profile(
        step("customer"),
        returns="View",
        entities={
            "Customer": entity("Customer", transactions),
            "Transaction": entity("Transaction", merchant),
            "Merchant": entity("Merchant", category),
        },
    )
    fields = asked("merchant", "Merchant", *(below or (asked("id"),)))
    fields = asked("transactions", "[Transaction!]", fields)
    fields = asked("customer", "Customer", fields)
    return make_plan(selection(asked(ROOT, "View", fields)), audience(of), BANK, {})


def source_of(transactions: int) -> ScriptedSource:
    """A customer with so many transactions, each at a merchant of its own."""

    async def customer(_: Call[object]) -> Reply:
        return Reply({"id": "42"})

    async def listed(_: Call[object]) -> Reply:
        return Reply([{"next": n} for n in range(transactions)])

    async def rows(call: Call[object]) -> Reply:
        keys = call.inputs.get("ids")
        if not isinstance(keys, list):
            return Reply({"id": call.inputs["id"]})
        return Reply([{"id": key, "next": key % 7} for key in keys])

    return ScriptedSource(
        {
            "customer": customer,
            "transactions": listed,
            "merchant": rows,
            "category": rows,
        }
    )


def _merchants(batch: Batch | None, cache: CacheRule | None = None) -> Step:
    return _step("merchant", "Transaction", batch, cache)


def _step(name: str, fills: str, batch: Batch | None, cache: CacheRule | None) -> Step:
    return step(
        name,
        fills=fills,
        fields={name: None},
        inputs={"ids": value("keys")} if batch else {"id": segment("self.next")},
        reads=Reads(own=frozenset({"next"})),
        batch=batch,
        cache=cache,
    )


def _calls(plan: Plan) -> int:
    source = source_of(FEW)
    asyncio.run(_run(plan, source, 1))
    return len(source.calls)


def _each(plan: Plan) -> float:
    """CPU microseconds that one more transaction takes."""
    costs = []
    for transactions in (FEW, MANY):
        source = source_of(transactions)
        costs.append(asyncio.run(_run(plan, source, TIMES)))
    return (costs[1] - costs[0]) / (MANY - FEW) * 1e6


async def _run(plan: Plan, source: ScriptedSource, times: int) -> float:
    """CPU seconds of a request, after one that warms up."""
    cache = MemoryCache(256 * 2**20, LoopClock())
    abroad = Abroad(Commons(), cache, nullcontext())
    engine = Engine(upstreams(s=source), LoopClock(), unobserved, abroad)
    await engine.execute(plan, request(), {})
    started = time.process_time()
    for _ in range(times - 1):
        await engine.execute(plan, request(), {})
    return (time.process_time() - started) / max(times - 1, 1)


if __name__ == "__main__":
    main()
