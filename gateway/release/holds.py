"""The holds of one channel in a store: asked, added to, ended; and kept on disk.

In charge of what is true of them whatever the store: whoever comes second has his hold
beside the first one's, and none is lost.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Sequence
from pathlib import Path

import orjson

from gateway.clock import Clock
from gateway.record import Model
from gateway.release import holding
from gateway.release.activation import Actor
from gateway.release.holding import Change
from gateway.release.model import LostRaceError, ReleaseError
from gateway.release.stores.base import Store

_TRIES = 20
_FILE = "holds.json"


def log_of_holds(channel: str) -> str:
    """The name of a channel's log of holds."""
    return f"holds.{channel}"


class Holds(Model, frozen=True):
    """The holds of a channel: of every gateway that follows it."""

    store: Store
    channel: str
    clock: Clock

    @property
    def place(self) -> str:
        """What people are told the store is called."""
        return self.store.place

    def history(self, most: int = 100) -> Sequence[Change]:
        """The newest entries of the log, oldest first."""
        last, found = self.store.entries(log_of_holds(self.channel), most)
        first = last - len(found) + 1
        return [holding.read(raw, number) for number, raw in enumerate(found, first)]

    def newest(self) -> Change | None:
        """The entry that says what is held; None where nothing ever was."""
        return next(iter(self.history(1)), None)

    def hold(self, step: str, actor: Actor, span: float | None) -> Change:
        """Hold a step for so many seconds; None: until somebody ends it.

        Raises:
            ReleaseError: it cannot be held so.
        """
        now = self.clock.wall
        return self._appended(lambda b: holding.holding(b, step, actor, now(), span))

    def unhold(self, step: str, actor: Actor) -> Change:
        """End a hold.

        Raises:
            NotHeldError: there is none.
        """
        now = self.clock.wall
        return self._appended(lambda b: holding.releasing(b, step, actor, now()))

    def _appended(self, make: Callable[[Change | None], Change]) -> Change:
        """Holds are about different things: whoever is second just goes on top."""
        for _ in range(_TRIES):
            entry = make(self.newest())
            raw, log = holding.written(entry), log_of_holds(self.channel)
            if self.store.append(log, raw, number=entry.number):
                return entry
        raise LostRaceError("others change holds all the time", hint="try again")


class LastHolds(Model, frozen=True):
    """The last known holds, on disk; ``folder`` None keeps nothing."""

    folder: Path | None
    channel: str

    def read(self) -> Change | None:
        """What was known last; None where that cannot be told."""
        if self.folder is None:
            return None
        try:
            said = orjson.loads((self.folder / _FILE).read_bytes())
            if said["channel"] != self.channel:
                return None
            entry = said["entry"]
            return holding.read(orjson.dumps(entry), int(entry["number"]))
        except (OSError, ValueError, KeyError, TypeError, ReleaseError):
            return None

    def write(self, change: Change) -> None:
        """Keep this; a disk that does not take it costs a start without the store."""
        if self.folder is None:
            return
        said = {"channel": self.channel, "entry": change.as_json()}
        fresh = self.folder / f".holds-{os.getpid()}.new"
        with contextlib.suppress(OSError):
            self.folder.mkdir(parents=True, exist_ok=True)
            fresh.write_bytes(orjson.dumps(said))
            fresh.replace(self.folder / _FILE)
