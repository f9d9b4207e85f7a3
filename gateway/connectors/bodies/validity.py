"""Asking whether a kept reply is still true: RFC 9110's validators. Pure."""

from __future__ import annotations

from collections.abc import Mapping

_BY: Mapping[str, str] = {
    "etag": "if-none-match",
    "last-modified": "if-modified-since",
}
_NONE: Mapping[str, str] = {}


def validators(kept: Mapping[str, str], sent: Mapping[str, str]) -> Mapping[str, str]:
    """The headers that ask, by those of the reply that is kept.

    None where the step itself asks on a condition: whatever comes is for it to read.
    """
    if is_conditional(sent):
        return _NONE
    return {ask: kept[name] for name, ask in _BY.items() if kept.get(name)}


def is_conditional(sent: Mapping[str, str]) -> bool:
    """Whether a request's headers ask on a condition."""
    return any(name in sent for name in _BY.values())
