"""Calls in JSON beside GraphQL's own: what comes in is JSON, and so is every answer.

In charge of what their endpoints share. Must never know what a call is about.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import orjson

from gateway.errors import RequestError
from gateway.schema.exchange import Headers, Send, respond
from gateway.schema.negotiation import is_json
from gateway.values import JsonValue

METHOD_NOT_ALLOWED: Final = 405
_TOO_LARGE: Final = 413
_UNSUPPORTED: Final = 415
_HEADERS: Final = (
    (b"content-type", b"application/json; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
)


def require_json(headers: Mapping[str, str]) -> None:
    """Refuse any other body: JSON is what a page of another origin cannot send unasked.

    Raises:
        RequestError: with status 415.
    """
    content_type = headers.get("content-type")
    if content_type is None or not is_json(content_type):
        raise RequestError(
            "The body is not application/json in UTF-8, as the header 'content-type' "
            "has it.",
            status=_UNSUPPORTED,
        )
    if headers.get("content-encoding", "identity").lower() != "identity":
        raise RequestError("Compressed bodies are not read.", status=_UNSUPPORTED)


async def say(
    send: Send,
    status: int,
    told: JsonValue,
    also: Headers = (),
    *,
    methods: str = "POST",
) -> None:
    """Send an answer; ``methods`` are those that the place knows."""
    headers = [*_HEADERS, *also]
    if status == METHOD_NOT_ALLOWED:
        headers.append((b"allow", methods.encode()))
    if status == _TOO_LARGE:
        headers.append((b"connection", b"close"))  # the rest of it is not read
    await respond(send, status, headers, orjson.dumps(told))
