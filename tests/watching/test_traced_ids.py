"""The trace of a request: known by its id wherever that is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.clock import SystemClock
from gateway.request.adapter import AdapterSettings
from gateway.schema.negotiation import Form
from gateway.schema.under import Under
from gateway.telemetry.events import AttemptFailed, Event, StepSettled
from gateway.telemetry.log_watching import traced
from gateway.testing import answers
from gateway.testing.source import fails
from gateway.values import TracedId
from gateway.watching.context import Sampling
from tests.watching.collector import PARENT, TRACE
from tests.watching.kit import ask, virtually, watched


def test_every_line_of_a_request_names_its_callers_trace(tmp_path: Path) -> None:
    """Without a collector too; lines of others have none."""
    heard: list[Event] = []

    async def main() -> None:
        script = {"account": fails(), "risk": answers({"score": 3})}
        gateway, _ = watched(tmp_path, "", script, heard.append, serves=True)
        await ask(gateway, traceparent=PARENT)
        await ask(gateway)
        failed = [
            traced(None, "", {"request_id": event.request_id}).get("trace_id")
            for event in heard
            if isinstance(event, AttemptFailed)
            or (isinstance(event, StepSettled) and event.code is not None)
        ]
        assert failed == [TRACE, TRACE, None, None]

    virtually(main)


def test_a_traced_id_is_the_id_itself() -> None:
    """Wherever it is kept, compared or written."""
    id_ = TracedId.of("r", TRACE)
    assert (id_, hash(id_), f"{id_}-1", id_.trace) == ("r", hash("r"), "r-1", TRACE)
    assert traced(None, "", {"request_id": id_}) == {
        "request_id": "r",
        "trace_id": TRACE,
    }


@pytest.mark.parametrize(
    ("headers", "share", "traces"),
    [
        ({}, 1.0, [None, None]),
        ({}, None, []),
        ({"traceparent": PARENT}, None, [TRACE, TRACE]),
        ({"traceparent": PARENT}, 0.5, [TRACE, TRACE]),
    ],
)
def test_each_request_of_a_connection_is_chosen_by_itself(
    headers: dict[str, str], share: float | None, traces: list[str | None]
) -> None:
    """What its headers decide is decided once, which of them is traced never is."""
    settings = AdapterSettings(tracing=Sampling(share))
    under = Under(headers, Form.JSON, b"", may_stream=False)
    requests = [under.request(settings, SystemClock()) for _ in range(2)]
    found = [request.trace for request in requests]
    ids = [r.trace.id if headers else None for r in requests if r.trace is not None]
    assert ids == traces
    distinct = {one.id for one in found if one is not None}
    assert len(distinct) == (len(traces) if not headers else 1)
