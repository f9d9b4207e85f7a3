"""Attempts at a step's calls as spans below the step's.

In charge of their names, attributes and marks, by OpenTelemetry's conventions, which
`conventions` knows. Must never tell a value of a request: what stands in a path is told
as it is written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from opentelemetry.sdk.trace import Event, ReadableSpan
from opentelemetry.trace import Link, SpanContext, SpanKind, TraceFlags
from opentelemetry.trace.status import Status, StatusCode

from gateway.execution.tries import CANCELLED, LOST, OK, SHARED, Try, span_id
from gateway.watching.conventions import Called, Conventions

_AS_WANTED: Final = frozenset({OK, LOST, CANCELLED})
_SAMPLED: Final = TraceFlags(TraceFlags.SAMPLED)


def spans_of(
    tries: Iterable[Try],
    step: ReadableSpan,
    conventions: Conventions,
    nanoseconds: Callable[[float], int],
    over: float,
) -> Iterator[ReadableSpan]:
    """A span for each attempt of a step that was over at ``over``."""
    parent = step.get_span_context()
    for one in tries:
        if one.came == SHARED or parent is None:
            continue
        failed = one.came not in _AS_WANTED and one.came is not None
        called = conventions.of(one.source, one.endpoint, one.target)
        yield ReadableSpan(
            called.name or one.endpoint,
            SpanContext(
                parent.trace_id,
                one.span or span_id(),
                is_remote=False,
                trace_flags=_SAMPLED,
                trace_state=parent.trace_state,
            ),
            parent,
            step.resource,
            attributes=_told(one, called, failed=failed),
            events=_events(one, nanoseconds),
            kind=SpanKind.CLIENT,
            status=Status(StatusCode.ERROR) if failed else Status(),
            start_time=nanoseconds(one.began),
            end_time=nanoseconds(over if one.ended is None else one.ended),
        )


def links_of(tries: Iterable[Try]) -> Sequence[Link]:
    """The calls of others that a step joined, as far as those are traced."""
    found = (one.joined.value for one in tries if one.joined is not None)
    spans = [landed.span for landed in found if landed is not None]
    return [
        Link(
            SpanContext(int(span[0], 16), span[1], True, _SAMPLED),
            {"headwater.shared": True},
        )
        for span in dict.fromkeys(spans)
        if span is not None
    ]


def _told(
    one: Try, called: Called, *, failed: bool
) -> dict[str, str | int | float | bool]:
    again = one.number - 1 if one.number > 1 else None
    told: dict[str, str | int | float | bool | None] = {
        **called.told,
        "headwater.source": one.source,
        "peer.service": one.source,
        "headwater.attempt": one.number,
        "headwater.came": one.came or CANCELLED,
        "headwater.hedge": True if one.hedge else None,
        "headwater.pause": one.pause,
        "http.response.status_code": one.status if called.by_http else None,
        "http.request.resend_count": again if called.by_http else None,
        "rpc.grpc.status_code": one.marks.code,
        "error.type": one.came if failed else None,
    }
    return {name: value for name, value in told.items() if value is not None}


def _events(one: Try, nanoseconds: Callable[[float], int]) -> list[Event]:
    marks = one.marks
    marked = {
        "sent": one.sent,
        "connected": marks.connected,
        "first_byte": marks.first,
        "received": marks.received,
    }
    return [
        Event(name, timestamp=nanoseconds(at))
        for name, at in marked.items()
        if at is not None
    ]
