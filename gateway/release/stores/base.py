"""What a store of releases is: objects that never change, logs that only grow, notes.

In charge of the contract. A log is appended to by comparing its length first, which
is all that a fleet needs to agree: no lock, no lease. Stores wait for as long as
`PATIENCE` says and no longer; they are asked in threads, never in a gateway's loop.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

PATIENCE = 3.0
"""Seconds that one question may take."""
LARGEST_ENTRY = 20_000
"""Bytes of one entry of a log."""
FETCHED = 1_000
"""Entries of a log that are looked at: what is older is kept, and not asked for."""
FRESH = 20.0
"""Seconds that a note counts, by the clock of its store."""
LARGEST_NOTE = 100_000
"""Bytes of a note: what is longer is nobody's."""


class Note(NamedTuple):
    """What a process says for a while; ``by`` names it in letters, digits, dashes."""

    by: str
    content: bytes


class Store(Protocol):
    """Every method may raise `StoreError`: it cannot be asked, or gives garbage."""

    @property
    def place(self) -> str:
        """What people are told it is called; no secret stands in it."""

    @property
    def watched(self) -> tuple[Path, ...]:
        """Folders whose change tells of a new entry; none where there are none."""

    def put(self, name: str, content: bytes) -> None:
        """Keep an object, in the place of one of that name."""

    def get(self, name: str) -> bytes | None:
        """An object's content; None where there is none."""

    def names(self) -> Sequence[str]:
        """The objects that are there, sorted."""

    def drop(self, name: str) -> None:
        """Keep an object no longer; nothing happens where there is none."""

    def logs(self) -> Sequence[str]:
        """The logs that have entries, sorted."""

    def append(self, log: str, entry: bytes, *, number: int) -> bool:
        """Add entry ``number`` (from 1) where the log has exactly those before it.

        False where it has more: somebody was faster.
        """

    def entries(self, log: str, most: int = FETCHED) -> tuple[int, Sequence[bytes]]:
        """The newest entries, oldest first, with the number of the last one."""

    def notes(self, topic: str, mine: Note | None = None) -> Mapping[str, bytes]:
        """Leave a note in the place of one's last one, and read those that are fresh.

        They are neither objects nor entries, and go by themselves. Whether one is
        fresh is told by one clock, whatever those of the processes say.
        """

    def close(self) -> None:
        """Give back what it holds open."""
