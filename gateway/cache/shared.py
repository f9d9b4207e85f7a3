"""The reply cache in a Redis, shared by all processes that name it.

Each request to Redis is bounded, a Redis that fails is left alone for a moment, and the
gateway then makes its calls as if there were no cache. Must never raise into a request,
and never let an entry through that an invalidation should have stopped: see Notes
[late replies] and [near copies].
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from typing import TypeVar

from redis.exceptions import ResponseError

from gateway.cache.base import CacheUnavailable, CallKey, Entry, Key, text_of
from gateway.cache.codec import Record, UnfitForCacheError, decode, encode
from gateway.cache.deeds_shared import SharedDeeds
from gateway.cache.near import Near
from gateway.cache.reach import Reach
from gateway.cache.redis_wire import RedisWire
from gateway.cache.refused import why
from gateway.cache.remote_time import RemoteTime
from gateway.cache.stamps import Stamps, names_of
from gateway.clock import Clock
from gateway.record import Model
from gateway.telemetry.events import Observer

T = TypeVar("T")

LONGEST_CALL = 600.0
"""Seconds that stamps live at least. The reply of a longer call is not kept."""
LARGEST = 8_000_000
"""Bytes of an entry: more would hold up all others on its way."""
_AT_ONCE = 500
_A_LITTLE = 0.01
"""Seconds that a timer may be early."""


class NearBy(Model, frozen=True):
    """How many ``bytes`` are kept at hand, each for so many ``seconds``."""

    bytes: int = 0
    seconds: float = 0.0


class SharedCache:
    """The store behind a `redis://` URL. Connects when it is first asked."""

    def __init__(
        self,
        url: str,
        clock: Clock,
        observe: Observer,
        near: NearBy = NearBy(),  # noqa: B008 - it is frozen
    ) -> None:
        self._wire = RedisWire(url)
        self._near = Near(near.bytes)
        self._near_for = near.seconds
        self._outdated = Stamps()
        self._clock = clock
        self._time = RemoteTime()
        self._all = Reach("all", observe)
        self._writing = Reach("writing", observe)

    @property
    def deeds(self) -> SharedDeeds:
        """What was done under a key, for all processes that name this Redis."""
        return SharedDeeds(self._wire, self._asked)

    def near(self, key: CallKey, tags: Sequence[str]) -> Entry | None:
        """As the contract says; also where the store is lost meanwhile."""
        copy = self._near.find(key, tags)
        if copy is None or self._clock.now() - copy.since >= self._near_for:
            return None
        return copy.entry

    async def get(self, key: Key, tags: Sequence[str]) -> Entry | None:
        """As the contract says."""
        asked_at = self._clock.now()
        if not self._all.may_ask(asked_at):
            return None
        try:
            found = await self._asked(self._read(text_of(key), tags))
        except CacheUnavailable:
            return None
        except ResponseError as refusal:
            self._all.failed(self._clock.now(), str(refusal))
            return None
        if found is None or found.entry.keep_until <= self._now():
            return None
        if isinstance(key, CallKey) and self._near_for:
            self._have_near(key, found.entry, tags, asked_at)
        return found.entry

    async def put(
        self, key: Key, entry: Entry, tags: Sequence[str], since: float
    ) -> None:
        """As the contract says; an entry that is too large is not kept either."""
        now, asked_at = self._now(), self._clock.now()
        too_late = entry.keep_until <= now or now - since > LONGEST_CALL
        if too_late or entry.reply.size > LARGEST:
            return
        if not self._writing.may_ask(asked_at):
            return
        try:
            if self._all.may_ask(asked_at):
                await self._write(text_of(key), entry, tags, since)
        except CacheUnavailable:
            pass
        except UnfitForCacheError:
            self._all.gave_up()
        except (
            ResponseError
        ) as refusal:  # full or read-only: what is there still serves
            self._writing.failed(self._clock.now(), why(refusal))
        finally:
            self._writing.gave_up()

    async def invalidate(
        self, *, tags: Sequence[str] = (), keys: Sequence[str] = ()
    ) -> int:
        """As the contract says. Asks also where the store was lost a moment ago."""
        self._outdate(tags, keys)
        try:
            gone = await self._asked(self._take(tags, keys))
        except ResponseError as refusal:
            raise CacheUnavailable(
                f"The shared cache refuses: {why(refusal)}"
            ) from None
        self._outdate(tags, keys)
        if self._near_for:
            await asyncio.sleep(self._near_for + _A_LITTLE)
        return gone

    async def close(self) -> None:
        """Close every connection."""
        self._near.clear()
        await self._wire.close()

    def _have_near(
        self, key: CallKey, entry: Entry, tags: Sequence[str], asked_at: float
    ) -> None:
        """Keep at hand what Redis said, unless we know better meanwhile."""
        if not self._outdated.refuse(names_of(tags, (key.text,)), asked_at):
            self._near.keep(key, entry, tags, asked_at)

    def _outdate(self, tags: Sequence[str], texts: Sequence[str]) -> None:
        """Nothing that Redis said till now of these stands."""
        self._outdated.mark(names_of(tags, texts), self._clock.now())
        self._near.forget_all(tags, texts)

    async def _asked(self, asking: Awaitable[T]) -> T:
        """What the store answers.

        Raises:
            CacheUnavailable: it does not.
            ResponseError: it answers that it will not.
        """
        reach, now = self._all, self._clock.now
        try:
            found = await asking
        except ResponseError:
            raise
        except TimeoutError:
            reach.late(now())
            raise CacheUnavailable("The shared cache does not answer.") from None
        except Exception as error:  # noqa: BLE001 - a request must not meet it
            reach.failed(now(), why(error))
            raise CacheUnavailable("The shared cache cannot be reached.") from None
        finally:
            reach.gave_up()
        reach.worked(now())
        return found

    async def _read(self, key: str, tags: Sequence[str]) -> Record | None:
        wire = self._wire
        raw, stamps = await wire.read(wire.entry(key), wire.stamps(tags, (key,)))
        record = None if raw is None else decode(raw)
        if record is None:
            return None
        stopped = any(int(s) / 1e6 >= record.since for s in stamps if s is not None)
        return None if stopped else record

    async def _write(
        self, key: str, entry: Entry, tags: Sequence[str], since: float
    ) -> None:
        wire, now = self._wire, self._now()
        if not self._time.known(now):
            self._heard(await self._asked(wire.time()))
        micros = round(self._time.there(since) * 1e6)
        raw = encode(Record(entry, micros / 1e6))
        if len(raw) > LARGEST:
            self._all.gave_up()
            return
        life = max(1, round((entry.keep_until - now) * 1000)), micros
        putting = wire.put(
            (wire.entry(key), raw),
            life,
            stamps=wire.stamps(tags, (key,)),
            indexes=wire.indexes(tags),
        )
        self._heard(await self._asked(putting))
        self._outdate((), (key,))
        self._writing.worked(self._clock.now())

    async def _take(self, tags: Sequence[str], keys: Sequence[str]) -> int:
        wire = self._wire
        self._heard(await wire.stamp(wire.stamps(tags, keys), LONGEST_CALL))
        gone = await wire.remove([wire.entry(key) for key in keys])
        for index in wire.indexes(tags):
            named = _AT_ONCE
            while named == _AT_ONCE:
                there, named = await wire.take(index, _AT_ONCE)
                gone += there
        return gone

    def _heard(self, time: float) -> None:
        self._time.learn(time, self._now())

    def _now(self) -> float:
        return self._clock.wall().timestamp()

    def __repr__(self) -> str:
        return "<SharedCache redis>"


# Note [late replies]
# Deleting what an index names is not enough: the reply of a call that began before an
# invalidation may be put after it, and a key that two operations share stands in the
# index of the one that put it. So an invalidation first writes down when it happened,
# for each tag and key. A put with an older beginning is refused, in one step with the
# writing; a get reads the stamps of its own tags together with the entry and compares.
# A stamp outlives all entries that are older. The entries themselves are then deleted
# to free memory and to say how many went. All stamps and beginnings are on Redis's own
# clock; where a beginning is translated it errs to the early side, and a good reply may
# be lost, never a bad one kept.

# Note [near copies]
# A near copy stands for `cache.near` seconds from when Redis was asked for it, on our
# own clock, so it needs no word from anybody to end. What this process invalidates or
# puts ends its own copies at once, and those that are on their way from Redis. Other
# processes may give theirs for that long; so an invalidation stamps, and then waits as
# long as a copy lives before it answers. Whoever has heard the answer is given nothing
# old by any process, and no process has to know of another. This is Gray's and
# Cheriton's lease, without the messages that cut one short.
