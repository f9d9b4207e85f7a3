"""Credentials out of what is logged, whoever wrote them into a text.

The last guard, behind all that never writes one: exceptions of libraries, and of our
own bugs, say whatever they like, such as the URL that they were asked for. Pure. Must
never fail, nor take anything but a credential out.
"""

from __future__ import annotations

import re
from collections.abc import MutableMapping
from typing import Any

from gateway.confided import CONFIDED, MASK

_LOGIN = re.compile(r"(?<=://)[^\s/?#@'\"]*:[^\s/?#'\"]*@")
_SECRET = re.compile(
    r"((?:auth\w*|[\w.-]*(?:token|secret|passw\w*|pwd|credential\w*|signature"
    r"|api[-_]?key))['\"]?\s*[=:]\s*['\"]?)(?!bearer\b|basic\b)[^\s&'\",;)}\]]+",
    re.IGNORECASE,
)
_SCHEME = re.compile(r"\b(bearer|basic)\s+[\w.~+/=-]{8,}", re.IGNORECASE)
_HINTS = ("://", "=", ":", "earer", "asic")


def scrubbed(
    _logger: object, _method: str, entry: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """A processor: the same line without credentials in its texts."""
    trace = entry.get("exception")
    if isinstance(trace, str):
        entry["exception"] = without_credentials(trace)
    for name in ("detail", "reason", "problem", "why"):
        said = entry.get(name)
        if isinstance(said, str):
            entry[name] = without_credentials(said)
    return entry


def without_credentials(text: str) -> str:
    """The text without known secrets, logins of URLs, and values of secret names."""
    text = CONFIDED.without(text)
    if not any(hint in text for hint in _HINTS):
        return text
    text = _LOGIN.sub(f"{MASK}@", text)
    text = _SECRET.sub(rf"\1{MASK}", text)
    return _SCHEME.sub(rf"\1 {MASK}", text)
