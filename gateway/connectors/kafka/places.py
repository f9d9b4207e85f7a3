"""Where somebody is in a topic, as text; and what a record says, as an event.

Pure: knows nothing of a connection. See Note [where somebody is].
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple, Protocol

from gateway.connectors.rendering import rejected
from gateway.connectors.streams.base import StreamEvent
from gateway.connectors.streams.reading import Reading, event_of

# Note [where somebody is]
# A topic has no order of its own, only its partitions have. So the place behind an
# event is what is read next of each, as in `0:42,1:7` of two. A partition that a place
# does not name was added since; what it says is read from its beginning.

_PLACE = re.compile(r"\d{1,9}:\d{1,18}(,\d{1,9}:\d{1,18}){0,9999}")


class Kept(NamedTuple):
    """What a partition keeps: offsets from ``first`` to before ``end``."""

    first: int
    end: int


class Record(Protocol):
    """What the library hands out."""

    @property
    def topic(self) -> str: ...
    @property
    def partition(self) -> int: ...
    @property
    def offset(self) -> int: ...
    @property
    def key(self) -> bytes | None: ...
    @property
    def value(self) -> bytes | None: ...
    @property
    def headers(self) -> Iterable[tuple[str, bytes | None]]: ...


def written(places: Mapping[int, int]) -> str:
    """Places as text."""
    return ",".join(f"{number}:{places[number]}" for number in sorted(places))


def read(text: str) -> dict[int, int]:
    """Places out of text.

    Raises:
        UpstreamError: rejected, for what nobody was ever told.
    """
    if not _PLACE.fullmatch(text):
        raise rejected("There is no such event to go on after.")
    pairs = [each.split(":") for each in text.split(",")]
    found = {int(number): int(offset) for number, offset in pairs}
    if len(found) != len(pairs):
        raise rejected("There is no such event to go on after.")
    return found


def begun(kept: Mapping[int, Kept], after: str | None) -> dict[int, int]:
    """What is read first of each partition: what comes now, or behind a place.

    Raises:
        UpstreamError: rejected, where a partition keeps that no more or never did.
    """
    if after is None:
        return {number: each.end for number, each in kept.items()}
    places = read(after)
    for number, offset in places.items():
        held = kept.get(number)
        if held is None or not held.first <= offset <= held.end:
            raise rejected("The event to go on after is not kept any more.")
    return {number: places.get(number, each.first) for number, each in kept.items()}


def told(record: Record, reading: Reading, place: str) -> StreamEvent:
    """A record as an event; one without a value (a tombstone) says null."""
    headers = _headers(record)
    if record.value is None:
        return StreamEvent(None, place, headers)
    return event_of(record.value, reading, place, headers)


def _headers(record: Record) -> Mapping[str, str]:
    """Those of the record, and what Kafka knows of it, which they cannot change."""
    found = {name.lower(): _text(value) for name, value in record.headers}
    found |= {"topic": record.topic, "partition": str(record.partition)}
    found |= {"offset": str(record.offset)}
    found.pop("key", None)
    if record.key is not None:
        found["key"] = _text(record.key)
    return found


def _text(value: bytes | None) -> str:
    return "" if value is None else value.decode(errors="replace")
