"""Which of a source's places a call goes to, as an expression over the request."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from gateway.deployment import AnySource, RestSource
from gateway.expression import Expression, parse

_PATH = re.compile(r"request(?:\.[A-Za-z_]\w*)+")


def picked(source: AnySource) -> Expression | None:
    """The name of a place, or null where none matches; None for one place only.

    A path that leads nowhere, such as a claim that the caller has not, matches nothing.
    """
    if not isinstance(source, RestSource) or not isinstance(source.url, Mapping):
        return None
    text = (source.pick or "null").strip()
    if _PATH.fullmatch(text):
        owner, _, name = text.rpartition(".")
        text = f"{owner}.?{name}.orValue(null)"
    return parse(f"({text}) in {json.dumps(list(source.url))} ? ({text}) : null")
