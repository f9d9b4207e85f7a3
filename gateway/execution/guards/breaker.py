"""Circuit breakers: an endpoint that keeps failing is left alone for a while.

Plain functions of the time; whoever asks a breaker waits elsewhere. The states are
Nygard's: closed (calls go through and are counted), open (none goes through), half
open (one does, and decides for the others).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from functools import partial
from math import inf
from typing import TypeAlias

from gateway.record import Model

_PARTS = 10
_MOST_ENDPOINTS = 1_000


class BreakerRule(Model, frozen=True):
    """When an endpoint counts as failing. Times are in seconds.

    It opens for ``open`` at ``min_calls`` or more calls in the last ``window`` of
    which the share ``failures`` or more failed.
    """

    failures: float = 0.5
    window: float = 10.0
    min_calls: int = 20
    open: float = 5.0


class Leave(Enum):
    """Whether a call may be made: GO, TRY (it decides for the others), or STAY."""

    GO = "go"
    TRY = "try"
    STAY = "stay"


class Outcome(Enum):
    """What a call says about its endpoint. UNKNOWN: it was given up before it did."""

    WORKS = "works"
    FAILS = "fails"
    UNKNOWN = "unknown"


Turned: TypeAlias = Callable[[str, float | None], None]
"""Hears of an endpoint that it opened (None), or closed after so many seconds."""


def untold(_endpoint: str, _open_for: float | None) -> None:
    """Nobody wants to hear of it."""


def _deaf(_open_for: float | None) -> None:
    """Nobody wants to hear of it."""


@dataclass(slots=True)
class _Part:
    """Calls in one part of the window."""

    number: int
    calls: int = 0
    failures: int = 0


@dataclass(slots=True)
class Breaker:
    """The state of one endpoint. A tenth of the window is the unit of forgetting.

    ``opened`` is when it opened last, ``since`` when it did so after it had worked.
    """

    rule: BreakerRule
    opened: float | None = None
    since: float | None = None
    trying: bool = False
    turned: Callable[[float | None], None] = _deaf
    _parts: deque[_Part] = field(default_factory=deque)
    _ends: float = -inf
    """When the last of the parts does."""

    def stays(self, now: float) -> bool:
        """Whether a call that comes now would be turned away."""
        return self.trying or self.rests(now)

    def rests(self, now: float) -> bool:
        """Whether the endpoint is left alone, before it is tried again."""
        return self.opened is not None and now < self.opened + self.rule.open

    def decide(self, now: float) -> Leave:
        """Whether a call may be made now. `record` has to follow, unless it is STAY."""
        if self.stays(now):
            return Leave.STAY
        if self.opened is None:
            return Leave.GO
        self.trying = True
        return Leave.TRY

    def record(self, leave: Leave, outcome: Outcome, now: float) -> None:
        """What came of a call that had leave. Once open, only the try says much."""
        since = self.since
        if leave is Leave.TRY:
            self._tried(outcome, now)
        elif self.opened is None and outcome is not Outcome.UNKNOWN:
            self._count(outcome, now)
        if since is None and self.since is not None:
            self.turned(None)
        elif since is not None and self.since is None:
            self.turned(now - since)

    def works(self, now: float) -> None:
        """What `record` does of a usual call that was answered, in fewer steps."""
        if self.opened is None:
            if now < self._ends:
                self._parts[-1].calls += 1
            else:
                self._count(Outcome.WORKS, now)

    def _tried(self, outcome: Outcome, now: float) -> None:
        self.trying = False
        if outcome is Outcome.WORKS:
            self.opened = self.since = None
            self._parts.clear()
            self._ends = -inf
        elif outcome is Outcome.FAILS:
            self.opened = now

    def _count(self, outcome: Outcome, now: float) -> None:
        number = int(now / self.rule.window * _PARTS)
        while self._parts and self._parts[0].number <= number - _PARTS:
            self._parts.popleft()
        if not self._parts or self._parts[-1].number != number:
            self._parts.append(_Part(number))
            self._ends = (number + 1) * self.rule.window / _PARTS
        self._parts[-1].calls += 1
        if outcome is not Outcome.FAILS:
            return  # what works opens nothing
        self._parts[-1].failures += 1
        calls = sum(part.calls for part in self._parts)
        failures = sum(part.failures for part in self._parts)
        if calls >= self.rule.min_calls and failures >= calls * self.rule.failures:
            self.opened = self.since = now


@dataclass(slots=True)
class Breakers:
    """A source's breakers by endpoint; without a rule every call goes.

    ``turned`` hears of every endpoint that opens or closes.
    """

    rule: BreakerRule | None = None
    turned: Turned = untold
    _known: dict[str, Breaker] = field(default_factory=dict)

    def open(self) -> Iterator[tuple[str, Breaker]]:
        """The endpoints that are left alone or tried again, in the order known."""
        for endpoint, breaker in self._known.items():
            if breaker.opened is not None:
                yield endpoint, breaker

    def known(self) -> Iterator[tuple[str, bool]]:
        """Every endpoint that was called, and whether it is open or tried again."""
        for endpoint, breaker in self._known.items():
            yield endpoint, breaker.opened is not None

    def of(self, endpoint: str) -> Breaker | None:
        """The endpoint's breaker. Of very many the longest known is forgotten here.

        Whoever holds one goes on with it.
        """
        if self.rule is None:
            return None
        found = self._known.get(endpoint)
        if found is None:
            if len(self._known) >= _MOST_ENDPOINTS:
                del self._known[next(iter(self._known))]
            turned = partial(self.turned, endpoint)
            found = self._known[endpoint] = Breaker(self.rule, turned=turned)
        return found
