"""The way of one call: what the request asked before → who else asks → cache → source.

In charge of who is given whose reply. Waits and decides nothing about a step; what a
reply means for it is `attempt`'s. Nothing is shared that the call depends on.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

from gateway.clock import Clock, Deadline
from gateway.connectors.base import Call, Reply, Slot, Wire
from gateway.errors import ErrorClass, UpstreamError
from gateway.execution.attempt import Prepared, Sent, Tally
from gateway.execution.calls.allowing import Allows, unbounded
from gateway.execution.calls.asked import Flights
from gateway.execution.calls.caching import (
    Abroad,
    Caching,
    audience_of,
    filed,
    is_nobody,
)
from gateway.execution.calls.calling import Calling
from gateway.execution.calls.sayings import failed
from gateway.execution.calls.sharing import Flight, Landed, Start
from gateway.execution.calls.swift import fly
from gateway.execution.calls.way import Setting, Way, patience
from gateway.execution.model import Provenance
from gateway.execution.objects.gathering import Pots
from gateway.execution.upstream import Upstreams
from gateway.expression import EvaluationError
from gateway.profile.model import Sharing, Step
from gateway.request.model import RequestContext
from gateway.telemetry.events import Observer, unobserved
from gateway.typed import Form, TypedRows


class Ear(Protocol):
    """Is asked for each flight in place of a `Sending`, and may ask it in turn."""

    def __call__(
        self, sending: Sending, calling: Calling, deadline: Deadline, /
    ) -> tuple[Flight[Landed], bool]: ...


class Asked(Protocol):
    """What a call needs besides its inputs: of a step, or of what it tries instead."""

    @property
    def source(self) -> str | None: ...
    @property
    def endpoint(self) -> str: ...
    @property
    def target(self) -> object: ...


@dataclass(slots=True)
class Sending:
    """Sends one request's calls.

    ``abroad`` is what it may share with other requests; None where it shares nothing
    with them, as a mutation, which must not read what was true before it. ``pots``
    hold keys of this request that are asked together. ``ear`` hears of every call
    before it is made: of requests that are recorded or replayed.
    """

    request: RequestContext
    surroundings: Mapping[str, object]
    upstreams: Upstreams
    flights: Flights
    clock: Clock
    abroad: Abroad | None = None
    observe: Observer = unobserved
    pots: Pots = field(default_factory=Pots)
    ear: Ear | None = None
    allows: Allows = unbounded
    setting: Setting = field(init=False)
    audience: tuple[str, ...] = field(init=False)
    """For whom a reply counts that nothing is said of."""

    def __post_init__(self) -> None:
        request = self.request
        self.audience = audience_of(None, request)
        self.setting = Setting(
            request.request_id, request.started, self.clock, self.observe
        )

    async def send(
        self, step: Step, prepared: Prepared, deadline: Deadline, tally: Tally
    ) -> Sent:
        """The reply to a prepared call, waited for."""
        begun = self.begin(step, prepared, deadline, tally)
        if isinstance(begun, Sent):
            return begun
        flight, shared = begun
        return sent(await flight.wait(deadline), shared=shared)

    def begin(
        self,
        step: Step,
        prepared: Prepared,
        deadline: Deadline,
        tally: Tally,
        form: Form | None = None,
    ) -> Sent | tuple[Flight[Landed], bool]:
        """A prepared call under way, and whether it is another's; or all it comes to.

        A call that another step or request has sent serves, and counts for that one
        only. Whoever waits leaves at his own deadline; the call does not end by it.
        Rows may come in the form that is named, and then in no other.
        """
        if step.source is None:
            reply = Reply(_static(step.target, prepared.inputs))
            return Sent(reply, Provenance.STATIC)
        try:
            way = self.way_of(step.name, step, prepared.inputs, deadline, form)
        except UpstreamError as error:
            return Sent(failed(error, 0), Provenance.UPSTREAM, 0)
        further: Way | None = way
        if step.retry is not None and step.retry.instead is not None:
            further = self._further(step, step.retry.instead, prepared, deadline)
        calling = Calling(step, prepared, tally, self.setting, way, further)
        if step.skips_late:
            calling.late = calling.is_late(deadline)
        ear = self.ear
        if ear is None:
            found = self.flight(calling, deadline)
        else:
            found = ear(self, calling, deadline)
        tally.flight = found[0]
        return found

    def wire(
        self, step: Step, inputs: Mapping[str, object], until: Deadline
    ) -> Wire | None:
        """A call as it would go over the wire; None where it could not be made."""
        if step.source is None:
            return None
        try:
            return self.way_of(step.name, step, inputs, until).wire
        except UpstreamError:
            return None

    def width(self, step: Step) -> int:
        """How many calls of a step go at one time without waiting for each other."""
        if step.source is None:
            return 1
        return self.upstreams[step.source].bulkhead.limit

    def sources_of(self, step: Step) -> list[tuple[Hashable, ...]]:
        """Whom a step's attempts ask, and with which headers besides its own."""
        instead = step.retry.instead if step.retry else None
        names = [step.source, instead.source if instead else None]
        found = [self.upstreams[name] for name in names if name is not None]
        return [
            (
                id(one.source),
                *sorted(one.headers_for(self.request, self.surroundings).items()),
            )
            for one in found
        ]

    def way_of(
        self,
        step: str,
        asked: Asked,
        inputs: Mapping[str, object],
        deadline: Deadline,
        form: Form | None = None,
    ) -> Way:
        """A call as it will be made, of whichever source.

        Raises:
            UpstreamError: a value cannot stand where it should.
        """
        upstream = self.upstreams[asked.source or ""]
        try:
            headers = upstream.headers_for(self.request, self.surroundings)
        except EvaluationError as error:
            why = "A header of the source cannot be made for this request."
            said, kind = error.message, ErrorClass.REJECTED
            raise UpstreamError(why, kind=kind, detail=said) from None
        call = Call(step, asked.target, inputs, deadline, headers)
        wire = upstream.source.render(call)
        if upstream.together:
            wire = wire._replace(whose=self.request)
        if form is not None:
            call = call._replace(form=form)
        return Way(upstream, asked.endpoint, call, wire)

    def _further(
        self, step: Step, instead: Asked, prepared: Prepared, deadline: Deadline
    ) -> Way | None:
        """The way of further attempts; None where another one cannot be taken."""
        if prepared.others is None:
            return None
        try:
            return self.way_of(step.name, instead, prepared.others, deadline)
        except UpstreamError:
            return None

    def flight(
        self, calling: Calling, deadline: Deadline
    ) -> tuple[Flight[Landed], bool]:
        """The call's flight, and whether it is another's."""
        step, abroad, way = calling.step, self.abroad, calling.way
        if step.share is Sharing.NONE:
            return self._start(calling)(deadline), False
        asked = way.wire.key, step.cache, patience(step), _terms(calling)
        key = (step.source, asked)
        known = self.flights.known(key)
        if known is not None:
            return known, True
        if abroad is None or not self._is_for_all(step):
            flight, shared = self._start(calling)(deadline), False
        else:
            audience = self.audience
            if step.cache is not None:
                audience = audience_of(step.cache, self.request)
            wide = (id(way.upstream.source), asked, audience)
            in_flight = abroad.commons.in_flight
            flight, shared = in_flight.join(wide, deadline, self._start(calling))
        self.flights.keep(key, flight)
        return flight, shared

    def _is_for_all(self, step: Step) -> bool:
        """What is kept for others is also asked for them, so that one of them asks."""
        if step.cache is None:
            return step.share is Sharing.ALL
        return not is_nobody(step.cache, self.request)

    def _start(self, calling: Calling) -> Start:
        """How the call is made: by way of the cache, or straight to the source."""
        step = calling.step
        # Of a batch the rows of each key are kept, by whoever asks for the keys.
        cached = step.cache is not None and step.batch is None
        if cached and self.abroad is not None:
            where = filed(step, calling.way.wire, self.request, calling.prepared.scope)
            if where is not None:
                return Caching(step, where, calling, self.abroad, self.clock).begin
        return partial(fly, calling)


def sent(landed: Landed, *, shared: bool, form: Form | None = None) -> Sent:
    """What a flight came to, for one of those who waited for it.

    Rows that were decoded for another selection are read anew.
    """
    provenance = landed.provenance
    if shared and provenance is Provenance.UPSTREAM:
        provenance = Provenance.SHARED
    reply = landed.reply
    if isinstance(reply, Reply):
        body = reply.body
        if isinstance(body, TypedRows) and body.form is not form:
            reply = reply._replace(body=body.plain())
    return Sent(reply, provenance, landed.attempts)


def _terms(calling: Calling) -> Hashable:
    """What an answer may depend on besides the call.

    Whether it is made at all: who has time never gets the skip of one who had none.
    And what is asked when it fails.
    """
    further = calling.further
    if further is calling.way:
        return calling.late
    if further is None:
        return calling.late, None
    return calling.late, id(further.upstream.source), further.wire.key


def _static(target: object, inputs: Mapping[str, object]) -> object:
    """A step without a source has its value as target."""
    return inputs[target.name] if isinstance(target, Slot) else target
