"""One request in process, no sockets: where its CPU goes."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gateway.clock import SystemClock
from gateway.connectors.base import Call, Reply, Wire
from gateway.execution.engine import Engine
from gateway.execution.guards.bulkhead import Bulkhead
from gateway.execution.upstream import Upstream, Upstreams
from gateway.loading.loader import Loader
from gateway.pipeline import Pipeline
from gateway.request.model import Asking, RequestContext
from gateway.response.answering import build_answer, projected
from gateway.response.reference import ErrorView, Finished
from gateway.schema.encoding import to_json
from gateway.telemetry.events import unobserved
from gateway.values import canonical

CONFIG = Path(__file__).parent / "peers" / "headwater.yaml"
QUERY = """query($id: ID!) { customer360(customer_id: $id) {
  account { id name email tier } transactions { id amount currency merchantId }
  fraud { score flags } risk { score segment } } }"""
BODIES: Mapping[str, object] = {
    "account": {"id": "1", "name": "Ada", "email": "a@example.com", "tier": "gold"},
    "transactions": [
        {"id": str(n), "amount": 1.5, "currency": "EUR", "merchantId": str(n)}
        for n in range(20)
    ],
    "fraud": {"score": 0.1, "flags": ["velocity"]},
    "risk": {"score": 0.3, "segment": "B2"},
}
TIMES = 500


class AtOnce:
    """A source that answers without waiting."""

    def render(self, call: Call[Any]) -> Wire:
        return Wire((call.step, canonical(call.inputs)))

    async def call(self, call: Call[Any]) -> Reply:
        return Reply(BODIES[call.step])

    def describe(self, call: Call[Any]) -> Mapping[str, Any]:
        return {"step": call.step}

    async def close(self) -> None:
        """There is nothing to give back."""


async def main() -> None:
    """Print CPU microseconds of each stage of a request with four steps."""
    upstreams: Upstreams = {"default": Upstream("default", AtOnce(), Bulkhead(64))}
    loader = Loader([CONFIG], os.environ, lambda _: (upstreams, lambda: None))
    generation = loader.load()
    pipeline = Pipeline(SystemClock(), unobserved)
    asking = Asking(QUERY, variables={"id": "42"})
    engine = Engine(upstreams, SystemClock(), unobserved)
    spent = dict.fromkeys(("prepare", "execute", "answer", "encode"), 0.0)
    for _ in range(TIMES):
        marks = [time.process_time()]
        request = RequestContext("b", time.monotonic(), datetime.now(UTC))
        ready = pipeline.prepare(generation, asking, request)
        marks.append(time.process_time())
        reader = await engine.execute(ready.plan, request, ready.bindings)
        marks.append(time.process_time())
        finished = Finished(
            generation.schema, ready.document, asking, ready.plan, reader
        )
        answer, _ = build_answer(
            finished,
            ErrorView(),
            projected(ready.compiling.code(reader.store), reader),
            print,
        )
        marks.append(time.process_time())
        to_json(answer.as_json())
        marks.append(time.process_time())
        for name, before, after in zip(spent, marks, marks[1:], strict=False):
            spent[name] += after - before
    for name, seconds in spent.items():
        print(f"{name:<8}{seconds / TIMES * 1e6:>9,.1f} us")


if __name__ == "__main__":
    asyncio.run(main())
