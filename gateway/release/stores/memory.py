"""A store in this process alone: for what nobody else has to hear of.

In charge of logs that end with the process. Must never wait.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from gateway.record import Struct, field
from gateway.release.stores.base import FETCHED, Note


class MemoryStore(Struct):
    """Objects and logs in maps."""

    place: str = "this process"
    watched: tuple[Path, ...] = ()
    _objects: dict[str, bytes] = field(default_factory=dict)
    _logs: dict[str, list[bytes]] = field(default_factory=dict)

    def put(self, name: str, content: bytes) -> None:
        self._objects[name] = content

    def get(self, name: str) -> bytes | None:
        return self._objects.get(name)

    def names(self) -> Sequence[str]:
        return sorted(self._objects)

    def drop(self, name: str) -> None:
        self._objects.pop(name, None)

    def logs(self) -> Sequence[str]:
        return sorted(name for name, entries in self._logs.items() if entries)

    def append(self, log: str, entry: bytes, *, number: int) -> bool:
        entries = self._logs.setdefault(log, [])
        if len(entries) != number - 1:
            return False
        entries.append(entry)
        return True

    def entries(self, log: str, most: int = FETCHED) -> tuple[int, Sequence[bytes]]:
        found = self._logs.get(log, [])
        return len(found), found[-most:]

    def notes(self, _topic: str, mine: Note | None = None) -> Mapping[str, bytes]:
        return dict([mine]) if mine else {}

    def close(self) -> None:
        """Nothing is held open."""
