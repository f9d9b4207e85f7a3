"""What a failed reply says of itself where it is a problem of RFC 9457. Pure.

In charge of `title` and `detail` in short; whoever may see details is told. Must never
raise: what cannot be read is not said.
"""

from __future__ import annotations

from collections.abc import Mapping

import orjson

from gateway.connectors.bodies.media import media_type

_PROBLEM = "application/problem+json"
_LONGEST = 500


def problem_said(content: bytes, headers: Mapping[str, str]) -> str | None:
    """Title and detail of a problem; None where it is none, or says nothing."""
    if media_type(headers.get("content-type", "")).essence != _PROBLEM:
        return None
    try:
        body: object = orjson.loads(content)
    except ValueError:
        return None
    if not isinstance(body, Mapping):
        return None
    texts = (body.get("title"), body.get("detail"))
    said = ": ".join(text for text in texts if isinstance(text, str) and text)
    return said[:_LONGEST] or None
