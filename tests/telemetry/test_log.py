"""What of all that happens is worth a line."""

from __future__ import annotations

from typing import get_args

import pytest
from structlog.testing import capture_logs

from gateway.telemetry import log
from gateway.telemetry.auditing import AuditFailed, Declassified, OperationUnlisted
from gateway.telemetry.events import (
    Answered,
    AnswerForgotten,
    Crashed,
    Event,
    FlagDefaulted,
    InvalidationFailed,
    StepSettled,
)
from gateway.telemetry.log import UNSAID, log_observer
from gateway.telemetry.releasing import Mark
from gateway.values import StepId


def test_every_event_is_written_or_known_not_to_be() -> None:
    """A new one cannot be forgotten."""
    said = set(log._SAID)
    assert said.isdisjoint(UNSAID)
    assert said | set(UNSAID) == set(get_args(Event))


def test_a_step_is_worth_a_line_where_it_failed() -> None:
    """Most steps of most requests answer."""
    with capture_logs() as lines:
        observe = log_observer()
        step = StepId(("a",), "b")
        observe(StepSettled("r", step, "s", "ok", 0.1))
        observe(StepSettled("r", step, "s", "failed", 0.1, "UPSTREAM_TIMEOUT", "why"))
    assert [(line["event"], line["code"]) for line in lines] == [
        ("step.failed", "UPSTREAM_TIMEOUT")
    ]


def test_an_answer_is_worth_a_line_to_whoever_looks_for_something() -> None:
    """It says nothing of what was asked."""
    with capture_logs() as lines:
        mark = Mark(3, "d" * 32, "b" * 64)
        log_observer()(Answered("r", "q", "whole", 0, 0.0125, mark, ("q d1",)))
    assert lines == [
        {
            "event": "request.answered",
            "log_level": "debug",
            "request_id": "r",
            "operation": "q",
            "verdict": "whole",
            "errors": 0,
            "ms": 12.5,
            "generation": 3,
            "digest": "d" * 12,
            "release": "b" * 12,
            "profiles": ["q d1"],
        }
    ]


def test_what_failed_says_by_which_configuration_and_whose_it_is() -> None:
    """So that whoever is paged knows whom to call, and which release to take back."""
    with capture_logs() as lines:
        mark, step = Mark(3, "d" * 32, "b" * 64), StepId(("a",), "b")
        failed = StepSettled("r", step, "s", "failed", 0.1, "X", "y", "core", mark)
        log_observer()(failed)
        log_observer()(Crashed("r", "answer", ValueError("v"), mark))
    by = {"generation": 3, "digest": "d" * 12, "release": "b" * 12}
    for line in lines:
        assert by.items() <= line.items()
    assert lines[0]["owner"] == "core"


@pytest.mark.parametrize(
    "event",
    [
        AnswerForgotten("r", "why"),
        AuditFailed("r", "why"),
        Declassified("r", "ada", ("a.b",)),
        FlagDefaulted("r", "beta", "why"),
        InvalidationFailed("r", "b", "why"),
        OperationUnlisted("r", "q", "web", "{ q }", refused=True),
    ],
    ids=lambda event: type(event).__name__,
)
def test_a_line_names_its_request_as_all_others_do(event: Event) -> None:
    """One search finds whatever was said of a request."""
    with capture_logs() as lines:
        log_observer()(event)
    assert [line.get("request_id") for line in lines] == ["r"]
    assert "request" not in lines[0]
