"""The contract of sources that tell what happens, instead of being asked.

A `Stream` hands out what its system says, in order, from a place onwards. It knows
nothing of subscribers: who listens, how often, and what becomes of a slow one is
decided by execution. It never connects again by itself, since whether to go on, and
from where, is one decision for all kinds of streams.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol, TypeVar

from gateway.connectors.base import Call, Wire
from gateway.values import JsonValue

T = TypeVar("T")


class StreamEvent(NamedTuple):
    """One thing that a source said, before ``select``.

    ``body`` is decoded: JSON where it is JSON, else text. ``id`` is the place after
    which listening can be taken up again; None where the source keeps nothing.
    ``headers`` are lower-case. ``size`` is in bytes as received. ``trouble`` says why
    what the source said could not be read: it is told in the log, and delivered to
    nobody; the stream goes on.
    """

    body: object
    id: str | None = None
    headers: Mapping[str, str] = MappingProxyType({})
    size: int = 0
    trouble: str | None = None


def stream_of(source: Any, target: Any) -> Stream[Any]:
    """Who is listened to for a target of a `stream` step: its source, or around it."""
    over = getattr(target.what, "over", None)
    found: Stream[Any] = source if over is None else over(source)
    return found


def is_polled(target: Any) -> bool:
    """Whether its source is asked again and again, by calls like all others."""
    return getattr(target.what, "target", None) is not None


class Stream(Protocol[T]):
    """A source that can be listened to, besides what else it is."""

    def render(self, call: Call[T]) -> Wire:
        """What is listened to; subscribers with an equal key may share one listening.

        Raises:
            UpstreamError: rejected, where a value cannot stand where it should.
        """

    def listen(
        self, call: Call[T], after: str | None
    ) -> AbstractAsyncContextManager[AsyncIterator[StreamEvent]]:
        """What the source says from now on, or from the event after ``after``.

        Entering returns when the source has confirmed: what it says later is heard.
        The iterator ends where the stream is over for good; leaving frees everything.
        ``call.deadline`` bounds entering alone.

        Raises:
            UpstreamError: entering failed or the connection broke; rejected where
                ``after`` is not known to the source any more.
        """

    def describe(self, call: Call[T]) -> Mapping[str, JsonValue]:
        """What is listened to, credentials masked. No I/O."""
