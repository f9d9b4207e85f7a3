"""An answer waits for its line: from the event loop to the journal and back.

In charge of the waiting, and of what becomes of an answer whose line could not be
written. Must never block the loop.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

from gateway.auditing.entry import Reading
from gateway.auditing.model import Auditing
from gateway.errors import Code
from gateway.response.model import Answer, FieldError, refusal
from gateway.response.written import Written
from gateway.telemetry.auditing import AuditFailed
from gateway.telemetry.events import Crashed, Observer

_UNAVAILABLE = 503


def line_of(auditing: Auditing, reading: Reading, answer: Answer) -> bytes | None:
    """What is to be written of an answer; None where nothing is."""
    data = answer.data if answer.data is not None else {}
    return reading.line(auditing, data.shown if isinstance(data, Written) else data)


def record(
    auditing: Auditing,
    line: bytes,
    request_id: str,
    observe: Observer,
    then: Callable[[Answer | None], None],
) -> None:
    """Write a line; ``then`` is called in this loop, with what is said instead.

    That is None where the answer may leave.
    """
    loop = asyncio.get_running_loop()

    def concluded(error: OSError | None) -> None:
        if error is not None:
            observe(AuditFailed(request_id, error.strerror or str(error)))
        then(unrecorded() if error is not None and auditing.refuses else None)

    def told(error: OSError | None) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended, and all with it
            loop.call_soon_threadsafe(concluded, error)

    auditing.journal.append(line, told)


def recording(
    auditing: Auditing,
    reading: Reading,
    answer: Answer,
    observe: Observer,
    then: Callable[[Answer | None], None],
) -> bool:
    """Whether the answer has to wait for its line; ``then`` is told as by `record`.

    A bug of ours is as a line that cannot be written: nobody waits for ever.
    """
    request_id = reading.request.request_id
    try:
        line = line_of(auditing, reading, answer)
    except Exception as bug:  # noqa: BLE001 - whatever it is
        observe(Crashed(request_id, "audit", bug))
        then(unrecorded() if auditing.refuses else None)
        return True
    if line is not None:
        record(auditing, line, request_id, observe, then)
    return line is not None


async def recorded(
    auditing: Auditing | None,
    reading: Reading,
    answer: Answer | None,
    observe: Observer,
) -> Answer | None:
    """The same for whoever waits: what is said instead of the answer; None: nothing.

    Without an answer everything that is planned counts as read.
    """
    if auditing is None:
        return None
    if answer is None:
        line = reading.line(auditing, None)
    else:
        line = line_of(auditing, reading, answer)
    if line is None:
        return None
    came: asyncio.Future[Answer | None] = asyncio.get_running_loop().create_future()

    def then(instead: Answer | None) -> None:
        if not came.done():
            came.set_result(instead)

    record(auditing, line, reading.request.request_id, observe, then)
    return await came


def unrecorded() -> Answer:
    """What a client is told whose reading could not be recorded."""
    message = "The reading of these fields cannot be recorded at the moment."
    return refusal(FieldError(message, Code.AUDIT_UNAVAILABLE), status=_UNAVAILABLE)
