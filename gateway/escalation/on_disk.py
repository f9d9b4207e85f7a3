"""The rolls of incidents in a directory, for the processes of one host.

In charge of one small file for each alarm, changed under a lock. The wall clock is the
same for all who share a disk of this machine. Must never be asked on the loop's thread:
a disk may be slow.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TypedDict, cast

from gateway.cache.rolls import LEASE, MEMORY, Joined, Left
from gateway.clock import Clock
from gateway.record import Struct, field
from gateway.values import digest


class _Roll(TypedDict):
    """As written: times are unix seconds. An empty ``id`` is no incident."""

    id: str
    hurt: int
    well: float | None
    at: dict[str, float]


def _nobody() -> _Roll:
    return {"id": "", "hurt": 0, "well": None, "at": {}}


class RollsOnDisk(Struct):
    """The rolls in ``folder``, which is made when it is needed."""

    folder: Path
    clock: Clock
    _made: bool = field(default=False)

    async def join(self, alarm: str, who: str, incident: str) -> Joined:
        """As the contract says; raises `OSError`."""
        return await asyncio.to_thread(self._join, alarm, who, incident)

    async def leave(
        self, alarm: str, who: str, hurt: int, *, answered: bool
    ) -> Left | None:
        """As the contract says; raises `OSError`."""
        leave = partial(self._leave, alarm, who, hurt, answered=answered)
        return await asyncio.to_thread(leave)

    async def close(self) -> None:
        """There is nothing to give up."""

    def _join(self, alarm: str, who: str, incident: str) -> Joined:
        with self._roll(alarm) as roll:
            now = self.clock.wall().timestamp()
            if max(roll["at"].values(), default=now) < now - MEMORY:
                roll.update(_nobody())
            first, roll["id"] = not roll["id"], roll["id"] or incident
            if who not in roll["at"]:
                roll["well"] = None  # it has seen failures, whatever was said before
            roll["at"][who] = now + LEASE
            well = roll["well"]
            return Joined(roll["id"], first, None if well is None else now - well)

    def _leave(self, alarm: str, who: str, hurt: int, *, answered: bool) -> Left | None:
        with self._roll(alarm) as roll:
            if not roll["id"]:
                return None
            now = self.clock.wall().timestamp()
            roll["at"].pop(who, None)
            roll["hurt"] += hurt
            left = Left(
                roll["id"], max(roll["at"].values(), default=now) <= now, roll["hurt"]
            )
            if left.last:
                roll.update(_nobody())
            elif answered:
                roll["well"] = now
            return left

    @contextlib.contextmanager
    def _roll(self, alarm: str) -> Iterator[_Roll]:
        """The roll, nobody else's meanwhile; written at the end."""
        if not self._made:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._made = True
        path = self.folder / f"{digest(alarm)}.json"
        with path.open("a+", encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.seek(0)
            roll = _read(file.read())
            yield roll
            file.seek(0)
            file.truncate()
            file.write(json.dumps(roll) if roll["id"] else "")
            file.flush()


def _read(text: str) -> _Roll:
    """What stands there; what a killed process left half written is nobody's."""
    try:
        found = json.loads(text)
    except ValueError:
        return _nobody()
    known = isinstance(found, dict) and found.keys() == _nobody().keys()
    return cast("_Roll", found) if known else _nobody()
