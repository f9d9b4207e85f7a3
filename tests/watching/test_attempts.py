"""Attempts at a step's calls: what they carry, and their spans below the step's."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from gateway.telemetry.events import Event
from gateway.telemetry.watching import RequestSlow
from gateway.testing import answers
from gateway.testing.source import Behaviour, ScriptedSource, fails, hangs
from gateway.watching.vocabulary import ATTRIBUTES, EVENTS
from tests.watching.collector import PARENT, SPAN, TRACE, Collector, collector, told
from tests.watching.kit import GOOD, PROFILE, ask, virtually, watched

__all__ = ["collector"]
ACCOUNT = "{ customer { account { name } } }"
RETRY = "retry: { attempts: 2, errors: [5xx] }"
HEDGE = "hedge: { after: 50ms }"
Script = Mapping[str, Behaviour | Sequence[Behaviour]]


def traced(
    folder: Path, collector: Collector, script: Script, rule: str = "", more: str = ""
) -> tuple[Any, ScriptedSource]:
    """A gateway that traces those who ask for it; ``rule`` is the first step's."""
    telemetry = f"telemetry: {{ otlp: '{collector.url}', sample: 0%{more} }}\n"
    profile = PROFILE.replace("role: required", f"role: required, {rule}")
    gateway, source = watched(
        folder, telemetry, script, serves=True, profile=profile if rule else PROFILE
    )
    return gateway, source


def _carried(source: ScriptedSource) -> list[dict[str, str]]:
    return [dict(call.passing) for call in source.calls]


def test_every_attempt_carries_the_context_and_is_a_span(
    tmp_path: Path, collector: Collector
) -> None:
    """The source's own span then stands below the attempt that asked it."""

    async def main() -> None:
        script = {"account": [fails(status=503, after=0.01), answers({"name": "A"})]}
        gateway, source = traced(tmp_path, collector, script, RETRY)
        await ask(gateway, ACCOUNT, traceparent=PARENT, tracestate="v=1", baggage="b=1")
        gateway.tracers.close()
        spans = collector.spans()
        (step,) = [span for span in spans if span.name == "customer.account"]
        first, second = [span for span in spans if span.name == "GET /account"]
        assert {one.parent_span_id for one in (first, second)} == {step.span_id}
        assert _carried(source) == [
            {
                "traceparent": f"00-{TRACE}-{one.span_id.hex()}-01",
                "tracestate": "v=1",
            }
            for one in (first, second)
        ]
        usual = {
            "headwater.source": "core",
            "peer.service": "core",
            "http.request.method": "GET",
            "url.template": "/account",
            "server.address": "core.invalid",
            "server.port": 80,
        }
        pause = told(first)["headwater.pause"]
        assert (0 <= pause <= 0.1, told(first), told(second)) == (
            True,
            {
                **usual,
                "headwater.attempt": 1,
                "headwater.came": "status",
                "headwater.pause": pause,
                "http.response.status_code": 503,
                "error.type": "status",
            },
            {
                **usual,
                "headwater.attempt": 2,
                "headwater.came": "ok",
                "http.request.resend_count": 1,
                "http.response.status_code": 200,
            },
        )
        assert [event.name for event in first.events] == ["sent"]

    virtually(main)


def test_a_request_that_is_not_traced_carries_nothing(
    tmp_path: Path, collector: Collector
) -> None:
    """Nor does one whose caller's trace is not kept."""

    async def main() -> None:
        gateway, source = traced(tmp_path, collector, GOOD)
        await ask(gateway)
        await ask(gateway, traceparent=f"{PARENT[:-1]}0")
        gateway.tracers.close()
        assert (_carried(source), collector.spans()) == ([{}] * 4, [])

    virtually(main)


@pytest.mark.parametrize(
    ("brought", "travels"),
    [
        ({"baggage": "user=1"}, {"baggage": "user=1"}),
        ({"baggage": "x" * 8_193, "tracestate": "y" * 513}, {}),
        ({"baggage": "ü", "tracestate": "v=\t1"}, {}),
    ],
)
def test_baggage_travels_where_it_is_wished(
    tmp_path: Path,
    collector: Collector,
    brought: Mapping[str, str],
    travels: Mapping[str, str],
) -> None:
    """What is too long, or no text, stays here; the context goes on."""

    async def main() -> None:
        more = ", baggage: true"
        gateway, source = traced(tmp_path, collector, GOOD, more=more)
        await ask(gateway, ACCOUNT, traceparent=PARENT, **brought)
        gateway.tracers.close()
        (carried,) = _carried(source)
        assert carried.pop("traceparent").startswith(f"00-{TRACE}-")
        assert carried == travels

    virtually(main)


