"""Which replies are answers, and what of them is the answer: one rule for all sources.

In charge of statuses, `unwrap` and decoding; the sources of profile tests use the very
same rules as real HTTP. Must never do I/O.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Protocol

from gateway.clock import SystemClock
from gateway.connectors.bodies.decoding import invalid
from gateway.connectors.bodies.problems import problem_said
from gateway.connectors.bodies.reading import HowRead, Reads, body_of, rows_of
from gateway.errors import ErrorClass, UpstreamError
from gateway.typed import Form

__all__ = ["answer", "check_status", "invalid", "is_success", "unwrapped"]
_NO_CONTENT = (204, 205, 304)
AS_IT_SAYS = Reads()


class AnyReply(Protocol):
    """A reply as it came: its status, and its inflated body."""

    @property
    def status(self) -> int: ...

    @property
    def content(self) -> bytes: ...

    @property
    def headers(self) -> Mapping[str, str]: ...


def is_success(status: int) -> bool:
    return 200 <= status < 300  # noqa: PLR2004 - the 2xx of HTTP


def check_status(
    status: int,
    accepts: frozenset[int],
    headers: Mapping[str, str] | None = None,
    content: bytes = b"",
) -> None:
    """Let a status by that is an answer; `content` is what may say why it is none.

    Raises:
        UpstreamError: the status is neither 2xx nor one that the step accepts.
    """
    if not is_success(status) and status not in accepts:
        raise UpstreamError(
            f"The source answered with status {status}.",
            kind=ErrorClass.STATUS,
            status=status,
            detail=problem_said(content, headers or {}),
            retry_after=retry_after(headers or {}, SystemClock().wall()),
        ).with_reply(content, headers or {})


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds that a source asks to be left alone for; None where it does not say.

    A date is measured from the reply's own ``date``, so that clocks that differ do not
    matter; from `now` where there is none.
    """
    written = headers.get("retry-after", "").strip()
    if written.isascii() and written.isdigit():
        return float(written[:9])
    until = _date(written)
    if until is None:
        return None
    start = _date(headers.get("date", "")) or now
    return max(0.0, (until - start).total_seconds())


def _date(written: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(written)
    except (ValueError, OverflowError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def unwrapped(body: object, key: str | None) -> object:
    """What the source's ``unwrap`` key holds; an empty answer stays null.

    Raises:
        UpstreamError: invalid, where there is no such key.
    """
    if key is None or body is None:
        return body
    if not isinstance(body, Mapping) or key not in body:
        raise invalid(f"The source's answer has no {key!r}.")
    return body[key]


def answer(
    reply: AnyReply,
    how: HowRead = AS_IT_SAYS,
    *,
    unwrap: str | None = None,
    form: Form | None = None,
) -> object:
    """The body of a reply whose status was let by, as values.

    That of a status that is not 2xx is whatever could be read of it, since `on_status`
    answers in its place. Rows are in the ``form`` that is asked for, where they fit.

    Raises:
        UpstreamError: invalid, where a 2xx reply cannot be read as its media type or
            as the step says, or has no `unwrap` key.
    """
    status, content = reply.status, reply.content
    if status in _NO_CONTENT:
        return None
    if is_success(status):
        if form is not None and unwrap is None:
            rows = rows_of(content, reply.headers, how, form)
            if rows is not None:
                return rows
        return unwrapped(body_of(content, reply.headers, how), unwrap)
    try:
        return body_of(content, reply.headers, how)
    except UpstreamError:
        return None
