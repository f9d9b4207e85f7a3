"""An attempt, and a record of it.

In charge of when a record begins and ends, and of what it says. Must never change what
comes of an attempt.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING

from gateway.connectors.base import Reply
from gateway.connectors.marks import MARKING
from gateway.errors import UpstreamError
from gateway.execution.calls.hedging import Attempt, Came
from gateway.execution.calls.retrying import Trouble
from gateway.execution.calls.sharing import Trip
from gateway.execution.tries import CANCELLED, LOST, OK, Try, noted, span_id
from gateway.telemetry.events import AttemptFailed

if TYPE_CHECKING:
    from gateway.execution.calls.calling import Calling


async def made(
    calling: Calling,
    making: Callable[[Trip, Attempt], Awaitable[Came]],
    trip: Trip,
    attempt: Attempt,
) -> Came:
    """What an attempt comes to, with a record of it from its beginning."""
    record = attempt.record = _begun(calling, calling.setting.clock.now())
    record.hedge = attempt.hedge
    try:
        came = await making(trip, attempt)
    except asyncio.CancelledError:
        record.came = LOST if attempt.lost else CANCELLED
        raise
    finally:
        record.number = attempt.number
        record.ended = calling.setting.clock.now()
    _says(record, came)
    return came


def note(calling: Calling, attempt: Attempt, began: float, came: object) -> None:
    """Record an attempt that went the short way and is over, and is more to tell of.

    ``came`` is None where nobody waits for it any more.
    """
    record = attempt.record = _begun(calling, began)
    record.number, record.sent = attempt.number, began
    record.ended = calling.setting.clock.now()
    if came is None:
        record.came = CANCELLED
    else:
        _says(record, came)


def leaves(
    calling: Calling, attempt: Attempt, at: float, passing: Mapping[str, str]
) -> Mapping[str, str]:
    """An attempt leaves now: what travels with it, and the context if it is traced."""
    record, trail = attempt.record, calling.trail
    if record is None:
        return passing
    record.sent = at
    if trail is None:
        return passing
    record.span = span_id()
    MARKING.set(record.marks)  # of this task, which makes this call alone
    return {**passing, **trail.headers(record.span)}


def spanned(calling: Calling, attempt: Attempt) -> tuple[str, int] | None:
    """The trace and span of an attempt, where it has one."""
    record, trail = attempt.record, calling.trail
    if trail is None or record is None or trail.trace is None:
        return None
    return trail.trace.id, record.span


def tell(
    calling: Calling, attempt: Attempt, trouble: Trouble, pause: float | None
) -> None:
    """An attempt that was sent came to nothing, or to no success."""
    if not attempt.number:
        return
    if attempt.record is not None:
        attempt.record.came, attempt.record.pause = trouble.kind.value, pause
    step = calling.step
    seen = AttemptFailed(
        request_id=calling.setting.request_id,
        step=f"{step.origin}.{step.name}",
        source=calling.way.upstream.name,
        attempt=attempt.number,
        code=trouble.code.value,
        kind=trouble.kind.value,
        status=trouble.status,
        next_in=pause,
        hedged=attempt.hedge,
    )
    calling.setting.observe(seen)


def _begun(calling: Calling, at: float) -> Try:
    way = calling.way
    made = Try(way.upstream.name, way.endpoint, at, target=way.call.target)
    return noted(calling.tally, made)


def _says(record: Try, came: object) -> None:
    if isinstance(came, Reply):
        record.came, record.status = OK, came.status
    elif isinstance(came, UpstreamError):
        record.came, record.status = came.kind.value, came.status
    else:
        record.came = came.failure.code.value  # type: ignore[attr-defined]
