"""W3C Trace Context: what a caller says of the trace that his request is part of.

In charge of reading `traceparent` and `tracestate`
(https://www.w3.org/TR/trace-context/), and `baggage`. Whatever is not well-formed is as
if it had not come. Must never do more than read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from random import Random
from typing import Final

from gateway.record import Model
from gateway.request.model import Trace

_PARENT: Final = re.compile(
    r"(?!ff)[0-9a-f]{2}-(?P<trace>[0-9a-f]{32})-(?P<span>[0-9a-f]{16})-"
    r"(?P<flags>[0-9a-f]{2})(?P<more>-.*)?"
)
_ID: Final = re.compile(r"[0-9a-f]{32}")
_SAMPLED: Final = 1
_LONGEST_STATE: Final = 512
_LONGEST_BAGGAGE: Final = 8_192
"""Characters that everybody has to pass on, by both specifications."""
_DICE: Final = Random()  # noqa: S311 - a choice, no secret


class Sampling(Model, frozen=True):
    """Takes a ``share`` of the requests, and those whose callers took theirs.

    With a share of None nobody's spans are kept: a caller's trace is known, and no
    more. ``baggage``: what he sent of it travels on.
    """

    share: float | None = None
    dice: Callable[[], float] = _DICE.random
    baggage: bool = False

    def __call__(self, headers: Mapping[str, str], request_id: str) -> Trace | None:
        """The trace of a request; None where it neither is nor was chosen."""
        written = headers.get("traceparent")
        found = _PARENT.fullmatch(written) if written is not None else None
        if found is not None and _is_one(found):
            taken = bool(int(found["flags"], 16) & _SAMPLED) and self.share is not None
            state = _text(headers.get("tracestate"), _LONGEST_STATE)
            baggage = headers.get("baggage") if self.baggage else None
            told = state, _text(baggage, _LONGEST_BAGGAGE)
            return Trace(found["trace"], found["span"], taken, *told)
        if not self.share or self.dice() >= self.share:
            return None
        return Trace(trace_id(None, request_id), None, sampled=True)

    def looks(self, headers: Mapping[str, str]) -> bool:
        """Whether a request with these headers may be part of a trace."""
        return bool(self.share) or "traceparent" in headers


def caller_of(written: str) -> tuple[str, str, bool] | None:
    """The trace and span that a `traceparent` names, and whether they are kept."""
    found = _PARENT.fullmatch(written)
    if found is None or not _is_one(found):
        return None
    return found["trace"], found["span"], bool(int(found["flags"], 16) & _SAMPLED)


def _text(written: str | None, longest: int) -> str | None:
    """A header that travels on: what is too long or no text is not."""
    if not written or len(written) > longest:
        return None
    return written if written.isascii() and written.isprintable() else None


def _is_one(found: re.Match[str]) -> bool:
    known = found[0].startswith("00") and found["more"] is not None
    return not known and bool(int(found["trace"], 16) and int(found["span"], 16))


def trace_id(trace: Trace | None, request_id: str) -> str:
    """The trace's id: the caller's, or the request's own id where it may be one."""
    if trace is not None:
        return trace.id
    if _ID.fullmatch(request_id) and int(request_id, 16):
        return request_id
    return f"{_DICE.getrandbits(128) | 1:032x}"
