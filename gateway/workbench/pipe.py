"""What goes through the pipe to the process that answers: JSON behind its length.

In charge of the frame. Must never read or write.
"""

from __future__ import annotations

import orjson

from gateway.values import JsonValue

LARGEST = 64_000_000
"""Bytes of a question, or of an answer."""
_LENGTH = 4


def framed(said: JsonValue) -> bytes:
    """A value as it goes through the pipe."""
    body = orjson.dumps(said, option=orjson.OPT_NON_STR_KEYS)
    return len(body).to_bytes(_LENGTH, "big") + body


def length_of(head: bytes) -> int | None:
    """How long what follows is; None where nothing does."""
    return int.from_bytes(head, "big") if len(head) == _LENGTH else None
