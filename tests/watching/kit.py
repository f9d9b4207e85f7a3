"""A gateway in virtual time whose two steps are scripted."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping, Sequence
from pathlib import Path
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from gateway.app import Gateway, build_gateway
from gateway.clock import LoopClock
from gateway.execution.guards.bulkhead import Bulkhead
from gateway.execution.upstream import Upstream
from gateway.request.model import Asking
from gateway.schema.measures import samples
from gateway.schema.serving import begun
from gateway.telemetry.events import Event
from gateway.telemetry.metrics import exposition
from gateway.testing import answers, run_virtual
from gateway.testing.source import Behaviour, ScriptedSource
from tests.project import write

QUERY = "{ mine: customer { account { name } risk { score } } }"
SDL = """
type Query { customer: Customer }
type Customer { account: Account, risk: Risk }
type Account { name: String }
type Risk { score: Int }
"""
PROFILE = """
language: 1
operation: customer
steps:
  - { name: account, type: api, source: core, endpoint: /account, role: required }
  - { name: risk, type: api, source: core, endpoint: /risk, timeout: 1s }
"""
CORE: Mapping[str, str] = {"core": "{ url: 'http://core.invalid' }"}
GOOD: Mapping[str, Behaviour | Sequence[Behaviour]] = {
    "account": answers({"name": "Ada"}, after=0.02),
    "risk": answers({"score": 3}, after=0.2),
}


def watched(
    folder: Path,
    more: str = "",
    script: Mapping[str, Behaviour | Sequence[Behaviour]] = GOOD,
    heard: Callable[[Event], None] = lambda _: None,
    *,
    serves: bool = False,
    profile: str = PROFILE,
    files: Mapping[str, str] | None = None,
    sources: Mapping[str, str] = CORE,
) -> tuple[Gateway, ScriptedSource]:
    """A gateway with ``more`` in its deployment file; all its sources are one."""
    source = ScriptedSource(script)
    told = ", ".join(f"{name}: {keys}" for name, keys in sources.items())
    config = write(
        folder,
        {
            "schema/bank.graphql": SDL,
            "profiles/customer.yaml": profile,
            **(files or {}),
            "headwater.yaml": f"sources: {{ {told} }}\nauth: none\n{more}",
        },
    )
    upstreams = {name: Upstream(name, source, Bulkhead(10)) for name in sources}
    made = build_gateway(
        [config],
        {},
        observe=heard,
        clock=LoopClock(),
        remember=serves,
        open_sources=lambda _: (upstreams, lambda: None),
    )
    return made, source


async def ask(gateway: Gateway, query: str = QUERY, **headers: str) -> Any:
    """The answer to a query, as JSON."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    given = begun(gateway, named, named.get("x-request-id", "ab" * 16))
    asking = Asking(query)
    answer = await given.pipeline.answer(given.generation, asking, given.request)
    return answer.as_json()


def virtually(main: Callable[[], Coroutine[Any, Any, None]]) -> None:
    run_virtual(main())


def page(gateway: Gateway, *names: str) -> dict[tuple[str, ...], float]:
    """What the page of metrics says, by a sample's name and its labels' values.

    Labels are in the order of their names.
    """
    text = exposition(samples(gateway)).decode()
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if family.name in names
    }
