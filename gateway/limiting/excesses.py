"""What was beyond a limit, counted, and told in few words however much it is.

In charge of a flood being one line a minute for each limit. Pure. Must never have a
count by anything that callers choose.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, TypeAlias

from gateway.policy.limits import Excess, LimitError
from gateway.telemetry.events import Observer, unobserved
from gateway.telemetry.limiting import LimitExceeded

_SECONDS = 60.0
_KEPT = 16

Verdict: TypeAlias = Literal["refused", "warned"]


class _Told(NamedTuple):
    """When it was told last, and how many there were then."""

    at: float
    so_far: int


@dataclass(slots=True)
class Excesses:
    """How often each limit was exceeded since the process began.

    ``counts`` are by the limit's key and by what came of it. One request counts once
    for a limit, however often it is prepared.
    """

    observe: Observer = unobserved
    counts: Counter[tuple[str, Verdict]] = field(default_factory=Counter)
    _told: dict[tuple[str, Verdict], _Told] = field(default_factory=dict)
    _last: dict[tuple[str, float, str], None] = field(default_factory=dict)

    def note(
        self, excess: Excess, verdict: Verdict, asked: tuple[str, float], now: float
    ) -> None:
        """One more; ``now`` is on the gateway's clock.

        ``asked`` is the request's id, which its client may choose, and when it began.
        """
        mark = *asked, excess.limit
        if mark in self._last:
            return
        self._last[mark] = None
        if len(self._last) > _KEPT:
            del self._last[next(iter(self._last))]
        kind = excess.limit, verdict
        self.counts[kind] += 1
        last = self._told.get(kind)
        if last is not None and now < last.at + _SECONDS:
            return
        count = self.counts[kind]
        self._told[kind] = _Told(now, count)
        fresh = count - (last.so_far if last else 0)
        found, most = excess.found, excess.most
        self.observe(LimitExceeded(excess.limit, verdict, found, most, fresh, asked[0]))

    def hold(
        self, excess: Excess, warn: frozenset[str], asked: tuple[str, float], now: float
    ) -> None:
        """Something is beyond a limit: count it.

        Raises:
            LimitError: and the limit is held.
        """
        if excess.limit.partition(".")[0] in warn:
            self.note(excess, "warned", asked, now)
            return
        self.note(excess, "refused", asked, now)
        raise LimitError(excess)
