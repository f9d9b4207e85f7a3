"""The log as JSON lines: each is what structlog would write."""

from __future__ import annotations

import io
import json
import logging
import subprocess
import sys
from collections.abc import Mapping

import pytest
import structlog

from gateway.telemetry.lines import JsonLog, Log, explained, leveled, stamped
from gateway.values import StepId

_USUAL = (leveled, stamped, explained)


def _ours(out: io.StringIO) -> Log:
    return JsonLog(out, _USUAL, least=logging.INFO)


def _theirs(out: io.StringIO) -> Log:
    said: Log = structlog.wrap_logger(
        structlog.WriteLogger(out),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
    ).bind()
    return said


def _failed() -> Exception:
    try:
        raise ValueError("a\nb")  # noqa: TRY301 - with a traceback
    except ValueError as error:
        return error


_SAID: Mapping[str, Mapping[str, object]] = {
    "nothing more": {},
    "values": {"number": 1, "ms": 0.5, "list": [1, None], "map": {"a": True}},
    "text": {"detail": 'a\n"b"\u2028\ud800 ü'},
    "no JSON": {"step": StepId(("a",), "b"), "kinds": frozenset()},
    "a failure": {"request_id": "r", "exc_info": _failed()},
    "no failure": {"exc_info": None},
}


@pytest.mark.parametrize("said", _SAID.values(), ids=_SAID)
@pytest.mark.parametrize("level", ["debug", "info", "warning", "error"])
def test_a_line_is_what_structlog_would_write(
    level: str, said: Mapping[str, object]
) -> None:
    """The same keys in the same order, and a time of the same form; or no line."""
    lines = []
    for made in (_ours, _theirs):
        out = io.StringIO()
        log = made(out)
        getattr(log, level)("a.b", **said)
        assert log.is_enabled_for(logging.INFO)
        assert not log.is_enabled_for(logging.DEBUG)
        lines.append(out.getvalue())
    ours, theirs = (line and json.loads(line) for line in lines)
    assert bool(ours) is (level != "debug")
    if ours:
        assert lines[0].count("\n") == 1
        assert list(ours) == list(theirs)
        for line in (ours, theirs):
            stamp = line.pop("timestamp")
            assert stamp[10] == "T"
            assert stamp[-1] == "Z"
    assert ours == theirs


def test_machines_do_not_pay_for_colours() -> None:
    """Who logs JSON imports no library for terminals: it takes a tenth of a start."""
    code = (
        "import sys, gateway.app; from gateway.telemetry import log;"
        "log.configure(json=True, debug=False); log.log_observer();"
        "print(sorted({'structlog', 'rich', 'attr'} & sys.modules.keys()))"
    )
    run = [sys.executable, "-c", code]
    assert subprocess.check_output(run, text=True) == "[]\n"
