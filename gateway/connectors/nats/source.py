"""A NATS as a source that is listened to: subjects, and what JetStream keeps of them.

In charge of which names may be listened to and of one connection for everybody. The
library is imported when somebody listens.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from gateway.connectors.base import Call, Reply, Slot, Wire
from gateway.connectors.probing import Probed
from gateway.connectors.rendering import rejected, text_of
from gateway.connectors.rest_request import filled
from gateway.connectors.running import Running, drained
from gateway.connectors.settings import NatsSettings
from gateway.connectors.streams.base import StreamEvent
from gateway.connectors.streams.ears import Ear
from gateway.connectors.streams.reading import Reading, name_of, stays
from gateway.connectors.streams.target import Named, StreamTarget
from gateway.errors import ErrorClass, UpstreamError
from gateway.values import JsonValue

if TYPE_CHECKING:
    from gateway.connectors.nats.link import Link

EXTRA = "pip install 'headwater[nats]'"
_SUBJECT = re.compile(r"[^\s.\x00-\x1f\x7f]+(\.[^\s.\x00-\x1f\x7f]+)*")
_STREAM = re.compile(r"[^\s.*>/\\\x00-\x1f\x7f]+")
_WILD = frozenset({"*", ">"})
_NUMBER = re.compile(r"\d{1,19}")
_LATE = "The source did not answer in time."


class Asked(NamedTuple):
    """What is listened to; ``stream`` None: what is said from now on, kept nowhere."""

    subject: str
    stream: str | None


class NatsSource:
    """One NATS. Nothing is opened before somebody listens."""

    __slots__ = ("_leaving", "_link", "_lock", "_running", "_settings")

    def __init__(self, settings: NatsSettings) -> None:
        self._settings = settings
        self._link: Link | None = None
        self._lock = asyncio.Lock()
        self._leaving: set[asyncio.Task[None]] = set()
        self._running = Running()

    def render(self, call: Call[StreamTarget]) -> Wire:
        return Wire(("nats", *asked(call), call.target.decode))

    def describe(self, call: Call[StreamTarget]) -> Mapping[str, JsonValue]:
        subject, stream = asked(call)
        kept: Mapping[str, JsonValue] = {} if stream is None else {"stream": stream}
        return {"listens": {"channel": subject, **kept}}

    async def call(self, _call: Call[Any]) -> Reply:
        message = "The source answers no calls."
        raise UpstreamError(message, kind=ErrorClass.REJECTED)

    async def probe(self, _targets: Mapping[str, object]) -> Probed:
        """Log in; nothing is listened to.

        Raises:
            UpstreamError: it cannot be reached, or does not accept who we are.
        """
        with self._running:
            link = await self._used()
            try:
                return Probed(f"NATS {link.version}")
            finally:
                self._left(link)

    @asynccontextmanager
    async def listen(
        self, call: Call[StreamTarget], after: str | None
    ) -> AsyncIterator[AsyncIterator[StreamEvent]]:
        """What it says from now on, or after one; `streams.base.Stream.listen`."""
        what, place = asked(call), _place(after)
        if place is not None and what.stream is None:
            raise rejected("A subject keeps nothing to go on with.")
        ear = Ear(Reading(self._settings.response_limit, call.target.decode))
        with self._running:
            try:
                async with asyncio.timeout_at(call.deadline.at):
                    link = await self._used()
            except TimeoutError:
                raise UpstreamError(_LATE, kind=ErrorClass.TIMEOUT) from None
            link.ears.add(ear)
            try:
                async with _told(link, what, place, ear, call) as events:
                    yield events
            finally:
                link.ears.discard(ear)
                self._left(link)

    async def close(self) -> None:
        await self._running.ended()
        await drained(self._leaving)

    async def _used(self) -> Link:
        """The connection, made where there is none, which is kept until `_left`."""
        try:
            from gateway.connectors.nats.link import Link
        except ImportError:
            why = "NATS is not installed here."
            raise UpstreamError(why, kind=ErrorClass.CONNECT, detail=EXTRA) from None
        async with self._lock:
            link = self._link
            if link is None or not link.stands:
                link = Link()
                await link.open(self._settings)
                self._link = link
            link.users += 1
            return link

    def _left(self, link: Link) -> None:
        link.users -= 1
        if link.users == 0:
            if self._link is link:
                self._link = None
            task = asyncio.get_running_loop().create_task(link.close())
            self._leaving.add(task)
            task.add_done_callback(self._leaving.discard)


@asynccontextmanager
async def _told(
    link: Link, what: Asked, after: int | None, ear: Ear, call: Call[StreamTarget]
) -> AsyncIterator[AsyncIterator[StreamEvent]]:
    """What an ear is told over a connection, from the server's word on."""
    try:
        async with asyncio.timeout_at(call.deadline.at):
            if what.stream is None:
                begun = await link.subscribe(what.subject, ear)
            else:
                begun = await link.follow(what.stream, what.subject, after, ear)
    except TimeoutError:
        raise UpstreamError(_LATE, kind=ErrorClass.TIMEOUT) from None
    try:
        async with aclosing(ear.events()) as events:
            yield events
    finally:
        await begun.leave()


def asked(call: Call[StreamTarget]) -> Asked:
    """What is listened to.

    Raises:
        UpstreamError: rejected, for what is no subject or no stream, and for a value
            that would listen to more than itself.
    """
    what = cast("Named", call.target.what)
    subject = name_of(call)
    tokens = subject.split(".")
    if not _SUBJECT.fullmatch(subject) or ">" in tokens[:-1]:
        raise rejected("This is no subject to listen to.")
    if isinstance(what.name, Slot) and not _WILD.isdisjoint(tokens):
        raise rejected("A subject that values are filled into has no '*' and no '>'.")
    if what.written is not None and not stays(subject, what.written, "."):
        raise rejected("A value in a subject is one token: it has no '.'.")
    if what.of is None:
        return Asked(subject, None)
    stream = text_of(filled(what.of, call.inputs), "the stream's name")
    if not _STREAM.fullmatch(stream):
        raise rejected("This is no stream's name.")
    return Asked(subject, stream)


def _place(after: str | None) -> int | None:
    if after is None:
        return None
    if not _NUMBER.fullmatch(after):
        raise rejected("There is no such event to go on after.")
    return int(after)
