"""What all processes count of one trial, so that each judges by the sum.

In charge of saying what this one counts, by a note in the store, and of hearing the
others. A note is bounded and goes by itself; what is no note of this trial is nobody's.
Must never decide anything, nor ask more often than its interval says.
"""

from __future__ import annotations

import os
import re
import secrets
import socket
from collections import Counter
from collections.abc import Iterator, Mapping

import orjson

from gateway.record import Struct, field
from gateway.release.model import StoreError
from gateway.release.stores.base import Note, Store
from gateway.trying.counting import REQUESTS, Figures
from gateway.values import JsonValue

Sides = tuple[Mapping[str, Figures], Mapping[str, Figures]]
"""What is counted of what serves, and of the candidate, by name."""
_EVERY = 2.0
"""Seconds between two notes of a process."""
_EACH = 0.06
"""Seconds more for each process of a fleet, which read one another's."""
_SLOWEST = 6.0
_MOST_NAMES = 64
"""Names of a note: those of which there is most."""
_PARTS = 4


def topic_of(channel: str) -> str:
    """Where the notes of a channel's trials are."""
    return f"trial.{channel}"


def _name() -> str:
    host = re.sub(r"[^A-Za-z0-9]+", "-", socket.gethostname())[:40]
    return f"{host}-{os.getpid()}-{secrets.token_hex(4)}"


class Heard(Struct):
    """What processes said, summed up: ``processes`` of them."""

    processes: int = 0
    stable: dict[str, Figures] = field(default_factory=dict)
    candidate: dict[str, Figures] = field(default_factory=dict)

    def add(self, sides: Sides) -> None:
        """One more process."""
        self.processes += 1
        for known, said in zip((self.stable, self.candidate), sides, strict=True):
            for name, figures in said.items():
                known.setdefault(name, Figures()).join(figures)


class Telling(Struct):
    """One process among those that try something; ``now`` counts seconds."""

    by: str = field(default_factory=_name)
    heard: Heard = field(default_factory=Heard)
    _trial: int | None = None
    _next: float = 0.0

    def due(self, trial: int, now: float) -> bool:
        """Whether it is time to say and hear again; what was heard of another goes."""
        if trial != self._trial:
            self._trial, self._next, self.heard = trial, now, Heard()
        return now >= self._next

    def exchange(self, store: Store, channel: str, sides: Sides) -> Heard:
        """Say what is counted here, and hear the others. Waits.

        A store that is away leaves this process with its own counts.
        """
        trial = self._trial or 0
        mine = Note(self.by, written(trial, sides))
        try:
            notes = dict(store.notes(topic_of(channel), mine))
        except StoreError:
            return Heard()
        notes.pop(self.by, None)
        return heard_in(notes, trial)

    def took(self, heard: Heard, now: float) -> None:
        """What came of it; the next one is an interval later."""
        self.heard = heard
        self._next = now + min(_EVERY + _EACH * heard.processes, _SLOWEST)


def heard_in(notes: Mapping[str, bytes], trial: int) -> Heard:
    """The notes of a trial, summed up; what is none of these is left out."""
    heard = Heard()
    for raw in notes.values():
        sides = _read(raw, trial)
        if sides is not None:
            heard.add(sides)
    return heard


def reported(heard: Heard) -> Mapping[str, JsonValue]:
    """The sum, as it is told: requests first, then steps by name."""
    both = (("stable", heard.stable), ("candidate", heard.candidate))
    return {
        "processes": heard.processes,
        "figures": {
            side: {
                name: figures[name].as_json()
                for name in sorted(figures, key=lambda one: (one != REQUESTS, one))
            }
            for side, figures in both
        },
    }


# -- notes ---------------------------------------------------------------------------


def written(trial: int, sides: Sides) -> bytes:
    """A note: what there is most of, each count as a few numbers."""
    told = [dict(_told(side)) for side in sides]
    return orjson.dumps({"trial": trial, "stable": told[0], "candidate": told[1]})


def _told(side: Mapping[str, Figures]) -> Iterator[tuple[str, JsonValue]]:
    most = sorted(side, key=lambda one: (one != REQUESTS, -side[one].count, one))
    for name in most[:_MOST_NAMES]:
        one = side[name]
        times: list[JsonValue] = [[place, n] for place, n in one.times.items()]
        yield name, [one.count, one.wrong, one.failed, times]


def _read(raw: bytes, trial: int) -> Sides | None:
    try:
        said = orjson.loads(raw)
        if said["trial"] != trial:
            return None
        return _side(said["stable"]), _side(said["candidate"])
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


def _side(said: Mapping[str, JsonValue]) -> Mapping[str, Figures]:
    return {str(name): _figures(one) for name, one in said.items()}


def _figures(said: JsonValue) -> Figures:
    if not isinstance(said, list) or len(said) != _PARTS:
        raise ValueError("these are no figures")
    count, wrong, failed, times = said
    if not isinstance(times, list):
        raise TypeError("these are no times")
    found: Counter[int] = Counter()
    for one in times:
        place, seen = one
        found[_number(place)] += _number(seen)
    made = Figures(_number(count), _number(wrong), _number(failed), found)
    if max(made.wrong, made.failed) > made.count or found.total() != made.count:
        raise ValueError("these figures contradict each other")
    return made


def _number(said: object) -> int:
    if type(said) is not int or said < 0:
        raise ValueError("this is no count")
    return said
