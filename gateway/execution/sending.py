"""The way of one call: what the request asked before → who else asks → cache → source.

In charge of who is given whose reply. Waits and decides nothing about a step; what a
reply means for it is `attempt`'s. Nothing is shared that the call depends on.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, replace

from gateway.clock import Clock, Deadline
from gateway.connectors.base import Call, Reply, Slot, Wire
from gateway.errors import UpstreamError
from gateway.execution.attempt import Prepared, Sent, Tally
from gateway.execution.caching import Abroad, Caching, audience_of, filed, is_nobody
from gateway.execution.calling import Calling
from gateway.execution.model import Provenance
from gateway.execution.retrying import failed
from gateway.execution.sharing import Flight, Flights, Landed, Trip
from gateway.execution.upstream import Upstream, Upstreams
from gateway.profile.model import Sharing, Step
from gateway.request.model import RequestContext


@dataclass(frozen=True, slots=True)
class Sending:
    """Sends one request's calls.

    ``abroad`` is what it may share with other requests; None where it shares nothing
    with them, as a mutation, which must not read what was true before it.
    """

    request: RequestContext
    surroundings: Mapping[str, object]
    upstreams: Upstreams
    flights: Flights
    clock: Clock
    abroad: Abroad | None = None

    async def send(
        self, step: Step, prepared: Prepared, deadline: Deadline, tally: Tally
    ) -> Sent:
        """The reply to a prepared call.

        A call that another step or request has sent serves, and counts for that one
        only. Whoever waits leaves at his own deadline; the call does not end by it.
        """
        if step.source is None:
            reply = Reply(_static(step.target, prepared.inputs))
            return Sent(reply, Provenance.STATIC)
        upstream = self.upstreams[step.source]
        try:
            call, wire = self._rendered(step, upstream, prepared, deadline)
        except UpstreamError as error:
            return Sent(failed(error, 0), Provenance.UPSTREAM, 0)
        started = self.request.started
        calling = Calling(step, prepared, upstream, self.clock, tally, started, call)
        flight, shared = self._flight(calling, wire, deadline)
        tally.flight = flight
        landed = await flight.wait(deadline)
        provenance = landed.provenance
        if shared and provenance is Provenance.UPSTREAM:
            provenance = Provenance.SHARED
        return Sent(landed.reply, provenance, landed.attempts)

    def _rendered(
        self, step: Step, upstream: Upstream, prepared: Prepared, deadline: Deadline
    ) -> tuple[Call[object], Wire]:
        headers = upstream.headers_for(self.request, self.surroundings)
        call = Call(step.name, step.target, prepared.inputs, deadline, headers)
        wire = upstream.source.render(call)
        return replace(call, wire=wire), wire

    def _flight(
        self, calling: Calling, wire: Wire, deadline: Deadline
    ) -> tuple[Flight[Landed], bool]:
        """The call's flight, and whether it is another's."""
        step, abroad = calling.step, self.abroad
        fly = self._fly(calling, wire)
        if step.share is Sharing.NONE:
            return Flight.start(deadline, fly), False
        key = (step.source, wire.key, step.cache)
        known = self.flights.known(key)
        if known is not None:
            return known, True
        if abroad is None or not self._is_for_all(step):
            flight, shared = Flight.start(deadline, fly), False
        else:
            source = id(calling.upstream.source)
            wide = (source, wire.key, step.cache, audience_of(step.cache, self.request))
            flight, shared = abroad.commons.in_flight.join(wide, deadline, fly)
        self.flights.keep(key, flight)
        return flight, shared

    def _is_for_all(self, step: Step) -> bool:
        """What is kept for others is also asked for them, so that one of them asks."""
        if is_nobody(step.cache, self.request):
            return False
        return step.share is Sharing.ALL or step.cache is not None

    def _fly(
        self, calling: Calling, wire: Wire
    ) -> Callable[[Trip], Coroutine[object, object, Landed]]:
        if calling.step.cache is None or self.abroad is None:
            return calling.landed
        where = filed(calling.step, wire, self.request, calling.prepared.scope)
        if where is None:
            return calling.landed
        return Caching(calling.step, where, calling, self.abroad, self.clock).landed


def _static(target: object, inputs: Mapping[str, object]) -> object:
    """A step without a source has its value as target."""
    return inputs[target.name] if isinstance(target, Slot) else target
