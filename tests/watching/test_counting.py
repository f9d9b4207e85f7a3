"""Rates, failures and durations by operation, step and source, and what is promised."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.errors import ErrorClass, ProfileError, Severity
from gateway.execution.guards.breaker import BreakerRule
from gateway.execution.model import Ok
from gateway.request.model import Asking
from gateway.schema.serving import begun
from gateway.testing import answers
from gateway.testing.source import fails
from gateway.values import StepId
from gateway.watching.series import Family
from tests.watching.kit import QUERY, ask, page, virtually, watched

SLO = """
slo:
  operations: { customer: { availability: 99.9%, latency: 100ms } }
  steps: { customer.risk: { availability: 99% } }
"""


def test_requests_are_counted_by_the_schemas_own_names(tmp_path: Path) -> None:
    """Not by an alias or an operation's name, which callers make up."""

    async def main() -> None:
        gateway, _ = watched(tmp_path)
        await ask(gateway, "query Made { up: customer { account { name } } }")
        await ask(gateway, "{ nothing }")
        found = page(gateway, "headwater_requests", "headwater_request_seconds")
        assert found["headwater_requests_total", "customer", "whole"] == 1
        assert found["headwater_requests_total", "customer", "failed"] == 0
        assert found["headwater_requests_total", "", "refused"] == 1
        assert ("headwater_requests_total", "", "failed") not in found
        seconds = "headwater_request_seconds"
        assert found[f"{seconds}_bucket", "0.01", "customer"] == 0
        assert found[f"{seconds}_bucket", "0.025", "customer"] == 1
        assert found[f"{seconds}_bucket", "+Inf", "customer"] == 1
        assert found[f"{seconds}_sum", "customer"] == pytest.approx(0.02)

    virtually(main)


def test_steps_are_counted_by_what_they_came_to(tmp_path: Path) -> None:
    """With their operation and source; a call counts for its source."""
    script = {
        "account": answers({"name": "Ada"}, after=0.02),
        "risk": (fails(ErrorClass.STATUS, status=500), answers({"score": 1})),
    }

    async def main() -> None:
        gateway, source = watched(tmp_path, script=script)
        for _ in range(2):
            await ask(gateway)
        names = "headwater_steps", "headwater_calls", "headwater_calls_failed"
        of = ("headwater_steps_total", "customer")
        assert page(gateway, *names) == {
            (*of, "upstream", "core", "account"): 2,
            (*of, "failed", "core", "account"): 0,
            (*of, "failed", "core", "risk"): 1,
            (*of, "upstream", "core", "risk"): 1,
            ("headwater_calls_total", "core"): len(source.calls),
            ("headwater_calls_failed_total", "status", "core"): 1,
        }
        verdicts = page(gateway, "headwater_requests")
        assert verdicts["headwater_requests_total", "customer", "partial"] == 1

    virtually(main)


def test_a_dry_run_is_no_request(tmp_path: Path) -> None:
    """Nothing was done for it."""

    async def main() -> None:
        gateway, _ = watched(tmp_path, "plan: { when: 'true' }\n")
        await ask(gateway, headwater_plan="dry-run")
        assert page(gateway, "headwater_requests") == {}

    virtually(main)


def test_what_is_beyond_the_most_is_other() -> None:
    """The number of series is bounded, whatever a configuration has."""
    family = Family(2, "whole")
    for name in ("a", "b", "c", "d", "a"):
        family.of(name, "step").add("ok", 0.0)
    counts = {one.labels: one.outcomes["ok"] for one in family.found.values()}
    assert counts == {("a", "step"): 2, ("b", "step"): 1, ("other", "other"): 2}


def test_loads_are_counted_with_the_first(tmp_path: Path) -> None:
    """By whether they were taken."""

    async def main() -> None:
        gateway, _ = watched(tmp_path)
        profile = tmp_path / "profiles/customer.yaml"
        profile.write_text(f"{profile.read_text('utf-8')}timeout: 3s\n", "utf-8")
        await gateway.reload()
        (tmp_path / "headwater.yaml").write_text("sources: 7", "utf-8")
        await gateway.reload()
        told = "headwater_loads_total"
        found = {(told, "taken"): 2, (told, "rejected"): 1}
        assert page(gateway, "headwater_loads") == found

    virtually(main)


