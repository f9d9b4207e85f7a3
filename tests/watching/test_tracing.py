"""Traces of requests that were chosen, failed or were slow, and the lines of these."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
)

from gateway.telemetry.events import Event
from gateway.telemetry.watching import RequestSlow
from gateway.testing import answers
from gateway.testing.source import fails
from gateway.watching.context import Sampling, trace_id
from tests.watching.kit import ask, virtually, watched

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
PARENT = f"00-{TRACE}-{SPAN}-01"


@dataclass(slots=True)
class Collector:
    """Takes OTLP over HTTP."""

    url: str
    bodies: list[bytes] = field(default_factory=list)

    def spans(self) -> list[Any]:
        return [
            span
            for body in self.bodies
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]


@pytest.fixture
def collector() -> Iterator[Collector]:
    """A real one."""

    class Taking(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            import gzip

            body = self.rfile.read(int(self.headers["content-length"]))
            packed = self.headers.get("content-encoding") == "gzip"
            found.bodies.append(gzip.decompress(body) if packed else body)
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Taking) as server:
        found = Collector(f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield found
        server.shutdown()
        thread.join()


def _told(span: Any) -> dict[str, Any]:
    def value(one: Any) -> Any:
        kind = one.WhichOneof("value")
        found = getattr(one, kind)
        return (
            [value(each) for each in found.values] if kind == "array_value" else found
        )

    return {one.key: value(one.value) for one in span.attributes}


def test_a_trace_goes_on_from_its_caller_to_each_step(
    tmp_path: Path, collector: Collector
) -> None:
    """Request, plan and steps, with what answered them and how long they took."""
    more = f"telemetry: {{ otlp: '{collector.url}', sample: 0% }}\n"

    async def main() -> None:
        gateway, _ = watched(tmp_path, more, serves=True)
        await ask(gateway)  # not chosen
        await ask(gateway, traceparent=PARENT)
        gateway.tracers.close()
        spans = {span.name: span for span in collector.spans()}
        names = {"request", "plan", "customer.account", "customer.risk"}
        assert (spans.keys(), len(collector.spans())) == (names, 4)
        assert {span.trace_id.hex() for span in spans.values()} == {TRACE}
        request, plan, risk = (
            spans[name] for name in ("request", "plan", "customer.risk")
        )
        assert request.parent_span_id.hex() == SPAN
        assert plan.parent_span_id == request.span_id
        assert risk.parent_span_id == plan.span_id
        took = risk.end_time_unix_nano - risk.start_time_unix_nano
        assert took / 1e9 == pytest.approx(0.2)
        assert _told(risk) == {
            "headwater.step": "risk",
            "headwater.operation": "customer",
            "headwater.path": "mine",
            "headwater.came": "upstream",
            "headwater.attempts": 1,
            "headwater.source": "core",
        }
        mark = gateway.current.mark
        assert _told(request) == {
            "headwater.request_id": "ab" * 16,
            "headwater.verdict": "whole",
            "headwater.generation": mark.generation,
            "headwater.digest": mark.digest,
            "headwater.profiles": list(spans_profiles(gateway)),
        }

    virtually(main)


def spans_profiles(gateway: Any) -> Iterator[str]:
    """Each profile with the beginning of its digest."""
    for profile in gateway.current.audience.profiles.values():
        yield f"{profile.name} {profile.digest[:12]}"


def test_what_fails_is_traced_whoever_was_chosen(
    tmp_path: Path, collector: Collector
) -> None:
    """By the request's own id, which its client has."""
    more = f"telemetry: {{ otlp: '{collector.url}', sample: 0% }}\n"

    async def main() -> None:
        script = {"account": fails(), "risk": answers({"score": 3})}
        gateway, _ = watched(tmp_path, more, script, serves=True)
        await ask(gateway)
        gateway.tracers.close()
        spans = {span.name: span for span in collector.spans()}
        assert spans["request"].trace_id.hex() == "ab" * 16
        assert spans["request"].status.code == 2
        assert _told(spans["customer.account"])["headwater.came"] == "UPSTREAM_STATUS"

    virtually(main)


def test_a_slow_request_is_a_line_with_its_waterfall(tmp_path: Path) -> None:
    """Without a collector too; what is quicker says nothing."""
    heard: list[Event] = []

    async def main() -> None:
        slow = "telemetry: { slow: 100ms }\n"
        gateway, _ = watched(tmp_path, slow, heard=heard.append, serves=True)
        await ask(gateway, "{ customer { account { name } } }")
        await ask(gateway)
        (told,) = [event for event in heard if isinstance(event, RequestSlow)]
        assert (told.trace, told.verdict, told.mark) == (
            "ab" * 16,
            "whole",
            gateway.current.mark,
        )
        usual = {"source": "core", "at": 0.0, "calls": 1, "came": "upstream"}
        assert list(told.steps) == [
            {"step": "customer.account", "ms": 20.0, **usual},
            {"step": "customer.risk", "ms": 200.0, **usual},
        ]

    virtually(main)


@pytest.mark.parametrize(
    ("written", "taken"),
    [
        (PARENT, True),
        (f"00-{TRACE}-{SPAN}-00", False),
        (f"cc-{TRACE}-{SPAN}-01-what-will-be", True),
        (f"00-{TRACE}-{SPAN}-01-more", None),
        (f"ff-{TRACE}-{SPAN}-01", None),
        (f"00-{'0' * 32}-{SPAN}-01", None),
        (f"00-{TRACE}-{'0' * 16}-01", None),
        (f"00-{TRACE.upper()}-{SPAN}-01", None),
        (f"{PARENT}\n", None),
        ("", None),
    ],
)
def test_a_caller_decides_for_his_trace_where_he_names_one(
    written: str, taken: bool | None
) -> None:
    """What is not well-formed is as if it had not come: it is the dice's turn."""
    chosen = Sampling(0.05, lambda: 0.5)({"traceparent": written})
    told = None if chosen is None else (chosen.id, chosen.span, chosen.sampled)
    assert told == (None if taken is None else (TRACE, SPAN, taken))
    by_chance = Sampling(0.05, lambda: 0.01)({})
    assert by_chance is not None
    assert by_chance.sampled


def test_a_trace_without_a_caller_has_the_requests_id_where_that_may_be_one() -> None:
    """Else a new one, of the same form."""
    assert trace_id(None, TRACE) == TRACE
    for odd in ("0" * 32, "my-request"):
        made = trace_id(None, odd)
        assert (len(made), made != odd, int(made, 16) > 0) == (32, True, True)


def test_a_collector_that_is_away_harms_nobody(tmp_path: Path) -> None:
    """Answers come, and so does the end."""
    more = "telemetry: { otlp: 'http://127.0.0.1:9' }\n"

    async def main() -> None:
        gateway, _ = watched(tmp_path, more, serves=True)
        assert "errors" not in await ask(gateway)

    virtually(main)
