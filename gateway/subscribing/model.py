"""What a subscriber is given, and how it can end."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import NamedTuple, Protocol, TypeAlias

from gateway.clock import Clock
from gateway.errors import Code
from gateway.generation import Generation
from gateway.pipeline import Pipeline
from gateway.request.model import RequestContext
from gateway.response.model import Answer, FieldError
from gateway.values import JsonValue


class Serves(Protocol):
    """The running gateway; a reload changes ``current``."""

    @property
    def current(self) -> Generation: ...

    @property
    def pipeline(self) -> Pipeline: ...


Beginning: TypeAlias = Callable[[Generation], RequestContext]
"""Who subscribes, as a generation reads his headers. Raises RequestError."""


class End(Enum):
    """Why a subscription is over.

    COMPLETE: there is nothing more to come. REFUSED and FAILED: it never began, or
    its source failed for good. SLOW, CHANGED, EXPIRED: it was ended, with an error.
    DRAINED: the process ends, and everything was delivered; subscribing again goes on.
    LEFT: the subscriber went.
    """

    COMPLETE = "complete"
    REFUSED = "refused"
    FAILED = "failed"
    SLOW = "slow_consumer"
    CHANGED = "schema_changed"
    EXPIRED = "token_expired"
    DRAINED = "drained"
    LEFT = "left"


class Ending(NamedTuple):
    """How it ended; ``errors`` are told to the subscriber last."""

    end: End
    errors: tuple[FieldError, ...] = ()


class Update(NamedTuple):
    """One answer. ``id`` is the place after which to go on, where there is one.

    ``dropped`` events before it were lost to a slow subscriber; ``missed``: some may
    have been said while nobody could hear the source.
    """

    answer: Answer
    id: str | None = None
    dropped: int = 0
    missed: bool = False

    def told(self, *, with_id: bool) -> Answer:
        """The answer, with ``extensions.subscription`` where there is something."""
        account: dict[str, JsonValue] = {}
        if with_id and self.id is not None:
            account["eventId"] = self.id
        if self.dropped:
            account["dropped"] = self.dropped
        if self.missed:
            account["missed"] = True
        if not account:
            return self.answer
        shown = {**self.answer.extensions, "subscription": account}
        return self.answer._replace(extensions=shown)


class Quiet(NamedTuple):
    """Nothing came for a while; a subscriber may want to hear that he is heard."""


QUIET = Quiet()


def changed(why: str, code: str) -> Ending:
    """The end of one that has no place in the configuration that serves now.

    A step that operators hold back says so by itself.
    """
    if code == Code.STEP_HELD:
        return Ending(End.CHANGED, (FieldError(why, Code.STEP_HELD),))
    message = f"The configuration changed, and the subscription ends. {why}"
    return Ending(End.CHANGED, (FieldError(message, Code.SCHEMA_CHANGED),))


def seconds_left(request: RequestContext, clock: Clock) -> float | None:
    """How long the caller's claims are valid, by ``exp``; None: for ever."""
    until = request.caller.claims.get("exp")
    if isinstance(until, bool) or not isinstance(until, int | float):
        return None
    return until - clock.wall().timestamp()
