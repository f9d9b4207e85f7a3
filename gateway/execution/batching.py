"""Batches: the keys of all parents that are ready, in few calls, joined by value.

Every key is asked once in a request, whichever list it stands in. Each key has an
outcome of its own: a missing one or a failed chunk never spoils the others.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from gateway.clock import Deadline
from gateway.errors import Code
from gateway.execution.attempt import (
    Prepared,
    Tally,
    concluded,
    inputs_of,
    other_inputs,
    unless_wanted,
)
from gateway.execution.join import parents_of
from gateway.execution.model import (
    Failed,
    Failure,
    Join,
    Ok,
    Provenance,
    Skipped,
    StepResult,
)
from gateway.execution.reading import Reader, evaluated
from gateway.execution.sending import Sending
from gateway.execution.sharing import Flight, KeyText, Trip
from gateway.plan.model import PlannedStep
from gateway.profile.model import Batch
from gateway.values import canonical


@dataclass(frozen=True, slots=True)
class Batching:
    """One entity step that asks in batches, at work."""

    planned: PlannedStep
    batch: Batch
    reader: Reader
    sending: Sending
    deadline: Deadline
    tally: Tally

    async def outcome(self) -> StepResult:
        """An `Ok` that holds a `Join`; failures are the parents' own."""
        base = self.reader.scope(replace(self.planned.scope, own=None), None)
        if isinstance(base, Skipped):
            return base
        join = Join()
        waiting: dict[KeyText, tuple[object, list[object]]] = {}
        for parent in parents_of(self.planned, self.reader):
            key = self._key(parent)
            if isinstance(key, Ok | Failed | Skipped):
                join.settle(parent, key)
            else:
                waiting.setdefault(key_text(key), (key, []))[1].append(parent)
        asking = {text: key for text, (key, _) in waiting.items()}
        outcomes = await self._ask(asking, base)
        for text, (_, those) in waiting.items():
            for each in those:
                join.settle(each, outcomes[text])
        return Ok(join, Provenance.UPSTREAM)

    def _key(self, parent: object) -> object | StepResult:
        """What a parent is asked for by; null keys have no child and no call."""
        scope = self.reader.scope(self.planned.scope, parent)
        if isinstance(scope, Skipped):
            return scope
        unwanted = unless_wanted(self.planned.step, scope)
        if unwanted is not None:
            return unwanted
        key = evaluated(self.batch.key, scope)
        parts = key.values() if isinstance(key, Mapping) else (key,)
        if key is None or any(part is None for part in parts):
            return self._nothing()
        return key

    def _nothing(self) -> Ok:
        return Ok([] if self.batch.many else None, Provenance.STATIC)

    async def _ask(
        self, keys: Mapping[KeyText, object], base: Mapping[str, object]
    ) -> Mapping[KeyText, StepResult]:
        """The outcome of every key; only those not asked before are asked."""
        step, flights, most = self.planned.step, self.sending.flights, self.batch.most
        blank = inputs_of(step, {**base, "keys": []})
        # An expression that cannot do without a key shares with nobody but itself.
        others = other_inputs(step, {**base, "keys": []})
        own = canonical([blank, others]) if isinstance(blank, dict) else self.planned.id
        call = (id(step.target), own)
        fresh = [text for text in keys if flights.asked(call, text) is None]
        for chunk in (fresh[n : n + most] for n in range(0, len(fresh), most)):
            asking = partial(self._chunk, {text: keys[text] for text in chunk}, base)
            flights.ask(call, chunk, Flight.start(self.deadline, asking))
        flying = {text: flights.asked(call, text) for text in keys}
        distinct = {id(flight): flight for flight in flying.values() if flight}
        waits = (flight.wait(self.deadline) for flight in distinct.values())
        came = await asyncio.gather(*waits)
        known = {text: outcome for chunk in came for text, outcome in chunk.items()}
        return {text: known[text] for text in keys}

    async def _chunk(
        self, keys: Mapping[KeyText, object], base: Mapping[str, object], trip: Trip
    ) -> Mapping[KeyText, StepResult]:
        """What one call comes to, for each of its keys."""
        step = self.planned.step
        scope = {**base, "keys": list(keys.values())}
        inputs = inputs_of(step, scope)
        if not isinstance(inputs, dict):
            return self._split(keys, inputs)
        others = other_inputs(step, scope)
        key = (id(step.target), canonical([inputs, others]))
        joined = others and self._joined(others)
        ready = Prepared(self._joined(inputs), key, scope, joined)
        came = await self.sending.send(step, ready, trip.until, self.tally)
        return self._split(keys, concluded(step, came, scope))

    def _joined(self, inputs: dict[str, object]) -> dict[str, object]:
        """``join: ","`` makes one text of the lists in query parameters."""
        joint = self.batch.join
        if joint is None:
            return inputs
        return {
            name: joint.join(map(str, value))
            if name.startswith("query.") and isinstance(value, list)
            else value
            for name, value in inputs.items()
        }

    def _split(
        self, keys: Mapping[KeyText, object], result: StepResult
    ) -> Mapping[KeyText, StepResult]:
        """A chunk's result as one for each of its keys."""
        if not isinstance(result, Ok):
            return dict.fromkeys(keys, result)
        rows = rows_by_key(result.value, self.batch)
        if isinstance(rows, Failed):
            return dict.fromkeys(keys, rows)
        return {text: self._row(rows.get(text), result.provenance) for text in keys}

    def _row(self, rows: Sequence[object] | None, provenance: Provenance) -> StepResult:
        if rows:
            return Ok(list(rows) if self.batch.many else rows[0], provenance)
        if self.batch.strict:
            message = "The source has no answer for this key."
            return Failed(Failure(Code.UPSTREAM_MISSING, message, attempts=1))
        return Ok([] if self.batch.many else None, provenance)


def key_text(key: object) -> KeyText:
    """A key as text: ``1`` and ``"1"`` are one key, as JSON sources mix them."""
    if isinstance(key, Mapping):
        return canonical({name: str(part) for name, part in key.items()})
    return str(key).encode()


def rows_by_key(
    value: object, batch: Batch
) -> Mapping[KeyText, Sequence[object]] | Failed:
    """A reply's rows by the key they belong to; a map without ``by`` has them as is."""
    found: dict[KeyText, list[object]] = {}
    if value is None:
        return found
    if batch.by is None and isinstance(value, Mapping):
        return {
            key_text(key): rows if isinstance(rows, list) and batch.many else [rows]
            for key, rows in value.items()
            if rows is not None
        }
    if batch.by is None or not isinstance(value, list | tuple):
        message = "The source's answer is no list of rows with a key."
        return Failed(Failure(Code.UPSTREAM_INVALID, message, attempts=1))
    for row in value:
        key = _row_key(row, batch.by) if isinstance(row, Mapping) else None
        if key is not None:
            found.setdefault(key, []).append(row)
    return found


def _row_key(row: Mapping[str, object], by: str | Mapping[str, str]) -> KeyText | None:
    """Whose row it is; None where it does not say: nobody asks for null."""
    if isinstance(by, str):
        key = row.get(by)
        return None if key is None else key_text(key)
    parts = {part: row.get(column) for column, part in by.items()}
    return None if None in parts.values() else key_text(parts)
