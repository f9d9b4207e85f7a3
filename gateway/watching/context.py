"""W3C Trace Context: what a caller says of the trace that his request is part of.

In charge of reading `traceparent` (https://www.w3.org/TR/trace-context/). Whatever is
not well-formed is as if it had not come. Must never do more than read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Final

from gateway.request.model import Trace

_PARENT: Final = re.compile(
    r"(?!ff)[0-9a-f]{2}-(?P<trace>[0-9a-f]{32})-(?P<span>[0-9a-f]{16})-"
    r"(?P<flags>[0-9a-f]{2})(?P<more>-.*)?"
)
_ID: Final = re.compile(r"[0-9a-f]{32}")
_SAMPLED: Final = 1
_DICE: Final = Random()  # noqa: S311 - a choice, no secret


@dataclass(frozen=True, slots=True)
class Sampling:
    """Takes a ``share`` of the requests, and those whose callers took theirs."""

    share: float
    dice: Callable[[], float] = _DICE.random

    def __call__(self, headers: Mapping[str, str]) -> Trace | None:
        """The trace of a request; None where it neither is nor was chosen."""
        written = headers.get("traceparent")
        found = _PARENT.fullmatch(written) if written is not None else None
        if found is not None and _is_one(found):
            taken = bool(int(found["flags"], 16) & _SAMPLED)
            return Trace(found["trace"], found["span"], sampled=taken)
        return Trace(None, None, sampled=True) if self.dice() < self.share else None


def _is_one(found: re.Match[str]) -> bool:
    known = found[0].startswith("00") and found["more"] is not None
    return not known and bool(int(found["trace"], 16) and int(found["span"], 16))


def trace_id(trace: Trace | None, request_id: str) -> str:
    """The trace's id: the caller's, or the request's own id where it may be one."""
    if trace is not None and trace.id is not None:
        return trace.id
    if _ID.fullmatch(request_id) and int(request_id, 16):
        return request_id
    return f"{_DICE.getrandbits(128) | 1:032x}"


def span_id() -> int:
    """A new one."""
    return _DICE.getrandbits(64) | 1
