"""Short words of these tests: a clock that is set by hand, and entries."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from gateway.cache.base import Entry
from gateway.connectors.base import Reply


@dataclass(slots=True)
class HandClock:
    """Both of its times go on only by hand. It begins on the machine's own day."""

    seconds: float = 100.0
    day: datetime = field(default_factory=lambda: datetime.now(UTC))

    def now(self) -> float:
        return self.seconds

    def wall(self) -> datetime:
        return self.day

    def unix(self) -> float:
        return self.day.timestamp()

    def pass_by(self, seconds: float) -> None:
        self.seconds += seconds
        self.day += timedelta(seconds=seconds)


def entry_of(clock: HandClock, body: object = "Ada", *, keep: float = 60.0) -> Entry:
    """A reply that was stored now; half of the time that it is kept it is fresh."""
    now = clock.unix()
    return Entry(Reply(body), now, now + keep / 2, now + keep)
