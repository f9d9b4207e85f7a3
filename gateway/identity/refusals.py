"""Refused callers, counted, and told in few words however many there are.

In charge of a flood of bad credentials being one line a minute. Pure.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from gateway.identity.model import Reason, Refusal
from gateway.telemetry.events import Observer, unobserved
from gateway.telemetry.identifying import CallersRefused

_SECONDS = 60.0


@dataclass(slots=True)
class Refusals:
    """What was refused, by reason, since the process began."""

    observe: Observer = unobserved
    counts: Counter[Reason] = field(default_factory=Counter)
    _told: dict[Reason, tuple[float, int]] = field(default_factory=dict)

    def note(self, refusal: Refusal, now: float) -> None:
        """One more; ``now`` is in seconds since 1970."""
        reason = refusal.reason
        self.counts[reason] += 1
        last, told = self._told.get(reason, (-_SECONDS, 0))
        if now < last + _SECONDS:
            return
        self._told[reason] = now, self.counts[reason]
        fresh = self.counts[reason] - told
        self.observe(CallersRefused(reason.value, refusal.detail, fresh))