def test_of_two_attempts_at_one_time_one_is_lost(
    tmp_path: Path, collector: Collector
) -> None:
    """Which is no failure of it."""

    async def main() -> None:
        script = {"account": [hangs(), answers({"name": "A"}, after=0.02)]}
        gateway, _ = traced(tmp_path, collector, script, HEDGE)
        await ask(gateway, ACCOUNT, traceparent=PARENT)
        gateway.tracers.close()
        spans = [span for span in collector.spans() if span.name == "GET /account"]
        found = [
            (one["headwater.attempt"], one["headwater.came"], "headwater.hedge" in one)
            for one in map(told, spans)
        ]
        assert found == [(1, "lost", False), (2, "ok", True)]
        assert [span.status.code for span in spans] == [0, 0]

    virtually(main)


def test_a_call_that_is_joined_is_a_link_to_whose_it_is(
    tmp_path: Path, collector: Collector
) -> None:
    """It has one span, below the step that made it."""
    other = "0af7651916cd43dd8448eb211c80319c"

    async def main() -> None:
        gateway, source = traced(tmp_path, collector, GOOD, "share: all")
        await asyncio.gather(
            ask(gateway, ACCOUNT, traceparent=PARENT),
            ask(gateway, ACCOUNT, traceparent=f"00-{other}-{SPAN}-01"),
        )
        gateway.tracers.close()
        spans = collector.spans()
        (made,) = [span for span in spans if span.name == "GET /account"]
        steps = [span for span in spans if span.name == "customer.account"]
        links = {span.trace_id.hex(): list(span.links) for span in steps}
        (link,) = links[other]
        assert (links[TRACE], link.trace_id, link.span_id) == (
            [],
            made.trace_id,
            made.span_id,
        )
        assert (source.counts, told(link)) == (
            {"account": 1},
            {"headwater.shared": True},
        )

    virtually(main)


def test_a_slow_request_tells_its_attempts_without_a_trace(tmp_path: Path) -> None:
    """Those that came to nothing, and what ended them."""
    heard: list[Event] = []

    async def main() -> None:
        script = {"account": answers({"name": "A"}), "risk": hangs()}
        gateway, _ = watched(
            tmp_path, "telemetry: { slow: 100ms }\n", script, heard.append, serves=True
        )
        await ask(gateway)
        (line,) = [event for event in heard if isinstance(event, RequestSlow)]
        (risk,) = [step for step in line.steps if step["step"] == "customer.risk"]
        once = {"n": 1, "at": 0.0, "ms": 1000.0, "queue": 0.0, "came": "timeout"}
        assert risk["tries"] == [once]

    virtually(main)


def test_a_step_for_objects_tells_the_attempts_of_all_its_calls(
    tmp_path: Path, collector: Collector
) -> None:
    """Each parent's call is one of the step's."""
    sdl = """
    type Query { customer: [Account] }
    type Account { id: ID, risk: Risk }
    type Risk { score: Int }
    """
    files = {
        "schema/bank.graphql": sdl,
        "profiles/customer.yaml": "language: 1\noperation: customer\nsteps:\n"
        "  - { name: account, type: api, source: core, endpoint: /accounts }\n",
        "profiles/account.yaml": "language: 1\nentity: Account\nsteps:\n"
        "  - { name: risk, type: api, source: core, endpoint: '/risk/{self.id}' }\n",
    }

    async def main() -> None:
        script = {
            "account": answers([{"id": "1"}, {"id": "2"}]),
            "risk": answers({"score": 1}),
        }
        telemetry = f"telemetry: {{ otlp: '{collector.url}', sample: 0% }}\n"
        gateway, _ = watched(tmp_path, telemetry, script, serves=True, files=files)
        await ask(gateway, "{ customer { risk { score } } }", traceparent=PARENT)
        gateway.tracers.close()
        spans = collector.spans()
        (step,) = [span for span in spans if span.name == "Account.risk"]
        calls = [span for span in spans if span.name == "GET /risk/{self.id}"]
        assert [span.parent_span_id for span in calls] == [step.span_id] * 2
        assert told(step)["headwater.keys"] == 2

    virtually(main)


def test_every_word_in_a_span_is_one_of_the_vocabulary(
    tmp_path: Path, collector: Collector
) -> None:
    """Which the operations guide lists."""

    async def main() -> None:
        script = {"account": [fails(status=503), answers({"name": "A"})], **GOOD}
        gateway, _ = traced(tmp_path, collector, script, RETRY)
        await ask(gateway, traceparent=PARENT)
        await ask(gateway, "{ nothing }", traceparent=PARENT)
        gateway.tracers.close()
        spans = collector.spans()
        assert {name for span in spans for name in told(span)} <= ATTRIBUTES.keys()
        assert {event.name for span in spans for event in span.events} <= EVENTS.keys()

    virtually(main)
