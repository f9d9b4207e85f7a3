"""A recording run again under another configuration: no network, its own time.

In charge of answering each call from the recording: by what it asks, else by its step,
else not at all, which is told. Must never open a source, nor make a reply up.
"""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import cast

import orjson

from gateway.clock import Deadline, LoopClock
from gateway.comparing.answers import (
    Difference,
    Differs,
    data_differences,
    error_differences,
)
from gateway.connectors.base import Reply
from gateway.errors import Code
from gateway.execution.calls.calling import Calling
from gateway.execution.calls.sayings import failed
from gateway.execution.calls.sending import Sending
from gateway.execution.calls.sharing import Flight, Landed
from gateway.execution.calls.verdicts import no_answer
from gateway.execution.model import Failed, Failure
from gateway.generation import Generation
from gateway.pipeline import Pipeline
from gateway.profile.model import Sharing
from gateway.record import Model
from gateway.recording.making import key_of
from gateway.recording.reading import RecordedCall, Recording
from gateway.recording.rendered import rendered
from gateway.recording.spelling import plain
from gateway.request.adapter import flagged
from gateway.taping import heard_by
from gateway.telemetry.events import Crashed, Event
from gateway.testing.virtual import DeadlockError, run_virtual
from gateway.values import JsonValue

UNRECORDED = Failed(
    Failure(Code.UPSTREAM_UNREACHABLE, "Nobody recorded an answer to this call.")
)
"""What a call comes to that is new: nothing is made up."""


@dataclass(frozen=True, slots=True)
class Calls:
    """Calls by step: ``recorded`` and ``made`` ones, and what is odd among these.

    ``otherwise`` ask for something else than their step did in the recording, whose
    reply they got; ``new`` ones got none.
    """

    recorded: Counter[str] = field(default_factory=Counter)
    made: Counter[str] = field(default_factory=Counter)
    otherwise: Counter[str] = field(default_factory=Counter)
    new: Counter[str] = field(default_factory=Counter)


class Replayed(Model, frozen=True):
    """A recording and what would be otherwise. ``crashes`` are bugs of the gateway."""

    recording: Recording
    differences: tuple[Difference, ...]
    calls: Calls
    crashes: tuple[str, ...] = ()


@dataclass(slots=True)
class Book:
    """The calls of a recording, each handed out once before any is twice."""

    calls: Sequence[RecordedCall]
    counts: Calls = field(default_factory=Calls)
    _by_key: dict[str, list[RecordedCall]] = field(init=False)
    _unused: list[RecordedCall] = field(init=False)

    def __post_init__(self) -> None:
        found: dict[str, list[RecordedCall]] = defaultdict(list)
        for one in self.calls:
            found[one.key].append(one)
            self.counts.recorded[one.step] += 1
        self._by_key, self._unused = dict(found), list(self.calls)

    def take(self, step: str, key: str) -> RecordedCall | None:
        """The call that asked the same, else one of its step; None for a new one."""
        self.counts.made[step] += 1
        same = self._by_key.get(key)
        if same:
            own = [one for one in same if one.step == step] or same
            found = next((one for one in own if one in self._unused), own[-1])
        else:
            later = (one for one in self._unused if one.step == step)
            other = next(later, None)
            if other is None:
                self.counts.new[step] += 1
                return None
            self.counts.otherwise[step] += not other.derived
            found = other
        self._unused = [one for one in self._unused if one is not found]
        return found


@dataclass(slots=True)
class Answering:
    """Stands in the place of every source, for one request."""

    book: Book

    def __call__(
        self, sending: Sending, calling: Calling, deadline: Deadline
    ) -> tuple[Flight[Landed], bool]:
        """A flight that comes to what was recorded, after as long."""
        step, way = calling.step, calling.way
        asked = step.source, way.wire.key
        known = None if step.share is Sharing.NONE else sending.flights.known(asked)
        if known is not None:
            return known, True
        shown = {name: plain(value) for name, value in rendered(way.call).items()}
        name = f"{step.origin}.{step.name}"
        found = self.book.take(name, key_of(shown))
        flight = Flight[Landed](deadline)
        sending.flights.keep(asked, flight)
        if found is None:
            flight.land(Landed(UNRECORDED, 0))
        elif found.landed is not None:
            self._land_later(flight, found.landed, found.seconds, step.timeout)
        return flight, False

    @staticmethod
    def _land_later(
        flight: Flight[Landed], landed: Landed, seconds: float, timeout: float
    ) -> None:
        """When it came, unless the step does not wait as long any more."""
        alone = landed.attempts == 1 and isinstance(landed.reply, Reply)
        if alone and seconds > timeout:
            landed, seconds = Landed(failed(no_answer(timeout), 1)), timeout
        if seconds <= 0:
            flight.land(landed)
            return
        asyncio.get_running_loop().call_later(seconds, partial(_land, flight, landed))


def _land(flight: Flight[Landed], landed: Landed) -> None:
    if not (flight.given_up or flight.is_over):
        flight.land(landed)


def replayed(recording: Recording, generation: Generation) -> Replayed:
    """A recording under a configuration, and where its answer would be another."""
    book, crashes = Book(recording.calls), list[str]()

    def observe(event: Event) -> None:
        if isinstance(event, Crashed):
            crashes.append(f"{event.where}: {event.error!r}")

    async def run() -> Mapping[str, JsonValue]:
        clock = LoopClock()
        request = recording.request._replace(started=clock.now())
        request = flagged(request, generation.admission)
        pipeline = heard_by(Pipeline(clock, observe), Answering(book), generation)
        answer = await pipeline.answer(generation, recording.asking, request)
        errors: list[JsonValue] = [
            {"path": None if one.path is None else list(one.path), "code": one.code}
            for one in answer.errors
        ]
        said = answer.as_json().get("data")
        data = orjson.loads(orjson.dumps(said, default=str))
        return {"data": data, "errors": errors, "verdict": answer.verdict.value}

    try:
        answer = run_virtual(run())
    except DeadlockError as error:
        crashes.append(str(error))
        return Replayed(recording, (), book.counts, tuple(crashes))
    found = tuple(_differences(recording, answer))
    return Replayed(recording, found, book.counts, tuple(crashes))


def _told(recording: Recording, found: Iterable[Difference]) -> Iterator[Difference]:
    """What differs, but for what is computed of pseudonyms in place of values."""
    for one in found:
        alike = type(one.before) is type(one.after)
        path = ".".join(key for key in one.place if isinstance(key, str))
        if not (one.how is Differs.VALUE and alike and path in recording.derived):
            yield one


def _differences(
    recording: Recording, answer: Mapping[str, JsonValue]
) -> Sequence[Difference]:
    errors = cast("list[Mapping[str, JsonValue]]", answer["errors"])
    found = [
        *_told(recording, data_differences(recording.data, answer["data"])),
        *error_differences(recording.errors, errors),
    ]
    if recording.verdict != answer["verdict"] and not found:
        was = recording.verdict
        found.append(Difference(Differs.VALUE, (), was, answer["verdict"]))
    return found
