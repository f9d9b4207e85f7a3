"""Which replies are answers, and what of them is the answer: one rule for all sources.

In charge of statuses, `unwrap` and decoding; the sources of profile tests use the very
same rules as real HTTP. Must never do I/O.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from email.utils import parsedate_to_datetime

import orjson

from gateway.clock import SystemClock
from gateway.errors import ErrorClass, UpstreamError

_BOM = b"\xef\xbb\xbf"
_NO_CONTENT = (204, 205, 304)


def invalid(message: str, *, detail: str | None = None) -> UpstreamError:
    """The source answered with something that is no answer."""
    return UpstreamError(message, kind=ErrorClass.INVALID, detail=detail)


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


def answer(status: int, content: bytes, *, unwrap: str | None, exact: bool) -> object:
    """The decoded answer of a reply whose status was let by.

    The body of a status that is not 2xx is whatever could be read of it, since
    `on_status` answers in its place.

    Raises:
        UpstreamError: invalid, where a 2xx reply holds no JSON, or no `unwrap` key.
    """
    if not content or status in _NO_CONTENT:
        return None
    if is_success(status):
        return unwrapped(decoded(content, exact=exact), unwrap)
    try:
        return decoded(content, exact=exact)
    except UpstreamError:
        return None


def decoded(content: bytes, *, exact: bool) -> object:
    """One strict JSON document as values, at most 1,024 deep. A leading BOM is let by.

    ``exact`` reads fractions as Decimals and integers of any size, for twice the time:
    orjson judges in both cases, so that what is valid does not depend on it.

    Raises:
        UpstreamError: invalid, where it is no JSON.
    """
    text = content.removeprefix(_BOM)
    try:
        loose: object = orjson.loads(text)
        return json.loads(text, parse_float=Decimal) if exact else loose
    except (ValueError, RecursionError) as error:
        raise invalid(
            "The source's answer is not valid JSON.", detail=type(error).__name__
        ) from None
