"""Credentials out of sight: calls as shown to people.

In charge of the rule by which a name looks secret. Must never be the only guard of a
secret: what is not shown at all needs no mask.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import unquote_plus

MASK = "***"
_SECRET = re.compile(
    r"auth|cookie|token|secret|passw|pwd|credential|signature|session"
    r"|(^|[-_.])(api|access|private|subscription)?[-_.]?key$",
    re.IGNORECASE,
)


def is_secret(name: str) -> bool:
    """Whether the value under this name is better not shown."""
    return _SECRET.search(name) is not None


def masked_headers(headers: Mapping[str, str]) -> Mapping[str, str]:
    """The headers with the values of secret ones replaced."""
    return {n: MASK if is_secret(n) else v for n, v in headers.items()}


def masked(value: object) -> object:
    """The value with what stands under secret names replaced, however deep."""
    if isinstance(value, Mapping):
        return {
            name: MASK if is_secret(str(name)) else masked(item)
            for name, item in value.items()
        }
    return [masked(item) for item in value] if isinstance(value, list) else value


def masked_url(url: str) -> str:
    """The URL with the values of secret query parameters replaced."""
    path, mark, query = url.partition("?")
    shown = []
    for pair in query.split("&"):
        name, is_value, value = pair.partition("=")
        hidden = is_value and is_secret(unquote_plus(name))
        shown.append(f"{name}={MASK if hidden else value}" if is_value else name)
    return f"{path}{mark}{'&'.join(shown)}"
