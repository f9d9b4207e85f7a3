"""Whether a shared store may be asked now, so that a dead one costs next to nothing.

A small breaker: after a failure the store is left alone for a pause, then one call
tries it while the others go on without. Tells the observer once when it is lost and
once when it is back. In charge of that decision alone; asks nobody anything.
"""

from __future__ import annotations

from gateway.telemetry.events import CacheFound, CacheLost, Observer

PAUSE = 1.0
"""Seconds in which a store that failed is not asked."""
PATIENCE = 3
"""Late answers in a row that count as a failure: one may be our own busy moment."""


class Reach:
    """The state of one store, or of one part of what it does."""

    __slots__ = ("_late", "_lost_at", "_observe", "_part", "_trying", "_until")

    def __init__(self, part: str, observe: Observer) -> None:
        self._part = part
        self._observe = observe
        self._late = 0
        self._lost_at: float | None = None
        self._trying = False
        self._until = 0.0

    def may_ask(self, now: float) -> bool:
        """Whether to ask. A yes wants one of `worked`, `failed`, `late`, `gave_up`."""
        if self._lost_at is None:
            return True
        if self._trying or now < self._until:
            return False
        self._trying = True
        return True

    def worked(self, now: float) -> None:
        """It answered."""
        self._late = 0
        self._trying = False
        if self._lost_at is not None:
            lost, self._lost_at = self._lost_at, None
            self._observe(CacheFound(self._part, now - lost))

    def failed(self, now: float, reason: str) -> None:
        """It cannot be reached, or refuses."""
        self._trying = False
        self._until = now + PAUSE
        if self._lost_at is None:
            self._lost_at = now
            self._observe(CacheLost(self._part, reason))

    def late(self, now: float) -> None:
        """It did not answer in time."""
        self._late += 1
        if self._lost_at is not None or self._late >= PATIENCE:
            self.failed(now, "it does not answer in time")

    def gave_up(self) -> None:
        """Whoever asked went away before there was an answer."""
        self._trying = False
