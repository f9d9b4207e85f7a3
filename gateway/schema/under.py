"""What a plain request's headers decide, for all requests that have the same.

In charge of looking at a client's headers once. Must never keep what may change
between two requests: who proves to be who, flags, limits.
"""

from __future__ import annotations

from collections.abc import Mapping

from gateway.clock import Clock
from gateway.record import Struct
from gateway.request.adapter import (
    AdapterSettings,
    Tracing,
    adapt,
    begun,
    identify,
    recognised,
    traced,
)
from gateway.request.model import RequestContext
from gateway.schema.negotiation import Form


class Under(Struct, eq=False):
    """What a plain request's headers decide, whatever its body says.

    ``may_stream``: whoever sends them might take more than one answer. ``known`` is
    what a generation's settings, ``by``, make of all requests with these headers;
    ``tracing`` says of each whether it is traced, None where none is.
    """

    headers: Mapping[str, str]
    form: Form
    lines: bytes
    may_stream: bool
    by: AdapterSettings | None = None
    known: RequestContext | None = None
    tracing: Tracing | None = None

    def request(self, settings: AdapterSettings, clock: Clock) -> RequestContext:
        """One more request with these headers.

        Raises:
            RequestError: as `adapt`.
        """
        if self.by is not settings:
            self.known = recognised(self.headers, settings)
            self.by, tracing = settings, settings.tracing
            looks = tracing is not None and tracing.looks(self.headers)
            self.tracing = tracing if looks else None
        id_ = identify(self.headers)
        if self.known is None:
            return adapt(self.headers, settings, request_id=id_, clock=clock)
        request = begun(self.known, id_, clock)
        if self.tracing is None:
            return request
        return traced(request, self.headers, self.tracing)
