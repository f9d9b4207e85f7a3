"""Rows in, answers out: so many at a time, as fast as the slowest of disk and sources.

In charge of which rows are under way and of when what came is saved. Rows are told in
the order in which they end. A row costs no task: its answer comes by a callback.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum

from gateway.clock import Clock
from gateway.doors.export.binding import Binding
from gateway.doors.export.mark import Mark
from gateway.doors.export.rows import Bad, Chunk, Found, InputError, Row, Rows
from gateway.doors.export.writing import Writing
from gateway.generation import Generation
from gateway.passage import Passage
from gateway.pipeline import Pipeline
from gateway.record import Model, replace
from gateway.request.model import Asking, RequestContext
from gateway.response.model import Answer, Verdict
from gateway.schema.encoding import to_json

_SAVED_EVERY = 1.0
"""Seconds; at most as much is asked for again after a kill."""
_MOST_HELD = 4 * 1024 * 1024
"""Bytes of answers in memory before nothing new is started."""
_IN_A_ROW = 100
"""Rows that start in one turn of the loop, at most."""


class End(Enum):
    """Why a run is over."""

    WHOLE = "whole"
    STOPPED = "stopped"
    TOO_MANY = "too many errors"


class Question(Model, frozen=True):
    """The same question for every row, and who asks it."""

    pipeline: Pipeline
    generation: Generation
    asking: Asking
    request: RequestContext
    binding: Binding

    def context(self, number: int, clock: Clock) -> RequestContext:
        """A row is a request of its own, with its own time."""
        return self.request._replace(
            request_id=f"{self.request.request_id}-{number}",
            started=clock.now(),
            time=clock.wall(),
        )


@dataclass(slots=True)
class Run:
    """One export from its mark to its end."""

    question: Question
    rows: Rows
    writing: Writing
    mark: Mark
    concurrency: int = 32
    most_failed: int | None = None
    ready: deque[Found] = field(default_factory=deque)
    flying: dict[int, Passage] = field(default_factory=dict)
    owed: set[int] = field(init=False)
    through: int = field(init=False)
    done: int = field(init=False)
    failed: int = field(init=False)
    bad: int = field(init=False)
    ended: End | None = None
    _failed_before: int = field(init=False)
    _lines: list[bytes] = field(default_factory=list)
    _wrong: list[bytes] = field(default_factory=list)
    _held: int = 0
    _filling: bool = False
    _turn: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        mark = self.mark
        self.owed, self.through = set(mark.owed), mark.through
        self.done, self.failed, self.bad = mark.done, mark.failed, mark.bad
        self._failed_before = self.failed + self.bad

    def stop(self) -> None:
        """Start nothing more; what is under way is asked for again another time."""
        self.ended = self.ended or End.STOPPED
        self._turn.set()

    async def finish(self) -> End:
        """Run to the end of the rows, or until it is stopped. All that counts is saved.

        Raises:
            InputError: the rest of the file cannot be read.
            OSError: a file cannot be written.
        """
        clock = self.question.pipeline.clock
        self.writing.open(self.mark)
        chunks, more, broken = iter(self.rows.chunks()), True, None
        await self._save()  # a kill before the first row is one like any other
        saved = clock.now()
        try:
            while self.ended is None:
                if more and len(self.ready) < self.concurrency:
                    try:
                        more = self._take(await asyncio.to_thread(next, chunks, None))
                    except InputError as error:
                        more, broken = False, error
                self._fill()
                if not (more or self.ready or self.flying):
                    self.ended = End.WHOLE
                due = saved + _SAVED_EVERY - clock.now()
                if due <= 0 or self._held >= _MOST_HELD:
                    await self._save()
                    saved = clock.now()
                elif self.ended is None and not (
                    more and len(self.ready) < self.concurrency
                ):
                    await self._wait(due)
            if broken is not None and self.ended is End.WHOLE:
                raise broken
            return self.ended
        finally:
            self._leave()
            try:
                await self._save()
            finally:
                self.writing.close()

    async def _wait(self, seconds: float) -> None:
        """Until something ends, or it is time to save."""
        try:
            async with asyncio.timeout(seconds):
                await self._turn.wait()
        except TimeoutError:
            return
        self._turn.clear()
        await asyncio.sleep(0)  # a turn for everything else, where answers come at once

    def _take(self, chunk: Chunk | None) -> bool:
        """Whether there were rows; those that are done already are passed by."""
        through, owed = self.mark.through, self.owed
        for found in chunk or ():
            if found.number > through or found.number in owed:
                self.ready.append(found)
        return chunk is not None

    # -- rows, without waiting --------------------------------------------------------

    def _fill(self) -> None:
        """Start rows while there is room; not in depth where answers come at once."""
        if self._filling:
            return
        self._filling, started = True, 0
        try:
            while self._has_room() and started < _IN_A_ROW:
                self._start(self.ready.popleft())
                started += 1
        finally:
            self._filling = False
        if len(self.ready) < self.concurrency or started == _IN_A_ROW:
            self._turn.set()

    def _has_room(self) -> bool:
        return (
            bool(self.ready)
            and len(self.flying) < self.concurrency
            and self._held < _MOST_HELD
            and self.ended is None
        )

    def _start(self, found: Found) -> None:
        number = found.number
        self.through = max(self.through, number)
        self.owed.add(number)
        if isinstance(found, Bad):
            self._spoiled(found, found.reason)
            return
        question = self.question
        try:
            variables = question.binding.variables(found.values, text=self.rows.text)
        except ValueError as error:
            self._spoiled(found, str(error))
            return
        passage = Passage(
            question.pipeline,
            question.generation,
            question.asking._replace(variables=variables),
            question.context(number, question.pipeline.clock),
            self._hears(found),
        )
        self.flying[number] = passage
        passage.begin()

    def _hears(self, row: Row) -> Callable[[Answer], None]:
        def done(answer: Answer) -> None:
            del self.flying[row.number]
            if answer.verdict is Verdict.REFUSED:
                self._spoiled(row, "; ".join(e.message for e in answer.errors))
            else:
                self._answered(row, answer)
            self._fill()
            self._turn.set()

        return done

    def _answered(self, row: Row, answer: Answer) -> None:
        key = self.question.binding.key(row.values)
        line = to_json(_told(row.number, key, answer.as_sent())) + b"\n"
        self._lines.append(line)
        self._held += len(line)
        self.owed.discard(row.number)
        self.done += 1
        if answer.verdict is Verdict.FAILED:
            self.failed += 1
            self._count()

    def _spoiled(self, found: Found, reason: str) -> None:
        """A row that could not be asked for: it is told, and the others go on."""
        told: dict[str, object] = {"row": found.number}
        if found.line is not None:
            told["line"] = found.line
        if isinstance(found, Row):
            told["key"] = self.question.binding.key(found.values)
        line = to_json({**told, "reason": reason}) + b"\n"
        self._wrong.append(line)
        self._held += len(line)
        self.owed.discard(found.number)
        self.bad += 1
        self._count()

    def _count(self) -> None:
        most, now = self.most_failed, self.failed + self.bad
        if most is not None and now - self._failed_before > most:
            self.ended = self.ended or End.TOO_MANY

    def _leave(self) -> None:
        flying, self.flying = self.flying, {}
        for passage in flying.values():
            passage.leave()

    async def _save(self) -> None:
        """What has ended so far, and the mark that says so."""
        lines, wrong = self._lines, self._wrong
        self._lines, self._wrong, self._held = [], [], 0
        mark = replace(
            self.mark,
            through=self.through,
            owed=sorted(self.owed),
            done=self.done,
            failed=self.failed,
            bad=self.bad,
        )
        await asyncio.to_thread(self.writing.save, lines, wrong, mark)


def _told(
    number: int, key: Mapping[str, object], body: Mapping[str, object]
) -> dict[str, object]:
    """A line of the output."""
    told: dict[str, object] = {"row": number, "key": key, "data": body.get("data")}
    if "errors" in body:
        told["errors"] = body["errors"]
    return told
