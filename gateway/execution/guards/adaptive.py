"""How many calls a source takes at a time, learnt from how long it takes over them.

Plain functions of what is heard of calls; who has to wait for a slot waits elsewhere.
The limit grows by its square root as long as calls take what they take at ease, and
shrinks by the share by which they take longer: the gradient of Netflix's
concurrency-limits, with the headroom and the measuring at little load of Envoy's
adaptive concurrency. Other than theirs each endpoint is held against itself, so that
a slow one beside fast ones is no sign of load.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from math import inf, sqrt
from statistics import median

from gateway.record import Model

_TOLERATED = 1.5
_STEEPEST = 0.5
_FIRST = 20
_FINEST = 0.001
_SAMPLES = 10
_MOST_SAMPLES = 1_000
_WINDOW = 0.1
_MEASURED_FOR = 60.0
_MEASURING = 5.0
_MOST_ENDPOINTS = 1_000


class End(Enum):
    """How a call ended, as far as it says something about load.

    REFUSED: the source said that it is too much. LATE: it was cut short. UNKNOWN: it
    says nothing.
    """

    ANSWERED = "answered"
    REFUSED = "refused"
    LATE = "late"
    UNKNOWN = "unknown"


class Heard(Model, frozen=True):
    """A call that ended. ``running`` is how many ran when it began, itself too."""

    endpoint: str
    seconds: float
    running: int
    end: End


@dataclass(slots=True)
class _Usual:
    """What an endpoint takes with little to do; a guess until it was ``measured``."""

    seconds: float = inf
    measured: int = 0

    def guess(self, seconds: float) -> None:
        if not self.measured:
            self.seconds = min(self.seconds, seconds)

    def measure(self, seconds: float) -> None:
        self.measured = min(self.measured + 1, _SAMPLES)
        before = self.seconds if self.measured > 1 else seconds
        self.seconds = before + (seconds - before) / self.measured


@dataclass(slots=True)
class Gradient:
    """The limit of one source, from `least` to `most`. Times are in seconds.

    ``level`` is what it is worth; it is put aside while `measuring`, when calls are
    held down to `least` to see what they take at ease.
    """

    least: int
    most: int
    level: float = field(init=False)
    measuring: float | None = field(init=False, default=None)
    _usual: dict[str, _Usual] = field(init=False, default_factory=dict)
    _slower: list[float] = field(init=False, default_factory=list)
    _running: int = field(init=False, default=0)
    _opened: float = field(init=False, default=-inf)
    _cut: float = field(init=False, default=-inf)
    _eased: float = field(init=False, default=-inf)
    _easy: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        self.level = float(min(self.most, max(self.least, _FIRST)))

    @property
    def limit(self) -> int:
        """Calls at a time, now."""
        return self.least if self.measuring is not None else int(self.level)

    def fresh(self) -> Gradient:
        """One between the same bounds that has heard nothing."""
        return Gradient(self.least, self.most)

    def hear(self, call: Heard, now: float) -> None:
        """What became of a call that ended `now`."""
        if call.end is End.ANSWERED:
            self._answered(call, now)
        elif call.end is not End.UNKNOWN:
            self._refused(call, now)
        if self.measuring is not None and now >= self.measuring:
            self._measured()

    def _refused(self, call: Heard, now: float) -> None:
        """Half as many. Calls that began before the last cut tell nothing new."""
        usual = self._usual.get(call.endpoint)
        if call.end is End.LATE and usual is not None and call.seconds < usual.seconds:
            return  # it had too little time to say anything
        if now - call.seconds > self._cut:
            self._cut = now
            self._set(self.level / 2)
            self._reopen(now)

    def _answered(self, call: Heard, now: float) -> None:
        seconds = max(call.seconds, _FINEST)
        usual = self._of(call.endpoint)
        if call.running <= self.least:
            usual.measure(seconds)
            self._eased = now
            self._easy += 1
            if self.measuring is not None and self._easy >= _SAMPLES:
                self._measured()
        else:
            usual.guess(seconds)
        if self._opened == -inf:
            self._reopen(now)
        self._slower.append(seconds / usual.seconds)
        self._running = max(self._running, call.running)
        many = len(self._slower)
        if (
            many >= _SAMPLES and now - self._opened >= _WINDOW
        ) or many >= _MOST_SAMPLES:
            self._adjust(now)

    def _adjust(self, now: float) -> None:
        """A window has passed: up while there is room, down as calls take longer."""
        gradient = min(1.0, max(_STEEPEST, _TOLERATED / median(self._slower)))
        pressed = self._running >= self.level / 2
        if pressed and self.measuring is None:
            if gradient < 1.0 and now - self._eased >= _MEASURED_FOR:
                self._measure(now)
            else:
                self._set(self.level * gradient + sqrt(self.level))
        self._reopen(now)

    def _measure(self, now: float) -> None:
        """Whether the source or its load got heavier shows only at ease."""
        self.measuring = now + _MEASURING
        self._easy = 0

    def _measured(self) -> None:
        self.measuring = None

    def _set(self, level: float) -> None:
        self.level = min(float(self.most), max(float(self.least), level))

    def _reopen(self, now: float) -> None:
        self._slower.clear()
        self._running = 0
        self._opened = now

    def _of(self, endpoint: str) -> _Usual:
        """What is known of an endpoint. Of very many the longest known is forgotten."""
        found = self._usual.get(endpoint)
        if found is None:
            if len(self._usual) >= _MOST_ENDPOINTS:
                del self._usual[next(iter(self._usual))]
            found = self._usual[endpoint] = _Usual()
        return found
