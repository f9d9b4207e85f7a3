"""Keys → what each comes to: in chunks, once in a request, together where they may.

The way of a key: what the request asked before → other lists of the request (`wait:
all`) → what is kept of it → other requests (`window`) → a call. In charge of that way
and of the calls' number; whose key it is, is `batching`'s.
"""

from __future__ import annotations

import asyncio
from collections.abc import Hashable, Mapping
from functools import partial

from gateway.clock import Deadline
from gateway.connectors.base import Reply
from gateway.execution.attempt import (
    Prepared,
    Sent,
    Tally,
    concluded,
    inputs_of,
)
from gateway.execution.calls.allowing import BEYOND
from gateway.execution.calls.asked import Expired, KeyText, Outcomes
from gateway.execution.calls.caching import Filed, audience_of, filed, is_nobody
from gateway.execution.calls.keyed import Keyed, joined
from gateway.execution.calls.retrying import trouble_with
from gateway.execution.calls.sending import Sending, sent
from gateway.execution.calls.sharing import Flight, Trip
from gateway.execution.model import Counts, StepResult, is_failure
from gateway.execution.objects.gathering import Leaving
from gateway.execution.objects.keeping import Keeping
from gateway.execution.objects.lot import (
    Lot,
    all_alike,
    by_flight,
    outcomes_of,
    rows_of,
)
from gateway.execution.objects.stems import reading_of, stem_of
from gateway.expression import EvaluationError
from gateway.plan.model import PlannedStep
from gateway.profile.model import Batch, Sharing, Step
from gateway.record import Model, field, replace

Keys = Mapping[KeyText, object]
Flying = Mapping[KeyText, Flight[Outcomes]]
_NEVER = Deadline(float("inf"))
_ALONE = Sharing.NONE


