"""One connection to a NATS, which all listenings of a source share.

In charge of what is subscribed over it and of telling its end to everybody. Must never
connect again by itself: what breaks is told.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any, TypeVar

from nats.aio.client import Client
from nats.errors import Error
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

from gateway.connectors.nats.faults import failure, unreachable
from gateway.connectors.nats.telling import Kept, Said
from gateway.connectors.rendering import rejected
from gateway.connectors.settings import NatsSettings
from gateway.connectors.streams.ears import Ear, broken
from gateway.errors import ErrorClass, UpstreamError
from gateway.record import Struct
from gateway.tls import trust_of

if TYPE_CHECKING:
    from nats.aio.msg import Msg
    from nats.aio.subscription import Subscription

T = TypeVar("T")

_PING_SECONDS = 15
_HEARTBEAT_SECONDS = 10.0
_MOST_SECONDS = 60
"""What a step of the handshake may take; the listener's own deadline is shorter."""
_CLOSE_SECONDS = 1.0
_REFUSED = "permissions violation for subscription"


class Listening(Struct):
    """What has been begun for one ear."""

    made: Subscription | None = None
    kept: Kept | None = None

    async def leave(self) -> None:
        """End it; the server lets a consumer go that nobody hears."""
        if self.kept is not None:
            self.kept.stop()
        if self.made is not None:
            with suppress(Error, OSError, TimeoutError):
                await self.made.unsubscribe()


class Link:
    """A connection. ``users`` are the listenings that keep it."""

    __slots__ = ("_client", "_refused", "ears", "users")

    def __init__(self) -> None:
        self._client = Client()
        self._refused: list[str] = []
        self.ears: set[Ear] = set()
        self.users = 0

    @property
    def stands(self) -> bool:
        connected: bool = self._client.is_connected
        return connected

    @property
    def version(self) -> str:
        """The server's."""
        found = self._client.connected_server_version
        return f"{found.major}.{found.minor}.{found.patch}"

    async def open(self, settings: NatsSettings) -> None:
        """Connect and log in.

        Raises:
            UpstreamError: connect.
        """
        options: dict[str, Any] = {
            "name": "headwater",
            "allow_reconnect": False,
            "max_reconnect_attempts": 1,
            "reconnect_time_wait": 0,
            "connect_timeout": _MOST_SECONDS,
            "ping_interval": _PING_SECONDS,
            "error_cb": self._error,
            "closed_cb": self._closed,
            "user": settings.user,
            "password": settings.password,
            "token": settings.token,
        }
        if settings.secure:
            options["tls"] = trust_of(settings.tls)
            options["tls_hostname"] = settings.tls and settings.tls.server_name
        try:
            await _obeyed(self._client.connect(settings.url, **options))
        except (Error, OSError, ValueError, TimeoutError) as error:
            await self.close()
            raise unreachable(error) from None
        except BaseException:
            await self.close()
            raise

    async def subscribe(self, subject: str, ear: Ear) -> Listening:
        """Tell an ear what is published; returns when the server knows.

        Raises:
            UpstreamError: it does not let us, or the connection broke.
        """
        said = Said(ear)
        async with self._entering() as begun:
            await _obeyed(self._subscribed(begun, subject, said.hear))
            # The library writes its ping past what it has not written yet: only the
            # second one goes behind the subscription, and its pong behind a refusal.
            await _obeyed(self._client.flush(_MOST_SECONDS))
            await _obeyed(self._client.flush(_MOST_SECONDS))
            self._check(subject)
        return begun

    async def follow(
        self, stream: str, subject: str, after: int | None, ear: Ear
    ) -> Listening:
        """Tell an ear what a stream keeps, behind a message or from now on.

        Raises:
            UpstreamError: rejected, where the message is not kept any more or never
                was; the server does not let us, or the connection broke.
        """
        inbox = self._client.new_inbox()
        async with self._entering() as begun:
            manager: Any = self._client.jsm(timeout=_MOST_SECONDS)
            if after is not None:
                state = (await _obeyed(manager.stream_info(stream))).state
                if not state.first_seq - 1 <= after <= state.last_seq:
                    raise rejected("The event to go on after is not kept any more.")
            begun.kept = kept = Kept(ear, _HEARTBEAT_SECONDS * 3)
            await _obeyed(self._subscribed(begun, inbox, kept.hear))
            consumer = _consumer(inbox, subject, after)
            await _obeyed(manager.add_consumer(stream, consumer))
        return begun

    async def _subscribed(
        self, begun: Listening, subject: str, hear: Callable[[Msg], Awaitable[None]]
    ) -> None:
        """Kept in what has begun, so that it is ended even where we gave up."""
        begun.made = await self._client.subscribe(subject, cb=hear)

    @asynccontextmanager
    async def _entering(self) -> AsyncIterator[Listening]:
        """A listening that is ended again where it does not come about."""
        begun = Listening()
        try:
            yield begun
        except Error as error:
            await begun.leave()
            raise self._lost(error) from None
        except BaseException:
            await begun.leave()
            raise

    async def close(self) -> None:
        with suppress(Exception):  # it may break while it is closed
            # Where TLS was refused the library waits for ever to hear that the socket,
            # which it has closed, is closed.
            async with asyncio.timeout(_CLOSE_SECONDS):
                await self._client.close()

    def _lost(self, error: Error) -> UpstreamError:
        return failure(error) if self.stands else broken(type(error).__name__)

    def _check(self, subject: str) -> None:
        for said in self._refused:
            if f'"{subject.lower()}"' in said:
                self._refused.remove(said)
                message = "The source does not let this be listened to."
                raise UpstreamError(message, kind=ErrorClass.QUERY, detail="permission")

    async def _error(self, error: Exception) -> None:
        said = str(error).lower()
        if _REFUSED in said:
            self._refused.append(said)

    async def _closed(self) -> None:
        for ear in self.ears:
            ear.fail(broken("the connection was closed"))


async def _obeyed(asked: Coroutine[Any, Any, T]) -> T:
    """What the library answers, given up where our own task is cancelled.

    Where it flushes, the library swallows a cancellation and goes on waiting, for ever
    where nothing more is said. So it is asked in a task of its own.
    """
    task = asyncio.ensure_future(asked)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        task.cancel()
        task.add_done_callback(_ended)
        await asyncio.wait((task,), timeout=_CLOSE_SECONDS)
        raise


def _ended(task: asyncio.Future[Any]) -> None:
    """Nobody waits for it any more, so whatever it raised concerns nobody."""
    if not task.cancelled():
        task.exception()


def _consumer(inbox: str, subject: str, after: int | None) -> ConsumerConfig:
    """What the server keeps of an ear: it goes with the connection."""
    return ConsumerConfig(
        deliver_subject=inbox,
        filter_subject=subject,
        deliver_policy=_policy(after),
        opt_start_seq=None if after is None else after + 1,
        ack_policy=AckPolicy.NONE,
        idle_heartbeat=_HEARTBEAT_SECONDS,
        flow_control=True,
        mem_storage=True,
        num_replicas=1,
    )


def _policy(after: int | None) -> DeliverPolicy:
    return DeliverPolicy.NEW if after is None else DeliverPolicy.BY_START_SEQUENCE
