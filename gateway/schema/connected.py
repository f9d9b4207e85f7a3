"""Who asks over a socket: its handshake, and how it introduced itself.

In charge of which headers a client may bring in a message. Must never look at one's
operations.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from itertools import count
from typing import Final

from gateway.clock import Clock
from gateway.generation import Generation
from gateway.record import Model, field, replace
from gateway.request.adapter import Proving, adapt
from gateway.request.model import Arrived, RequestContext

_FROM_PAYLOAD: Final = (
    "authorization",
    "accept",
    "accept-language",
    "apollographql-client-name",
    "apollographql-client-version",
    "headwater-plan",
)
"""Headers that a client may bring in `connection_init`, where a browser cannot set any.

Never those that a proxy vouches for: it sees the handshake, and no message."""


class Connected(Model, frozen=True):
    """The opening of a socket: its handshake's headers hold for every operation.

    ``request_id`` is the socket's; its operations have that with a number.
    """

    headers: Arrived
    clock: Clock
    request_id: str
    read_only: bool = False
    numbers: Iterator[int] = field(default_factory=partial(count, 1))

    def begin(self, generation: Generation) -> RequestContext:
        return adapt(
            self.headers,
            generation.admission,
            request_id=f"{self.request_id}-{next(self.numbers)}",
            clock=self.clock,
        )

    def introduced(
        self, payload: Mapping[str, object], prover: Proving | None
    ) -> Connected:
        """The same with what `connection_init` adds; the handshake wins."""
        taken = (*_FROM_PAYLOAD, *(prover.introducing if prover else ()))
        given = payload.get("headers")
        found = {**payload, **(given if isinstance(given, Mapping) else {})}
        added = {
            name.lower(): value
            for name, value in found.items()
            if name.lower() in taken and isinstance(value, str)
        }
        return replace(self, headers=self.headers.over(added))
