"""What a plan costs when it is made, when it is found, and what loading costs."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from gateway.clock import SystemClock
from gateway.loading.loader import Loader
from gateway.pipeline import Pipeline
from gateway.plan.planner import make_plan
from gateway.request.model import Asking, RequestContext
from gateway.request.selection import select
from gateway.telemetry.events import unobserved

CONFIG = Path(__file__).parent / "peers" / "headwater.yaml"
QUERY = """query($id: ID!) { customer360(customer_id: $id) {
  account { id name email tier branch { name } }
  transactions { id amount currency merchant { name } }
  fraud { score flags } risk { score segment } } }"""


def main() -> None:
    """Print CPU microseconds for each piece."""
    loader = Loader([CONFIG], os.environ, lambda _: ({}, lambda: None))
    first = _cost(loader.load, times=1)
    again = _cost(loader.load, times=50)
    generation = loader.load()
    pipeline = Pipeline(SystemClock(), unobserved)
    asking = Asking(QUERY, variables={"id": "42"})
    request = RequestContext("benchmark", 0.0, datetime.now(UTC))
    cold = _cost(
        lambda: Pipeline(SystemClock(), unobserved).prepare(generation, asking, request)
    )
    warm = _cost(lambda: pipeline.prepare(generation, asking, request), times=5_000)
    ready = pipeline.prepare(generation, asking, request)
    operation = ready.document.operations[None]
    selection = select(generation.schema, ready.document, operation, {})
    planned = _cost(
        lambda: make_plan(selection, generation.audience, generation.shapes, {})
    )
    print(f"load, the first time {first:>9,.0f} us")
    print(f"load, nothing changed{again:>9,.0f} us")
    print(f"parse, validate, plan{cold:>9,.0f} us")
    print(f"plan alone           {planned:>9,.0f} us")
    print(f"document, plan found {warm:>9,.1f} us")


def _cost(work: Callable[[], object], *, times: int = 200) -> float:
    started = time.process_time()
    for _ in range(times):
        work()
    return (time.process_time() - started) / times * 1e6


if __name__ == "__main__":
    main()
