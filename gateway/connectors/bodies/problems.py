"""What a failed reply says of itself where it is a problem of RFC 9457. Pure.

In charge of `title` and `detail` in short, for the log and for whoever may see details.
Must never raise: what cannot be read is not said; nor pass on what looks like
somebody's data, or a credential that the system was sent.
"""

from __future__ import annotations

from collections.abc import Mapping

import orjson

from gateway.connectors.bodies.media import media_type
from gateway.connectors.unsaid import without_inputs

_PROBLEM = "application/problem+json"


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
    return without_inputs(said, None) or None
