"""Breaking and mending the services of a demo that runs elsewhere."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from gateway.demo.control import remember
from gateway.demo.upstreams import CONTROL
from tests.cli.conftest import Invoke, Upstream


@pytest.fixture
def running(
    upstream: Upstream, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Upstream:
    """What looks like a running demo from here: its note, and its control port."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    upstream.answers = {"/-/break": {}, "/-/mend": {}}
    remember({CONTROL: upstream.url})
    return upstream


def test_a_service_is_broken_and_mended(running: Upstream, invoke: Invoke) -> None:
    """Each command says what it did, and how to undo it."""
    assert [
        invoke("demo", "break", "fraud").stdout,
        invoke("demo", "break", "cases", "--mode", "slow").stdout,
        invoke("demo", "mend", "fraud").stdout,
    ] == [
        "fraud is down: mend it with headwater demo mend fraud\n",
        "cases is slow: mend it with headwater demo mend cases\n",
        "fraud is up\n",
    ]
    assert running.asked == [
        "/-/break?service=fraud&mode=down",
        "/-/break?service=cases&mode=slow",
        "/-/mend?service=fraud",
    ]


def test_without_a_demo_there_is_nothing_to_break(
    running: Upstream, invoke: Invoke
) -> None:
    """One line says how to start one."""
    remember({CONTROL: "http://127.0.0.1:1"})
    result = invoke("demo", "mend", "fraud")
    assert (result.exit_code, result.stderr) == (
        1,
        "error: no demo is running: start one with headwater demo\n",
    )


def test_a_service_is_broken_in_one_of_three_ways(
    running: Upstream, invoke: Invoke
) -> None:
    """Any other is a wrong use."""
    result = invoke("demo", "break", "fraud", "--mode", "sideways")
    assert (result.exit_code, running.asked) == (2, [])
    assert "'sideways' is not one of 'down', 'slow', 'error'" in result.stderr
