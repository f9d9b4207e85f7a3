"""The context of a trace over real connections: REST, GraphQL, and a collector."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gateway.app import build_gateway
from tests.graphql_server import Upstream, graphql_server, upstream
from tests.project import write
from tests.serving import running
from tests.watching.collector import PARENT, SPAN, TRACE, Collector, collector
from tests.watching.kit import ask

__all__ = ["collector", "graphql_server", "upstream"]
SDL = """
type Query { customer: Customer }
type Customer { account: Account, graph: Graph }
type Account { iban: String }
type Graph { name: String }
"""
PROFILE = """
language: 1
operation: customer
steps:
  - name: account
    type: api
    source: core
    endpoint: /account
    retry: { attempts: 2, errors: [5xx] }
  - name: graph
    type: graphql
    source: bank
    field: customer
    arguments: { id: "1" }
"""
QUERY = "{ customer { account { iban } graph { name } } }"


@dataclass(slots=True)
class Rest:
    """An API of one account, away once; ``headers`` are those it was asked with."""

    away: int = 1
    headers: list[dict[str, str]] = field(default_factory=list)

    async def __call__(
        self,
        scope: Any,
        _receive: Callable[[], Awaitable[Any]],
        send: Callable[[Any], Awaitable[None]],
    ) -> None:
        """Answer by 503 as often as it is away."""
        self.headers.append({k.decode(): v.decode() for k, v in scope["headers"]})
        body, status = b'{"iban": "SE1"}', 200
        if self.away:
            self.away, status = self.away - 1, 503
        told = [(b"content-type", b"application/json")]
        told.append((b"content-length", str(len(body)).encode()))
        await send({"type": "http.response.start", "status": status, "headers": told})
        await send({"type": "http.response.body", "body": body})


def _context(headers: list[dict[str, str]]) -> list[tuple[str | None, str | None]]:
    return [(one.get("traceparent"), one.get("tracestate")) for one in headers]


async def test_sources_and_the_collector_are_told_the_same_ids(
    tmp_path: Path, collector: Collector, upstream: Upstream
) -> None:
    """Each attempt its own, a second one too; a trace that is not kept ends here."""
    rest = Rest()
    with running(rest) as port:
        config = write(
            tmp_path,
            {
                "schema/bank.graphql": SDL,
                "profiles/customer.yaml": PROFILE,
                "headwater.yaml": "auth: none\nsources:\n"
                f"  core: {{ url: 'http://127.0.0.1:{port}' }}\n"
                f"  bank: {{ type: graphql, url: '{upstream.url}' }}\n"
                f"telemetry: {{ otlp: '{collector.url}', sample: 0% }}\n",
            },
        )
        gateway = build_gateway([config], {}, remember=True)
        async with gateway.serving():
            answer = await ask(gateway, QUERY, traceparent=PARENT, tracestate="v=1")
            assert answer["data"] == {
                "customer": {"account": {"iban": "SE1"}, "graph": {"name": "Ada"}}
            }
            gone_on = _context(rest.headers), _context(upstream.headers)
            rest.headers.clear()
            upstream.clear()
            await ask(gateway, QUERY, traceparent=f"{PARENT[:-1]}0", tracestate="v=1")
            nothing = [(None, None)]
            assert _context(rest.headers) == nothing
            assert _context(upstream.headers) == nothing
        gateway.tracers.close()
    spans = collector.spans()
    assert {span.trace_id.hex() for span in spans} == {TRACE}
    (root,) = [span for span in spans if span.name == "query"]
    assert root.parent_span_id.hex() == SPAN
    assert gone_on == tuple(
        [
            (f"00-{TRACE}-{span.span_id.hex()}-01", "v=1")
            for span in _below(spans, f"customer.{step}")
        ]
        for step in ("account", "graph")
    )
    assert [len(one) for one in gone_on] == [2, 1]
    assert len({one for source in gone_on for one in source}) == 3


def _below(spans: list[Any], name: str) -> list[Any]:
    """The attempts of a step, as they began."""
    (step,) = [s for s in spans if s.name == name and s.kind == s.SPAN_KIND_INTERNAL]
    found = [span for span in spans if span.parent_span_id == step.span_id]
    return sorted(found, key=lambda span: span.start_time_unix_nano)
