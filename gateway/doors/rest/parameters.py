"""A URL's query → its parameters, by name, each as often as it is given.

In charge of bytes: percent-encoding, UTF-8, and how much of it there may be.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl

from gateway.doors.rest.problems import RefusedError
from gateway.errors import Code

Parameters = Mapping[str, list[str]]
LONGEST = 64_000
"""Bytes of a query: what servers in front of the gateway let through at most."""
MOST = 2_000
_URI_TOO_LONG = 414


def read_query(query_string: bytes) -> Parameters:
    """The parameters by name, values in their order.

    Raises:
        RefusedError: it is too long (414), or no UTF-8.
    """
    if len(query_string) > LONGEST:
        raise RefusedError(
            f"The URL's query is longer than {LONGEST} bytes.",
            status=_URI_TOO_LONG,
            code=Code.BAD_REQUEST,
        )
    if query_string.count(b"&") >= MOST:
        raise RefusedError(
            f"The URL's query has more than {MOST} parameters.", code=Code.BAD_REQUEST
        )
    try:
        pairs = parse_qsl(
            query_string.decode("ascii"), keep_blank_values=True, errors="strict"
        )
    except ValueError:
        raise RefusedError(
            "The URL's query is no percent-encoded UTF-8.", code=Code.BAD_REQUEST
        ) from None
    found: dict[str, list[str]] = {}
    for name, text in pairs:
        found.setdefault(name, []).append(text)
    return found
