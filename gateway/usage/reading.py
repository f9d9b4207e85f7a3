"""Folders of counts → who used what, since when.

In charge of believing little of what stands there: a line that is none is counted and
left out. Must never change a file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import orjson

from gateway.record import Model, replace
from gateway.usage.model import OTHERS, User
from gateway.usage.writing import days_in

_LONGEST_LINE = 4_000_000


class Row(Model, frozen=True):
    """One user's document: how often it was asked for, and when last (a day)."""

    document: str
    user: User
    uses: frozenset[str]
    count: int
    last: str


@dataclass(slots=True)
class Usage:
    """What was counted. ``unreadable`` are lines that are none.

    ``days`` are the first and the last that something was counted on.
    """

    rows: tuple[Row, ...] = ()
    unreadable: int = 0
    days: tuple[date, date] | None = None
    fields: Mapping[str, tuple[Row, ...]] = field(init=False)

    def __post_init__(self) -> None:
        found: dict[str, list[Row]] = {}
        for row in self.rows:
            for one in row.uses:
                found.setdefault(one, []).append(row)
        self.fields = {name: tuple(rows) for name, rows in found.items()}

    @property
    def requests(self) -> int:
        """How many there were."""
        return sum(row.count for row in self.rows)

    @property
    def uncounted(self) -> int:
        """Requests of which nobody knows what they used."""
        return sum(row.count for row in self.rows if row.document == OTHERS)


def read_usage(folders: Iterable[Path], since: date | None = None) -> Usage:
    """Everything that was counted from a day on.

    Raises:
        OSError: a file cannot be read.
    """
    rows: dict[tuple[str, User], Row] = {}
    unreadable, days = 0, set()
    for folder in folders:
        for path, day in days_in(folder):
            if since is not None and day < since:
                continue
            reading = _Reading()
            for row in reading.rows(path):
                days.add(day)
                key = row.document, row.user
                rows[key] = _added(rows.get(key), row)
            unreadable += reading.unreadable
    found = tuple(sorted(rows.values(), key=lambda one: (-one.count, one.user)))
    return Usage(found, unreadable, (min(days), max(days)) if days else None)


def _added(before: Row | None, row: Row) -> Row:
    if before is None:
        return row
    return replace(
        before,
        uses=before.uses | row.uses,
        count=before.count + row.count,
        last=max(before.last, row.last),
    )


@dataclass(slots=True)
class _Reading:
    """One file: what its documents use stands before who asked for them."""

    unreadable: int = 0
    uses: dict[str, frozenset[str]] = field(default_factory=dict)

    def rows(self, path: Path) -> Iterator[Row]:
        with path.open("rb") as file:
            for line in file:
                content = _content(line)
                document = content.get("document") if content else None
                if content is None or not isinstance(document, str):
                    self.unreadable += 1
                elif isinstance(content.get("uses"), list):
                    self.uses[document] = frozenset(map(str, content["uses"]))  # type: ignore[call-overload]
                else:
                    yield from self._row(document, content)

    def _row(self, document: str, content: Mapping[str, object]) -> Iterator[Row]:
        count, at = content.get("count"), content.get("at")
        if not isinstance(count, int) or not isinstance(at, str) or count < 1:
            self.unreadable += 1
            return
        user = User(*(str(content.get(name) or "") for name in User.__slots__))
        yield Row(document, user, self.uses.get(document, frozenset()), count, at[:10])


def _content(line: bytes) -> Mapping[str, object] | None:
    if len(line) > _LONGEST_LINE or not line.endswith(b"\n"):
        return None
    try:
        found = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    return found if isinstance(found, dict) else None
