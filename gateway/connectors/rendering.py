"""Values as text on the wire: path segments, query values, headers, JSON.

In charge of one question: how is this value written where it stands? Pure. Must never
let a value leave its place: a segment stays one segment, a header one line.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from urllib.parse import quote, quote_plus

import orjson

from gateway.errors import Code, ErrorClass, InternalError, UpstreamError

LONGEST = 16_000
"""Characters of an address: what servers that bear much read of a whole head."""
_UNUSABLE = frozenset({"", ".", ".."})
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_LITERAL = "/:@!$&'()*+,;=~%?"


def rejected(message: str) -> UpstreamError:
    """The step's own inputs cannot be sent; nothing was asked of the source."""
    return UpstreamError(message, kind=ErrorClass.REJECTED)


def text_of(value: object, place: str) -> str:  # noqa: PLR0911 - one a kind
    """A leaf as text: JSON's spelling without quotes, times in ISO 8601.

    Durations are seconds with an ``s``, as CEL writes them.

    Raises:
        UpstreamError: rejected, for a list, a map, null, NaN and the infinities.
    """
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case int():
            return str(int(value))
        case Decimal() if value.is_finite():
            return str(value)
        case float() if math.isfinite(value):
            return orjson.dumps(value).decode()
        case date():
            return _iso(value)
        case timedelta():
            return _seconds(value)
        case _:
            raise rejected(f"The value for {place} is not text, a number or a time.")


def _iso(value: date) -> str:
    text = value.isoformat()
    is_utc = isinstance(value, datetime) and text.endswith("+00:00")
    return text.removesuffix("+00:00") + "Z" if is_utc else text


def _seconds(value: timedelta) -> str:
    whole, micros = divmod(value // timedelta(microseconds=1), 1_000_000)
    if not micros:
        return f"{whole}s"
    return f"{Decimal(whole) + Decimal(micros) / 1_000_000}s"


def segment(value: object, name: str) -> str:
    """One path segment or one query value inside a URL, whatever it contains.

    Raises:
        InternalError: null, empty, ``.`` or ``..``: the engine lets none of them by.
        UpstreamError: rejected, for a value without text.
    """
    if value is None:
        raise InternalError(f"the URL's {name!r} has no value")
    text = text_of(value, "a part of the URL")
    if text in _UNUSABLE:
        raise InternalError(f"the URL's {name!r} would change the path")
    return quoted(text)


def too_long() -> UpstreamError:
    """An address that no server reads; nothing was asked of the source."""
    made = rejected(
        f"What is asked for would be an address of more than {LONGEST:,} characters."
        " Ask with a shorter value, or for fewer at a time."
    )
    made.code = Code.BAD_USER_INPUT
    return made


def is_bare(text: str) -> bool:
    """Whether a text is the same in a URL, as keys and UUIDs are, at one look."""
    return (
        len(text) <= LONGEST
        and text.isascii()
        and text.replace("-", "").replace("_", "").isalnum()
    )


def quoted(text: str) -> str:
    """The text percent-encoded whole: nothing in it is a delimiter any more."""
    if is_bare(text):
        return text
    if len(text) > LONGEST:
        raise too_long()
    if is_bare(text.replace(",", "")):  # keys that are asked for together
        return text.replace(",", "%2C")
    try:
        return quote(text, safe="")
    except UnicodeEncodeError:
        raise rejected("A value for the URL is not valid Unicode text.") from None


def literal(text: str) -> str:
    """What an author wrote into a URL: only what is no delimiter is encoded."""
    return quote(text, safe=_LITERAL)


def pairs(entries: object, place: str) -> list[tuple[str, str]]:
    """A map as key and value texts: null entries omitted, a list repeats its key."""
    if entries is None:
        return []
    if not isinstance(entries, Mapping):
        raise rejected(f"The {place} is not a map.")
    found: list[tuple[str, str]] = []
    for key, value in entries.items():
        values = value if isinstance(value, list | tuple) else (value,)
        where = f"{place} {str(key)!r}"
        found += [(str(key), text_of(v, where)) for v in values if v is not None]
    return found


def query_text(entries: object) -> str:
    """A query map as text, without the question mark."""
    return "&".join(f"{quoted(k)}={quoted(v)}" for k, v in pairs(entries, "query"))


def form_bytes(entries: object) -> bytes:
    """A map as ``application/x-www-form-urlencoded``."""
    try:
        written = (
            f"{quote_plus(k)}={quote_plus(v)}" for k, v in pairs(entries, "form field")
        )
        return "&".join(written).encode()
    except UnicodeEncodeError:
        raise rejected("A form field is not valid Unicode text.") from None


def header(name: str, value: object) -> str:
    """A header's value on one line.

    Raises:
        UpstreamError: rejected, for line breaks and control characters.
    """
    text = text_of(value, f"header {name!r}").strip(" \t")
    if _CONTROL.search(text):
        raise rejected(f"The value for header {name!r} holds a line break or control.")
    return text


def is_header_name(name: str) -> bool:
    return _TOKEN.fullmatch(name) is not None


def is_header_value(written: object) -> bool:
    """Whether what an author wrote could be sent; a template is judged by its value."""
    if not isinstance(written, str) or "${" in written:
        return True
    return _CONTROL.search(written.strip(" \t")) is None


def json_bytes(value: object) -> bytes:
    """A JSON body. A Decimal is written as a number, digit by digit, never a float.

    Raises:
        UpstreamError: rejected, for what JSON cannot say.
    """
    try:
        return orjson.dumps(
            value, default=_exact, option=orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS
        )
    except (TypeError, ValueError):
        raise rejected("The body holds a value that JSON cannot say.") from None


def _exact(value: object) -> object:
    if isinstance(value, Decimal) and value.is_finite():
        return orjson.Fragment(str(value))
    if isinstance(value, timedelta):
        return _seconds(value)
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError
