"""Telling what happens never harms what happens."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.app import build_gateway
from gateway.clock import SystemClock
from gateway.request.model import Asking, RequestContext
from gateway.telemetry.events import CacheLost, Event
from gateway.telemetry.unfailing import unfailing
from gateway.testing import HostileUpstream, hostile

LOST = CacheLost("all", "gone")
PRICE = """
language: 1
operation: price
args: { id: ID! }
deadline: 2s
steps:
  - { name: amount, endpoint: "/prices/{id}" }
"""


def full(_event: Event) -> None:
    """A log on a disk that is full."""
    raise OSError(28, "No space left on device")


def test_a_failing_observer_is_told_of_once_until_it_works_again() -> None:
    """One line for an outage of the log, not one for each event."""
    answers = iter([OSError("a"), OSError("b"), None, OSError("c")])

    def observe(_event: Event) -> None:
        error = next(answers)
        if error is not None:
            raise error

    aside: list[str] = []
    told = unfailing(observe, lambda error: aside.append(str(error)))
    for _ in range(4):
        told(LOST)
    assert aside == ["a", "c"]


def test_where_nothing_else_is_said_it_stands_on_stderr(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Whoever looks for the missing log finds why."""
    unfailing(full)(LOST)
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("headwater: what happens cannot be logged:")
    assert "No space left on device" in said.err


async def test_a_request_whose_events_cannot_be_logged_is_answered(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without this it hung for ever, as did all that shared its calls."""
    (tmp_path / "profiles").mkdir()
    (tmp_path / "profiles/price.yaml").write_text(PRICE)
    config = tmp_path / "headwater.yaml"
    async with HostileUpstream() as upstream:
        upstream.script(
            "/prices/7", hostile.answers({"a": 1}), hostile.answers(status=503)
        )
        config.write_text(f"sources: {{ default: {{ url: '{upstream.url}' }} }}\n")
        one = build_gateway([config], {}, observe=full)
        async with one.serving():
            clock = SystemClock()
            answers = []
            for _ in range(2):
                request = RequestContext("r", clock.now(), datetime.now(UTC))
                asked = Asking('{ price(id: "7") { amount } }')
                async with asyncio.timeout(60):
                    answers.append(
                        await one.pipeline.answer(one.current, asked, request)
                    )
    assert [answer.data for answer in answers] == [
        {"price": {"amount": {"a": 1}}},
        {"price": {"amount": None}},
    ]
    assert capsys.readouterr().err.count("cannot be logged") == 1
