"""What it costs to serve many tenants their own profiles from one process.

Loading 500 operations and variants of twenty tenants, the memory that all of them in
use take, and the choice itself for one request.
"""

from __future__ import annotations

import resource
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from gateway.app import build_gateway
from gateway.generation import Generation
from gateway.request.model import RequestContext

OPERATIONS, TENANTS, EACH = 500, 20, 5
ROUNDS = 200_000
BASE = """\
language: 1
operation: op{n}
args: {{ id: ID! }}
steps:
  - {{ name: account, endpoint: "/accounts/{{id}}", role: required }}
  - {{ name: branch, endpoint: "/branches/{{account.branchId}}", timeout: 500ms }}
  - {{ name: risk, endpoint: "/risk/{{id}}", returns: Int }}
"""
VARIANT = """\
language: 1
profile: op{n}.t{t}
extends: op{n}
match: {{ tenant: [t{t}], flags: {{ v2: true }} }}
remove: [risk]
steps:
  - {{ name: account, timeout: 300ms }}
  - {{ name: offers, endpoint: "/offers/{{account.segment}}" }}
"""


def main() -> None:
    """Print microseconds, seconds of CPU and megabytes."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder)
        before = time.process_time()
        gateway = build_gateway([folder / "headwater.yaml"], {}, observe=lambda _: None)
        took = time.process_time() - before
        generation = gateway.current
        assert generation.problems == ()
        files = OPERATIONS + TENANTS * EACH
        print(f"load of {files} files  {took:.2f} s CPU")
        asks = [request(f"t{n}") for n in range(TENANTS)]
        audiences = {id(generation.offered(one)) for one in asks}
        assert len(audiences) == TENANTS
        before = time.process_time()
        for one in asks:
            generation.visible(generation.offered(one))
        took = (time.process_time() - before) / TENANTS
        print(f"schema of one audience, made once  {took * 1000:.1f} ms")
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"peak memory, {TENANTS} audiences with their schemas  {peak:.0f} MiB")
        print(f"one choice, kept  {choice(generation, asks):.2f} us")


def write(folder: Path) -> None:
    (folder / "profiles").mkdir()
    (folder / "headwater.yaml").write_text(
        "profiles: ./profiles\nsources: { default: { url: 'http://127.0.0.1:9' } }\n"
    )
    for n in range(OPERATIONS):
        (folder / f"profiles/op{n}.yaml").write_text(BASE.format(n=n))
    for t in range(TENANTS):
        for k in range(EACH):
            n = t * EACH + k
            text = VARIANT.format(n=n, t=t)
            (folder / f"profiles/op{n}.t{t}.yaml").write_text(text)


def request(tenant: str) -> RequestContext:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    return RequestContext("r", 0.0, now, tenant=tenant, flags={"v2": True})


def choice(generation: Generation, asks: list[RequestContext]) -> float:
    """Microseconds of one."""
    offered = generation.offered
    before = time.process_time()
    for n in range(ROUNDS):
        offered(asks[n % TENANTS])
    return (time.process_time() - before) / ROUNDS * 1e6


if __name__ == "__main__":
    main()