def test_what_is_promised_is_judged_request_by_request(tmp_path: Path) -> None:
    """A failed one is not available, and says nothing of how long answers take."""
    script = {
        "account": (answers({"name": "Ada"}), fails(), answers({"name": "Ada"})),
        "risk": answers({"score": 3}, after=0.2),
    }

    async def main() -> None:
        gateway, _ = watched(tmp_path, SLO, script)
        await ask(gateway, "{ customer { account { name } } }")
        await ask(gateway, "{ customer { account { name } } }")
        await ask(gateway)
        await ask(gateway, "{ customer { nothing } }")
        names = "headwater_slo_objective", "headwater_slo_events"
        events, promised = "headwater_slo_events_total", "headwater_slo_objective"
        assert page(gateway, *names) == {
            (promised, "availability", "customer", ""): 0.999,
            (promised, "latency", "customer", ""): 0.99,
            (promised, "availability", "customer", "risk"): 0.99,
            (events, "availability", "customer", "good", ""): 2,
            (events, "availability", "customer", "bad", ""): 1,
            (events, "latency", "customer", "good", ""): 1,
            (events, "latency", "customer", "bad", ""): 1,
            (events, "availability", "customer", "good", "risk"): 1,
            (events, "availability", "customer", "bad", "risk"): 0,
        }

    virtually(main)


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ("operations: { customer: {} }", "nothing is promised"),
        ("operations: { customer: { availability: 100% } }", "nothing is always good"),
        ("operations: { customer: { latency: 100 } }", "a duration needs a unit"),
        ("steps: { risk: { availability: 99% } }", "a step is named with"),
    ],
)
def test_a_promise_that_cannot_be_judged_does_not_load(
    tmp_path: Path, wrong: str, why: str
) -> None:
    """Nothing promised, no budget, no unit, no operation of a step."""
    with pytest.raises(ProfileError, match=why):
        watched(tmp_path, f"slo: {{ {wrong} }}\n")


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("operations: { custmer: { availability: 99% } }", "did you mean 'customer'?"),
        ("steps: { customer.rsk: { availability: 99% } }", "did you mean 'customer.ri"),
        ("steps: { other.step: { availability: 99% } }", None),
    ],
)
def test_a_promise_of_what_is_not_there_is_a_warning(
    tmp_path: Path, written: str, said: str | None
) -> None:
    """It would never be broken; what is meant is named where it is near."""
    gateway, _ = watched(tmp_path, f"slo: {{ {written} }}\n")
    (problem,) = gateway.current.problems
    assert (problem.severity, problem.span.line) == (Severity.WARNING, 3)
    assert (problem.hint or "").startswith(said or "")
    assert (problem.hint is None) is (said is None)


def test_an_event_of_a_subscription_counts_as_a_request(tmp_path: Path) -> None:
    """With its steps; the one that told it made no call."""

    async def main() -> None:
        gateway, source = watched(tmp_path)
        asking, generation = Asking(QUERY), gateway.current
        request = begun(gateway, {}, "ab" * 16).request
        ready = gateway.pipeline.prepare(generation, asking, request)
        told = {StepId(("mine",), "account"): Ok({"name": "Ada"})}
        event = (generation, asking, request, ready, told)
        answer = await gateway.pipeline.answer_event(*event)
        assert (answer.verdict.value, source.counts) == ("whole", {"risk": 1})
        found = page(gateway, "headwater_requests", "headwater_calls")
        assert found["headwater_requests_total", "customer", "whole"] == 1
        assert found["headwater_calls_total", "core"] == 1

    virtually(main)


def test_each_endpoint_of_a_source_tells_whether_it_is_left_alone(
    tmp_path: Path,
) -> None:
    """By the method and path of the profile."""

    async def main() -> None:
        script = {"account": answers({"name": "A"}), "risk": fails(ErrorClass.RESET)}
        gateway, _ = watched(tmp_path, script=script)
        gateway.current.upstreams["core"].breakers.rule = BreakerRule(min_calls=2)
        for _ in range(3):
            await ask(gateway)
        name = "headwater_breaker_open"
        assert page(gateway, name) == {
            (name, "GET /account", "core"): 0,
            (name, "GET /risk", "core"): 1,
        }

    virtually(main)
