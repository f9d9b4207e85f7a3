"""Requests as spans of OpenTelemetry, sent by OTLP over HTTP.

In charge of names, attributes and times of spans, and of the library's exporter, which
works in a thread of its own and drops what comes faster than it can send. Imported
where a deployment names an endpoint. Must never send a value of a request or an answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.trace import Link, SpanContext, SpanKind, TraceFlags, TraceState
from opentelemetry.trace.status import Status, StatusCode

from gateway.execution.model import Failed, Join, Ok, ResultStore, StepResult, Timing
from gateway.execution.tries import span_id
from gateway.plan.model import PlannedStep
from gateway.record import Model
from gateway.watching.attempts import links_of, spans_of
from gateway.watching.context import caller_of
from gateway.watching.conventions import Conventions
from gateway.watching.ends import Why
from gateway.watching.model import Ended
from gateway.watching.tracing import About, came

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

    def offer(self, ended: Ended, about: About) -> None:
        """Hand a request over, to be made spans of. Never waits."""
        for span in self.spans(ended, about):
            self._sending.on_end(span)

    def close(self) -> None:
        """Send what waits, as long as the collector takes it in time."""
        self._sending.shutdown()  # type: ignore[no-untyped-call]

    def spans(self, ended: Ended, about: About) -> Iterator[ReadableSpan]:
        """The request, its plan, every step with a result, and its attempts."""
        own, began = ended.request, ended.request.started
        told, zero = own.trace, own.time.timestamp() - began
        state = None if told is None or told.state is None else [told.state]
        making = _Making(
            int(about.trace, 16),
            zero,
            self._resource,
            TraceState.from_header(state or []),
            about.conventions,
        )
        root, parent = making.context(span_id()), None
        if told is not None and told.span is not None:
            parent = making.context(int(told.span, 16), remote=True)
        failed = ended.verdict == "failed"
        yield making.span(
            _named(ended),
            root,
            parent,
            (began, began + ended.seconds),
            attributes=_of_request(ended, about.why),
            kind=SpanKind.SERVER,
            status=Status(StatusCode.ERROR) if failed else Status(),
            links=_causes(own.caused),
        )
        if ended.plan is None or ended.store is None:
            return
        timings = ended.store.timings
        steps = [step for step in ended.plan.steps if step.id in timings]
        if not steps:
            return
        plan = making.context(span_id())
        first = min(timings[s.id].started for s in steps)
        last = max(timings[s.id].ended for s in steps)
        said = {"headwater.plan": ended.plan.digest, "headwater.steps": len(steps)}
        yield making.span("plan", plan, root, (first, last), attributes=said)
        for step in steps:
            yield from _step(making, step, ended.store, plan)


class _Making(Model, frozen=True):
    """Makes spans of one trace; ``zero`` is when the gateway's clock began, in UTC."""

    trace: int
    zero: float
    resource: Resource
    state: TraceState
    conventions: Conventions

    def context(self, span: int, *, remote: bool = False) -> SpanContext:
        """The context of a span with this id."""
        return SpanContext(self.trace, span, remote, _SAMPLED, self.state)

    def span(
        self,
        name: str,
        own: SpanContext,
        parent: SpanContext | None,
        times: tuple[float, float],
        **more: Any,
    ) -> ReadableSpan:
        """A span from one point of the gateway's clock to another."""
        began, over = (self.nanoseconds(at) for at in times)
        where = parent, self.resource
        return ReadableSpan(name, own, *where, start_time=began, end_time=over, **more)

    def nanoseconds(self, at: float) -> int:
        """A point on the gateway's clock, since 1970."""
        return int((self.zero + at) * 1e9)


def _step(
    making: _Making, step: PlannedStep, store: ResultStore, plan: SpanContext
) -> Iterator[ReadableSpan]:
    """A step, and its attempts as far as they were recorded."""
    timing, result, own = store.timings[step.id], store[step.id], step.step
    tries = timing.tries or ()
    failed = isinstance(result, Failed)
    called = making.conventions.of(own.source, own.endpoint, own.target)
    kind, about = SpanKind.INTERNAL, _of_step(step, result, timing)
    if called.heard:
        kind, about = SpanKind.CONSUMER, {**about, **called.told}
    elif timing.attempts and not tries:
        kind, about = SpanKind.CLIENT, {**about, **called.told}
    if isinstance(result, Failed) and called.by_http and result.failure.status:
        about = {**about, "http.response.status_code": result.failure.status}
    made = making.span(
        f"{own.origin}.{own.name}",
        making.context(span_id()),
        plan,
        (timing.started, timing.ended),
        attributes=about,
        links=links_of(tries),
        kind=kind,
        status=Status(StatusCode.ERROR) if failed else Status(),
    )
    yield made
    about_calls = making.conventions, making.nanoseconds, timing.ended
    yield from spans_of(tries, made, *about_calls)


def _of_step(
    step: PlannedStep, result: StepResult, timing: Timing
) -> Mapping[str, str | int]:
    own = step.step
    told: dict[str, str | int] = {
        "headwater.step": own.name,
        "headwater.operation": own.origin,
        "headwater.path": ".".join(step.id.path),
        "headwater.came": came(result),
        "headwater.attempts": timing.attempts,
    }
    if own.source is not None:
        told["headwater.source"] = own.source
    if isinstance(result, Ok) and isinstance(result.value, Join):
        counts = result.value.counts
        told["headwater.keys"] = counts.unique
        told["headwater.keys.cached"] = counts.cached
        told["headwater.keys.shared"] = counts.shared
    if isinstance(result, Failed):
        told["error.type"] = result.failure.code.value
    return told


def _causes(written: str | None) -> list[Link]:
    """The span by which a message was sent that is answered, where it tells one."""
    found = None if written is None else caller_of(written)
    if found is None:
        return []
    trace, span, kept = found
    flags = _SAMPLED if kept else TraceFlags(0)
    told = {"headwater.caused": True}
    return [Link(SpanContext(int(trace, 16), int(span, 16), True, flags), told)]


def _named(ended: Ended) -> str:
    return "GraphQL Operation" if ended.plan is None else ended.plan.kind.value


def _of_request(ended: Ended, why: Why) -> Mapping[str, str | int | tuple[str, ...]]:
    mark, own = ended.generation.mark, ended.request
    told: dict[str, str | int | None | tuple[str, ...]] = {
        "headwater.request_id": own.request_id,
        "headwater.verdict": ended.verdict,
        "headwater.kept": why,
        "headwater.generation": mark.generation,
        "headwater.digest": mark.digest,
        "headwater.release": mark.release,
        "headwater.tenant": own.tenant,
        "headwater.client": own.client,
        "headwater.profiles": ended.plan.served if ended.plan else (),
        "graphql.operation.name": ended.operation,
        "graphql.operation.type": ended.plan.kind.value if ended.plan else None,
        "error.type": _code(ended) if ended.verdict == "failed" else None,
    }
    return {name: value for name, value in told.items() if value is not None}


def _code(ended: Ended) -> str:
    """The code of the first error; there is one where it failed."""
    errors = ended.answer.errors if ended.answer is not None else ()
    return str(errors[0].code) if errors else "failed"
