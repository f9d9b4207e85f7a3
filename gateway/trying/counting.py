"""How requests and steps went, of one release and lately: counted, never kept.

In charge of a window that slides. Times are handed in. Must never hold what a caller
sent: the names are steps', which the configuration bounds.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import ceil, log

from gateway.telemetry.events import Answered, Event, Observer, StepSettled, StepWatched
from gateway.values import JsonValue

REQUESTS = "requests"
"""The name of what is counted of whole requests; steps have `step NAME`."""
_SLICE = 30.0
"""Seconds that are forgotten at once."""
_SLICES = 20
"""How many of them count, ten minutes; more, where these hold too little."""
_MOST_NAMES = 500
_FINEST = 0.0001
"""Seconds below which times are not told apart."""
_STEP = log(1.05)
"""Times within a twentieth of each other are the same."""


@dataclass(slots=True)
class Figures:
    """How many there were, how many went wrong, and how long they took.

    ``failed`` answers had no data at all; ``times`` counts by place on a scale of which
    each is a twentieth longer than the one before.
    """

    count: int = 0
    wrong: int = 0
    failed: int = 0
    times: Counter[int] = field(default_factory=Counter)

    def add(self, seconds: float, *, wrong: bool, failed: bool = False) -> None:
        """One more."""
        self.count += 1
        self.wrong += wrong
        self.failed += failed
        self.times[_place(seconds)] += 1

    def join(self, other: Figures) -> None:
        """Those as well."""
        self.count += other.count
        self.wrong += other.wrong
        self.failed += other.failed
        self.times.update(other.times)

    def within(self, share: float) -> float:
        """The time, in seconds, that such a share does not exceed; 0 for none."""
        wanted, seen = ceil(self.count * share), 0
        for place in sorted(self.times):
            seen += self.times[place]
            if seen >= wanted:
                return _seconds(place)
        return 0.0

    def above(self, seconds: float) -> int:
        """How many took longer."""
        bound = _place(seconds)
        return sum(count for place, count in self.times.items() if place > bound)

    def as_json(self) -> Mapping[str, JsonValue]:
        """As it is told and recorded."""
        return {
            "count": self.count,
            "errors": self.wrong,
            "failed": self.failed,
            "p95_ms": round(self.within(0.95) * 1000, 2),
        }


@dataclass(slots=True)
class Window:
    """The last ten minutes of one release, or its last ``least`` requests.

    ``answers`` counts all of them, by verdict.
    """

    now: Callable[[], float]
    least: int = 1
    answers: Counter[str] = field(default_factory=Counter)
    _slices: deque[tuple[int, dict[str, Figures]]] = field(default_factory=deque)

    def add(self, name: str, seconds: float, *, wrong: bool, failed: bool) -> None:
        """Something of this name came to its end."""
        number = int(self.now() / _SLICE)
        if not self._slices or self._slices[-1][0] != number:
            self._slices.append((number, {}))
            self._forget(number)
        found = self._slices[-1][1]
        figures = found.get(name)
        if figures is None:
            if len(found) >= _MOST_NAMES:
                return
            figures = found[name] = Figures()
        figures.add(seconds, wrong=wrong, failed=failed)

    def figures(self) -> dict[str, Figures]:
        """What is counted now, by name."""
        self._forget(int(self.now() / _SLICE))
        told: dict[str, Figures] = {}
        for _, found in self._slices:
            for name, figures in found.items():
                told.setdefault(name, Figures()).join(figures)
        return told

    def _forget(self, number: int) -> None:
        old = number - _SLICES
        if not self._slices or self._slices[0][0] > old:
            return
        left = sum(map(_requests, self._slices))
        while self._slices and self._slices[0][0] <= old:
            left -= _requests(self._slices[0])
            if left < self.least:
                return
            self._slices.popleft()

    def over(self, observe: Observer, *, alarms: bool = True) -> Observer:
        """An observer that counts what it passes on.

        Without ``alarms`` nobody is told of steps that keep failing: whoever tries
        something judges it here.
        """

        def counting(event: Event) -> None:
            kind = event.__class__
            if kind is StepSettled:
                self._settled(event)  # type: ignore[arg-type]
            elif kind is Answered:
                self._answered(event)  # type: ignore[arg-type]
            elif kind is StepWatched and not alarms:
                return
            observe(event)

        return counting

    def _settled(self, event: StepSettled) -> None:
        if event.status != "skipped":
            wrong = event.status == "failed"
            name = f"step {event.step.step}"
            self.add(name, event.seconds, wrong=wrong, failed=wrong)

    def _answered(self, event: Answered) -> None:
        wrong, failed = event.verdict != "whole", event.verdict == "failed"
        self.answers[event.verdict] += 1
        self.add(REQUESTS, event.seconds, wrong=wrong, failed=failed)


def _requests(slice_: tuple[int, dict[str, Figures]]) -> int:
    found = slice_[1].get(REQUESTS)
    return found.count if found else 0


def _place(seconds: float) -> int:
    return max(0, ceil(log(max(seconds, _FINEST) / _FINEST) / _STEP))


def _seconds(place: int) -> float:
    return float(_FINEST * 1.05**place)
