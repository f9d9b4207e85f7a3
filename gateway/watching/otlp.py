"""Requests as spans of OpenTelemetry, sent by OTLP over HTTP.

In charge of names, attributes and times of spans, and of the library's exporter, which
works in a thread of its own and drops what comes faster than it can send. Imported
where a deployment names an endpoint. Must never send a value of a request or an answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.trace import SpanContext, SpanKind, TraceFlags
from opentelemetry.trace.status import Status, StatusCode

from gateway.execution.model import Failed, ResultStore
from gateway.plan.model import PlannedStep
from gateway.watching.context import span_id
from gateway.watching.model import Ended
from gateway.watching.tracing import came

_PATIENCE: Final = 5.0
"""Seconds that a collector has to take a batch."""
_SAMPLED: Final = TraceFlags(TraceFlags.SAMPLED)


class OtlpSpans:
    """An exporter at an endpoint, and how requests become its spans."""

    def __init__(self, endpoint: str, exporter: SpanExporter | None = None) -> None:
        to = f"{endpoint.rstrip('/')}/v1/traces"
        sending = exporter or OTLPSpanExporter(endpoint=to, timeout=_PATIENCE)
        self._sending = BatchSpanProcessor(sending, schedule_delay_millis=1_000)
        self._resource = Resource.create({"service.name": "headwater"})

    def offer(self, ended: Ended, trace: str) -> None:
        """Hand a request over, to be made spans of. Never waits."""
        for span in self.spans(ended, trace):
            self._sending.on_end(span)

    def close(self) -> None:
        """Send what waits, as long as the collector takes it in time."""
        self._sending.shutdown()  # type: ignore[no-untyped-call]

    def spans(self, ended: Ended, trace: str) -> Iterator[ReadableSpan]:
        """The request, its plan, and every step that there is a result of."""
        own, began = ended.request, ended.request.started
        zero = own.time.timestamp() - began
        root, parent = _context(trace, span_id()), None
        if own.trace is not None and own.trace.span is not None:
            parent = _context(trace, int(own.trace.span, 16), remote=True)
        failed = Status(StatusCode.ERROR) if ended.verdict == "failed" else Status()
        yield ReadableSpan(
            "request",
            root,
            parent,
            self._resource,
            _of_request(ended),
            kind=SpanKind.SERVER,
            status=failed,
            start_time=_nanoseconds(zero + began),
            end_time=_nanoseconds(zero + began + ended.seconds),
        )
        if ended.plan is None or ended.store is None:
            return
        timings = ended.store.timings
        steps = [step for step in ended.plan.steps if step.id in timings]
        if not steps:
            return
        plan = _context(trace, span_id())
        yield ReadableSpan(
            "plan",
            plan,
            root,
            self._resource,
            {"headwater.plan": ended.plan.digest, "headwater.steps": len(steps)},
            start_time=_nanoseconds(zero + min(timings[s.id].started for s in steps)),
            end_time=_nanoseconds(zero + max(timings[s.id].ended for s in steps)),
        )
        for step in steps:
            yield self._step(step, ended.store, plan, zero)

    def _step(
        self, step: PlannedStep, store: ResultStore, plan: SpanContext, zero: float
    ) -> ReadableSpan:
        timing, result, own = store.timings[step.id], store[step.id], step.step
        told: dict[str, str | int] = {
            "headwater.step": own.name,
            "headwater.operation": own.origin,
            "headwater.path": ".".join(step.id.path),
            "headwater.came": came(result),
            "headwater.attempts": timing.attempts,
        }
        if own.source is not None:
            told["headwater.source"] = own.source
        if isinstance(result, Failed) and result.failure.status is not None:
            told["http.response.status_code"] = result.failure.status
        return ReadableSpan(
            f"{own.origin}.{own.name}",
            _context(f"{plan.trace_id:032x}", span_id()),
            plan,
            self._resource,
            told,
            kind=SpanKind.CLIENT if timing.attempts else SpanKind.INTERNAL,
            status=Status(StatusCode.ERROR) if isinstance(result, Failed) else Status(),
            start_time=_nanoseconds(zero + timing.started),
            end_time=_nanoseconds(zero + timing.ended),
        )


def _of_request(ended: Ended) -> Mapping[str, str | int | tuple[str, ...]]:
    mark, own = ended.generation.mark, ended.request
    told: dict[str, str | int | None | tuple[str, ...]] = {
        "headwater.request_id": own.request_id,
        "headwater.verdict": ended.verdict,
        "headwater.generation": mark.generation,
        "headwater.digest": mark.digest,
        "headwater.release": mark.release,
        "headwater.tenant": own.tenant,
        "headwater.client": own.client,
        "headwater.profiles": ended.plan.served if ended.plan else (),
        "graphql.operation.name": ended.operation,
    }
    return {name: value for name, value in told.items() if value is not None}


def _context(trace: str, span: int, *, remote: bool = False) -> SpanContext:
    return SpanContext(int(trace, 16), span, remote, _SAMPLED)


def _nanoseconds(seconds: float) -> int:
    return int(seconds * 1e9)
