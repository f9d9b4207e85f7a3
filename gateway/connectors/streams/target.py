"""What a `stream` step listens to, as compiled.

In charge of the words that the load-time half and the sources share. Pure.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from gateway.expression import Expression
from gateway.record import Model

Way: TypeAlias = Literal["channel", "pattern", "stream"]
Decode: TypeAlias = Literal["text", "json"]


class Named(Model, frozen=True):
    """What has a name at its source: a channel, a pattern of them, a kept stream.

    ``name`` is a constant or a slot; None: everything that the source says. ``of`` is
    the stream that a channel is kept in, a constant or a slot. ``written`` is what of
    a name with values in it is the author's; None where it is a constant, or all value.
    """

    way: Way
    name: object
    of: object = None
    written: str | None = None


class StreamTarget(Model, frozen=True):
    """The target of every `stream` step.

    ``what`` is its source's own. ``resumes`` says that a subscriber may name the event
    after which he goes on. ``key`` is read over ``response`` (``body``, ``headers``):
    of two events with one key that wait, the later one is enough; None: each counts.
    ``decode`` says what is said; None: JSON where it is JSON, else text. ``states``:
    each event is how things stand, so that who joins a listening that is under way is
    given its last event first.
    """

    what: object
    resumes: bool = False
    key: Expression | None = None
    decode: Decode | None = None
    states: bool = False


def asked_by(target: object) -> object | None:
    """What a step asks its source; None where it only listens."""
    if not isinstance(target, StreamTarget):
        return target
    asked: object | None = getattr(target.what, "target", None)  # a poll's call
    return asked
