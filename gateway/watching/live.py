"""Requests and events of one process for people who look on.

In charge of joining what is kept with the feed that readers follow. Must never wait,
nor be there where nobody may look.
"""

from __future__ import annotations

from secrets import token_hex
from typing import Final

import orjson

from gateway.clock import Clock
from gateway.record import Struct, field
from gateway.telemetry.events import Event
from gateway.watching.feed import Feed
from gateway.watching.happening import told_of
from gateway.watching.model import Ended
from gateway.watching.recent import Recent

READERS: Final = 8
"""How many may follow one process at a time."""


class Live(Struct, eq=False):
    """What is kept of one process, and who follows it.

    ``boot`` names the process: its numbers mean nothing in another one.
    """

    clock: Clock
    boot: str = field(default_factory=lambda: token_hex(4))
    recent: Recent = field(default_factory=lambda: Recent(""))
    feed: Feed = field(default_factory=Feed)
    readers: int = 0

    def __post_init__(self) -> None:
        self.recent.boot = self.boot

    def over(self, ended: Ended) -> None:
        """A request has ended."""
        seen = self.recent.over(ended, self.clock.now())
        if seen is not None:
            self.feed.tell("request", orjson.dumps(seen.facts))

    def hear(self, event: Event) -> None:
        """Something happened to the gateway."""
        told = told_of(event)
        if told is not None:
            at = self.clock.wall().isoformat(timespec="milliseconds")
            self.feed.tell("happened", orjson.dumps({"at": at, **told}))

    def clear(self) -> None:
        """Forget what was kept: nobody may look any more."""
        self.recent.clear()
        self.feed.clear()
