"""The calls of a request that is traced, or looked at: each is told of.

In charge of the context that a call carries (https://www.w3.org/TR/trace-context/,
https://www.w3.org/TR/baggage/), and of naming whose call was joined. Such a request
goes the long way, where attempts are recorded. Must never be asked of a request that
nobody looks at.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from gateway.clock import Deadline
from gateway.execution.calls.sharing import Flight, Landed
from gateway.execution.tries import SHARED, Try, noted
from gateway.record import Struct
from gateway.request.model import Trace

if TYPE_CHECKING:
    from gateway.execution.calls.calling import Calling
    from gateway.execution.calls.sending import Ear, Sending


class Trail(Struct, eq=False):
    """The ear of a traced request; ``ear`` hears of its calls besides.

    ``trace`` is None where attempts are recorded for whoever asked, and told nobody.
    """

    trace: Trace | None
    ear: Ear | None = None

    def __call__(
        self, sending: Sending, calling: Calling, deadline: Deadline
    ) -> tuple[Flight[Landed], bool]:
        """The flight of a call, which carries the context."""
        own = calling.trail is None
        if own:
            calling.trail = self
        if self.ear is None:
            flight, shared = sending.flight(calling, deadline)
        else:
            flight, shared = self.ear(sending, calling, deadline)
        if shared and own:
            way = calling.way
            now = calling.setting.clock.now()
            one = Try(way.upstream.name, way.endpoint, now, came=SHARED, joined=flight)
            noted(calling.tally, one)
        return flight, shared

    def headers(self, span: int) -> Mapping[str, str]:
        """What an attempt carries whose span has this id."""
        trace = self.trace
        if trace is None:
            return {}
        told = {"traceparent": f"00-{trace.id}-{span:016x}-01"}
        if trace.state is not None:
            told["tracestate"] = trace.state
        if trace.baggage is not None:
            told["baggage"] = trace.baggage
        return told
