"""Traces of requests that were chosen, failed or were slow, and the lines of these."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.request.model import Trace
from gateway.telemetry.events import Event
from gateway.telemetry.watching import RequestSlow, TracesUnsent
from gateway.testing import answers
from gateway.testing.source import fails
from gateway.watching.context import Sampling, trace_id
from gateway.watching.ends import A_SECOND, WHYS, Ends
from tests.watching.collector import PARENT, SPAN, TRACE, Collector, collector, told
from tests.watching.kit import ask, page, virtually, watched

__all__ = ["collector"]


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
        names = {"query", "plan", "customer.account", "customer.risk"}
        names |= {"GET /account", "GET /risk"}
        assert (spans.keys(), len(collector.spans())) == (names, 6)
        assert {span.trace_id.hex() for span in spans.values()} == {TRACE}
        request, plan, risk = (
            spans[name] for name in ("query", "plan", "customer.risk")
        )
        assert request.parent_span_id.hex() == SPAN
        assert plan.parent_span_id == request.span_id
        assert risk.parent_span_id == plan.span_id
        took = risk.end_time_unix_nano - risk.start_time_unix_nano
        assert took / 1e9 == pytest.approx(0.2)
        assert told(risk) == {
            "headwater.step": "risk",
            "headwater.operation": "customer",
            "headwater.path": "mine",
            "headwater.came": "upstream",
            "headwater.attempts": 1,
            "headwater.source": "core",
        }
        mark = gateway.current.mark
        assert told(request) == {
            "headwater.request_id": "ab" * 16,
            "headwater.verdict": "whole",
            "graphql.operation.type": "query",
            "headwater.kept": "chosen",
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
        assert spans["query"].trace_id.hex() == "ab" * 16
        assert spans["query"].status.code == 2
        assert told(spans["customer.account"])["headwater.came"] == "UPSTREAM_STATUS"

    virtually(main)


def test_what_ends_badly_is_traced_as_whole_as_its_steps_were(
    tmp_path: Path, collector: Collector
) -> None:
    """A step whose calls are not on record is itself the span of its call."""
    more = f"telemetry: {{ otlp: '{collector.url}', sample: 0% }}\n"

    async def main() -> None:
        script = {"account": answers({"name": "A"}), "risk": fails(status=503)}
        gateway, _ = watched(tmp_path, more, script, serves=True)
        await ask(gateway)
        gateway.tracers.close()
        spans = {span.name: span for span in collector.spans()}
        assert told(spans["query"])["headwater.kept"] == "partial"
        account = spans.get("GET /account", spans["customer.account"])
        assert (account.kind, told(account)["server.address"]) == (3, "core.invalid")
        assert told(spans["GET /risk"])["http.response.status_code"] == 503
        assert page(gateway, "headwater_traces") == {
            ("headwater_traces_total", why): float(why == "partial") for why in WHYS
        }

    virtually(main)


def test_where_all_fails_not_all_of_it_is_traced() -> None:
    """So many of each kind a second; those that were chosen always are."""
    ends = Ends()
    taken = [ends.takes("failed", 7.0 + n / 100) for n in range(A_SECOND + 5)]
    assert taken == [True] * A_SECOND + [False] * 5
    assert (ends.takes("chosen", 7.9), ends.takes("slow", 7.9)) == (True, True)
    assert ends.takes("failed", 8.0), "another second"
    assert ends.counts == {
        "chosen": 1,
        "failed": A_SECOND + 1,
        "slow": 1,
        "partial": 0,
        "left": 5,
    }


def test_a_slow_request_is_a_line_with_its_waterfall(tmp_path: Path) -> None:
    """Without a collector too; what is quicker says nothing."""
    heard: list[Event] = []

    async def main() -> None:
        slow = "telemetry: { slow: 100ms }\n"
        gateway, _ = watched(tmp_path, slow, heard=heard.append, serves=True)
        await ask(gateway, "{ customer { account { name } } }")
        await ask(gateway)
        (line,) = [event for event in heard if isinstance(event, RequestSlow)]
        assert (line.trace, line.verdict, line.mark) == (
            "ab" * 16,
            "whole",
            gateway.current.mark,
        )
        usual = {"source": "core", "at": 0.0, "calls": 1, "came": "upstream"}
        once = {"n": 1, "at": 0.0, "queue": 0.0, "came": "ok", "status": 200}
        assert list(line.steps) == [
            {
                "step": f"customer.{step}",
                "ms": took,
                "tries": [{**once, "ms": took}],
                **usual,
            }
            for step, took in (("account", 20.0), ("risk", 200.0))
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
    chosen = Sampling(0.05, lambda: 0.5)({"traceparent": written}, "id")
    seen = None if chosen is None else (chosen.id, chosen.span, chosen.sampled)
    assert seen == (None if taken is None else (TRACE, SPAN, taken))
    by_chance = Sampling(0.05, lambda: 0.01)({}, TRACE)
    assert by_chance is not None
    assert by_chance == Trace(TRACE, None, sampled=True)
    reads = Sampling(None)({"traceparent": PARENT}, "id")
    assert reads == Trace(TRACE, SPAN, sampled=False)  # nobody keeps its spans


def test_a_trace_without_a_caller_has_the_requests_id_where_that_may_be_one() -> None:
    """Else a new one, of the same form."""
    assert trace_id(None, TRACE) == TRACE
    for odd in ("0" * 32, "my-request"):
        made = trace_id(None, odd)
        assert (len(made), made != odd, int(made, 16) > 0) == (32, True, True)


def test_a_collector_that_is_away_harms_nobody(tmp_path: Path) -> None:
    """Answers come, and so does the end; why nothing was sent is one event."""
    more = "telemetry: { otlp: 'http://127.0.0.1:9', sample: 100% }\n"
    heard: list[Event] = []

    async def main() -> None:
        gateway, _ = watched(tmp_path, more, heard=heard.append, serves=True)
        assert "errors" not in await ask(gateway)
        gateway.tracers.close()
        (told,) = [event for event in heard if isinstance(event, TracesUnsent)]
        assert told.number == 1
        assert "/v1/traces" in told.reason

    virtually(main)