class Asking(Model, frozen=True):
    """What asks for the keys of one entity step.

    ``base`` is what its expressions read besides the keys; ``stem`` what its calls
    depend on besides them, None where that cannot be compared. ``turns`` bounds its
    calls at one time: what a source allows, so that none of them is turned away.
    """

    step: Step
    batch: Batch
    sending: Sending
    tally: Tally
    counts: Counts
    base: Mapping[str, object]
    call: Hashable
    stem: bytes | None
    turns: asyncio.Semaphore
    places: dict[KeyText, Filed | None] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        planned: PlannedStep,
        sending: Sending,
        tally: Tally,
        counts: Counts,
        base: Mapping[str, object],
    ) -> Asking:
        step = planned.step
        assert step.batch is not None, "only batches ask for keys"  # noqa: S101
        stem = stem_of(step, base)
        call = (id(step), planned.id if stem is None else stem)
        turns = asyncio.Semaphore(sending.width(step))
        return cls(step, step.batch, sending, tally, counts, base, call, stem, turns)

    def begun(
        self, keys: Keys, until: Deadline
    ) -> list[tuple[Flight[Outcomes], list[KeyText]]]:
        """The flights that come to the outcomes of all keys, each with its keys.

        Only keys that were not asked before are asked.
        """
        flights = self.sending.flights
        fresh = keys
        if flights.has_keys:
            asked = flights.asked
            fresh = {t: k for t, k in keys.items() if asked(self.call, t) is None}
        self.counts.shared += len(keys) - len(fresh)
        begun = self._begin(fresh, until)
        own = by_flight(begun)
        for flight, texts in own:
            flights.ask(self.call, texts, flight)
        if len(begun) == len(keys) and not any(one.given_up for one, _ in own):
            return own
        flying = {text: flights.asked(self.call, text) for text in keys}
        return by_flight({t: one for t, one in flying.items() if one is not None})

    def _begin(self, keys: Keys, until: Deadline) -> Flying:
        """Flights for keys that this request has not asked for."""
        if self.batch.wait_all:
            leaving = Leaving(until, self._together)
            pots, group = self.sending.pots, self.call
            flying = {}
            for text, key in keys.items():
                flying[text], known = pots.add(group, text, key, leaving)
                self.counts.shared += known
            return flying
        return self._further(keys, until)

    def _further(self, keys: Keys, until: Deadline) -> Flying:
        """Past the request's own lists: to what is kept, or to whoever asks."""
        if not keys:
            return {}
        if self.step.cache is None or self.sending.abroad is None:
            return self._sent_out(keys, until)
        lot = Flight.start(until, partial(self._beyond_kept, keys))
        return dict.fromkeys(keys, lot)

    async def _together(self, keys: Keys, trip: Trip) -> Outcomes:
        return await _landed(self._further(keys, trip.until), trip.until)

    # -- what is kept -----------------------------------------------------------------

    async def _beyond_kept(self, keys: Keys, trip: Trip) -> Outcomes:
        """What is kept of the keys; the others are asked for."""
        keeping = self._keeping(keys)
        if keeping is None:
            return await _landed(self._sent_out(keys, trip.until), trip.until)
        known = await keeping.known(keys)
        self.counts.cached += len(known.found)
        due = keeping.unrenewed(known.due)
        if due:
            places = [keeping.filed[text].key.of for text in due]
            commons, lease = keeping.abroad.commons, keeping.abroad.lease
            commons.renew(places, lease, partial(self._renewal, due))
        missing = {t: key for t, key in keys.items() if t not in known.found}
        came = await _landed(self._sent_out(missing, trip.until), trip.until)
        expired = {
            text: Expired(failed, entry)
            for text, entry in known.expired.items()
            if not isinstance(failed := came[text], Expired) and is_failure(failed)
        }
        return {**known.found, **came, **expired}

    async def _renewal(self, keys: Keys) -> None:
        """Behind the answer: no request waits for it, and none counts its calls."""
        own = replace(self, tally=Tally(self.tally.started), counts=Counts())
        await _landed(own._chunks(keys, _NEVER), _NEVER)  # noqa: SLF001 - its own

    def _keeping(self, keys: Keys) -> Keeping | None:
        abroad = self.sending.abroad
        reading = reading_of(self.step, self.base)
        if abroad is None or reading is None:
            return None
        for text, key in keys.items():
            if text not in self.places:
                self.places[text] = self._file(reading, key)
        found = {text: self.places[text] for text in keys}
        filed = {text: place for text, place in found.items() if place is not None}
        return Keeping(self.batch, abroad, self.sending.clock, filed)

    def _file(self, reading: bytes, key: object) -> Filed | None:
        """Where a key's rows are kept: by the call that would ask for it alone."""
        scope = {**self.base, "keys": [key]}
        inputs = inputs_of(self.step, scope)
        if not isinstance(inputs, dict):
            return None
        made = joined(inputs, self.batch.join)
        if not isinstance(made, dict):
            return None
        wire = self.sending.wire(self.step, made, _NEVER)
        if wire is None:
            return None
        return filed(self.step, wire, self.sending.request, self.base, reading)

    # -- calls ------------------------------------------------------------------------

    def _sent_out(self, keys: Keys, until: Deadline) -> Flying:
        """Flights of calls: with the keys of other requests, or of our own alone."""
        group, window = self._group(), self.batch.window
        abroad = self.sending.abroad
        if window is None and abroad is not None and self.step.share is not _ALONE:
            window = abroad.commons.window
        if group is None or window is None or abroad is None:
            return self._chunks(keys, until)
        leaving = Leaving(until, self._chunk, window, self.batch.most)
        flying = {}
        for text, key in keys.items():
            added = abroad.commons.pots.add(group, text, key, leaving)
            flying[text], known = added
            self.counts.shared += known
        return flying

    def _group(self) -> Hashable | None:
        """What the calls of several requests have in common that ask together."""
        request = self.sending.request
        if self.stem is None or is_nobody(self.step.cache, request):
            return None
        audience = audience_of(self.step.cache, request)
        try:
            sources = self.sending.sources_of(self.step)
        except EvaluationError:
            return None  # a header of the source cannot be made: the call says so
        return (id(self.step), self.stem, *sources, audience)

    def _chunks(self, keys: Keys, until: Deadline) -> Flying:
        flying, texts, most = {}, list(keys), self.batch.most
        if len(texts) <= most and self.step.cache is None:
            return dict.fromkeys(keys, self._flown(keys, until))
        for n in range(0, len(texts), most):
            some = {text: keys[text] for text in texts[n : n + most]}
            flight = Flight.start(until, partial(self._chunk, some))
            flying.update(dict.fromkeys(some, flight))
        return flying

    def _flown(self, keys: Keys, until: Deadline) -> Flight[Outcomes]:
        """One call for all keys, heard of when it is over: most batches are so."""
        flight = Flight[Outcomes](until)
        ready = self._prepared(keys)
        if not isinstance(ready, Prepared):
            flight.land(all_alike(keys, ready))
            return flight
        lot = Lot(self.step, keys, ready, flight)
        begun = self.sending.begin(self.step, ready, until, self.tally)
        if isinstance(begun, Sent):
            flight.land(lot.told(begun))
            return flight
        call, lot.shared = begun
        heard = lot.heard
        flight.flown_by(partial(call.leave, heard))
        call.join(until, heard)
        return flight

    async def _chunk(self, keys: Keys, trip: Trip) -> Outcomes:
        """What one call comes to, for each of its keys."""
        async with self.turns:
            ready = self._prepared(keys)
            if not isinstance(ready, Prepared):
                return all_alike(keys, ready)
            return await self._split(keys, ready, trip)

    def _prepared(self, keys: Keys) -> Prepared | StepResult:
        """The call for some keys; what they come to where it cannot be made."""
        made = Keyed(self.step, self.base, keys.values()).prepared()
        if isinstance(made, Prepared):
            if self.counts.calls and not self.sending.allows(1):
                return BEYOND
            self.counts.calls += 1
        return made

    async def _split(self, keys: Keys, ready: Prepared, trip: Trip) -> Outcomes:
        """A chunk's result as one for each of its keys, some of which may be kept."""
        step, began = self.step, self.sending.clock.wall().timestamp()
        begun = self.sending.begin(step, ready, trip.until, self.tally)
        whole = False
        if isinstance(begun, Sent):
            came = begun
        else:
            landed = await begun[0].wait(trip.until)
            # Another's call began before `began`: when, only who made it knows.
            own = not begun[1]
            came, whole = sent(landed, shared=begun[1]), own and not landed.instead
        result = concluded(step, came, ready.scope)
        rows = rows_of(result, self.batch)
        reply = came.reply
        kept = whole and isinstance(reply, Reply) and not reply.partial
        if kept and isinstance(reply, Reply) and isinstance(rows, Mapping):
            keeping = None if step.cache is None else self._keeping(keys)
            if keeping and trouble_with(step, reply, ready.scope) is None:
                await keeping.keep(list(keys), rows, began)
        return outcomes_of(keys, result, rows, self.batch)


async def _landed(flying: Flying, until: Deadline) -> Outcomes:
    """What the flights of some keys came to, for those keys."""
    flights = {id(flight): flight for flight in flying.values()}
    came = await asyncio.gather(*(one.wait(until) for one in flights.values()))
    known = dict(zip(flights, came, strict=True))
    return {text: known[id(flight)][text] for text, flight in flying.items()}
