"""An HTTP call that was begun: between the transport that sends it and who waits.

In charge of telling once. What a reply means is its source's.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

from gateway.connectors.base import Reply
from gateway.connectors.credentials.base import Proof
from gateway.connectors.hearing import GiveUp, Hearing, NeverArrivedError
from gateway.connectors.rest_request import Request, RestTarget
from gateway.connectors.rest_step import SAFE_METHODS
from gateway.connectors.transport.base import StaleError, WireReply
from gateway.errors import UpstreamError
from gateway.typed import Form


class Asked(NamedTuple):
    """What was asked, with which proof of who asks, and how its rows are read."""

    request: Request
    proof: Proof
    form: Form | None = None


class Listening(Protocol):
    """The source whose call it is."""

    def heard(self, target: RestTarget, asked: Asked, reply: WireReply) -> Reply:
        """What the call came to, which is over.

        Raises:
            UpstreamError: it is no answer.
            NeverArrivedError: it is to be made again.
        """

    def lost(self) -> None:
        """The call is over, and came to nothing."""


class UnderWay:
    """A call that was begun: the ear of its transport, which tells who waits."""

    __slots__ = ("_asked", "_hearing", "_over", "_source", "_target", "give_up")

    def __init__(
        self,
        source: Listening,
        target: RestTarget,
        asked: Asked,
        hearing: Hearing,
    ) -> None:
        self._source, self._target = source, target
        self._asked, self._hearing = asked, hearing
        self._over = False
        self.give_up: GiveUp = _nothing

    def done(self) -> bool:
        return self._over

    def set_result(self, reply: WireReply, /) -> None:
        self._over = True
        self.give_up = _nothing  # it refers to us
        try:
            came = self._source.heard(self._target, self._asked, reply)
        except Exception as error:  # noqa: BLE001 - whoever waits tells of our own bugs
            self._hearing.failed(error)
            return
        self._hearing.came(came)

    def set_exception(self, error: UpstreamError, /) -> None:
        self._over = True
        self.give_up = _nothing
        self._source.lost()
        if isinstance(error, StaleError) and self._asked.request.method in SAFE_METHODS:
            self._hearing.failed(NeverArrivedError())
        else:
            self._hearing.failed(error)

    def leave(self) -> None:
        self._over = True
        self._source.lost()
        give_up, self.give_up = self.give_up, _nothing
        give_up()


def _nothing() -> None:
    """Nothing is held yet."""
