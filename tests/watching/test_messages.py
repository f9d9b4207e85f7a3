"""The trace of who sent a message, on the span of the event that it becomes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.subscriptions.kit import bank, files, payment, told
from tests.watching.collector import PARENT, TRACE, Collector, collector
from tests.watching.collector import told as attributes

__all__ = ["collector"]
SENT = "0af7651916cd43dd8448eb211c80319c"
BY = "b7ad6b7169203331"


async def test_an_event_is_linked_to_who_sent_its_message(
    tmp_path: Path, collector: Collector
) -> None:
    """Many hear one message, so it stays in the subscriber's trace; broken ones: none.

    The step that heard it names the system that it came by, and made no call.
    """
    telemetry = f"telemetry: {{ otlp: '{collector.url}', sample: 0% }}\n"
    written = files(more=telemetry)
    deployed = written["headwater.yaml"]
    written["headwater.yaml"] = deployed.replace(
        'type: redis, url: "redis://', 'type: nats, url: "nats://'
    )
    sent = (f"00-{SENT}-{BY}-00", f"00-{SENT}-{'0' * 16}-01", "", None)
    async with bank(tmp_path, written, serves=True) as one:
        async with one.sse(traceparent=PARENT) as events:
            await one.stream.until(1)
            for number, parent in enumerate(sent):
                headers = {} if parent is None else {"traceparent": parent}
                one.stream.say(payment(number), headers=headers)
                while (event := await anext(events))[1] != "next":
                    pass
                assert event[2] == told(number)
        one.gateway.tracers.close()
    spans = collector.spans()
    assert {span.trace_id.hex() for span in spans} == {TRACE}
    links = [list(span.links) for span in spans if span.name == "subscription"]
    ((link,), *others) = links
    assert (link.trace_id.hex(), link.span_id.hex(), others) == (SENT, BY, [[], [], []])
    assert attributes(link) == {"headwater.caused": True}
    heard = [span for span in spans if span.name == "paid.payment"]
    told_of: list[Any] = [attributes(span) for span in heard]
    assert {one["messaging.system"] for one in told_of} == {"nats"}
    assert {span.kind for span in heard} == {5}, "a consumer's"
