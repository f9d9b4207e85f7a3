"""What is said to Redis: names, commands and connections, through aiocache's backend.

In charge of the wire. Each request takes as long as it may and no longer, or raises
`TimeoutError`; what redis-py raises passes through. Must never decide what an answer
means.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Any, cast

from aiocache import RedisCache
from aiocache.serializers import NullSerializer
from redis.asyncio import BlockingConnectionPool
from redis.asyncio.connection import parse_url
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from gateway.cache.codec import FORM
from gateway.cache.scripts import (
    BEGIN_DEED,
    FINISH_DEED,
    FORGET_DEED,
    PUT,
    STAMP,
    TAKE,
)

NAMESPACE = f"headwater:{FORM}"
"""Another form of entries has another namespace: versions never read each other's."""
PATIENCE = 0.1
"""Seconds that a request in a caller's way may take."""
_ADMIN_PATIENCE = 2.0
"""Seconds for one request of an invalidation, for which somebody waits."""
_DEED_PATIENCE = 1.0
"""Seconds for what must be known before anything is changed."""
_CONNECTIONS = 32


class RedisWire:
    """One Redis by URL. Connects at the first request, and again whenever it has to."""

    def __init__(self, url: str) -> None:
        options: dict[str, Any] = dict(parse_url(url))
        # aiocache 0.12 takes no URL, no user name and no TLS settings: those, and what
        # is no business of its own, go to the pool.
        self._cache = RedisCache(
            endpoint=options.pop("host", "127.0.0.1"),
            port=options.pop("port", 6379),
            db=options.pop("db", 0),
            password=options.pop("password", None),
            pool_max_size=_CONNECTIONS,
            connection_pool_class=BlockingConnectionPool,
            # One more try at once: a kept connection may have died of old age.
            connection_pool_kwargs={**options, "retry": Retry(NoBackoff(), 1)},
            serializer=NullSerializer(encoding=None),
            namespace=NAMESPACE,
            timeout=PATIENCE,
        )

    def entry(self, key: str) -> str:
        """The name of an entry."""
        return f"entry:{key}"

    def stamps(self, tags: Sequence[str], keys: Sequence[str]) -> list[str]:
        """The names of the stamps of tags and of single keys."""
        return [*(f"stamp:tag:{t}" for t in tags), *(f"stamp:key:{k}" for k in keys)]

    def indexes(self, tags: Sequence[str]) -> list[str]:
        """The names of the indexes of tags."""
        return [f"index:{tag}" for tag in tags]

    async def read(
        self, entry: str, stamps: Sequence[str]
    ) -> tuple[bytes | None, list[bytes | None]]:
        """An entry with the stamps that decide on it, as of one moment."""
        first, *rest = await self._cache.multi_get([entry, *stamps], timeout=PATIENCE)
        return first, rest

    async def time(self) -> float:
        """Redis's unix seconds."""
        seconds, micros = await self._cache.raw("time", timeout=PATIENCE)
        return _seconds(seconds, micros)

    async def put(
        self,
        entry: tuple[str, bytes],
        life: tuple[int, int],
        *,
        stamps: Sequence[str],
        indexes: Sequence[str],
    ) -> float:
        """Keep bytes unless a stamp is as late as the call; Redis's time.

        ``life`` is how long in milliseconds, and when the call began, in Redis's own
        microseconds.
        """
        name, raw = entry
        names = (name, "horizon", *stamps, *indexes)
        told = await self._script(PUT, names, (raw, *life, len(stamps)), PATIENCE)
        return _seconds(*told[:2])

    async def stamp(self, stamps: Sequence[str], at_least: float) -> float:
        """Stamp now; Redis's time. Stamps live ``at_least`` so many seconds."""
        names, life = ("horizon", *stamps), (round(at_least * 1000),)
        told = await self._script(STAMP, names, life, _ADMIN_PATIENCE)
        return _seconds(*told[:2])

    async def take(self, index: str, most: int) -> tuple[int, int]:
        """Remove entries of an index: how many were there, how many it named."""
        told = await self._script(TAKE, (index,), (most,), _ADMIN_PATIENCE)
        return told[2], told[3]

    async def remove(self, entries: Sequence[str]) -> int:
        """Remove entries; how many were there."""
        if not entries:
            return 0
        names = [self._cache.build_key(name) for name in entries]
        gone = await self._cache.raw("unlink", *names, timeout=_ADMIN_PATIENCE)
        return cast("int", gone)

    async def begin_deed(self, key: str, own: bytes, seconds: float) -> bytes | None:
        """The deed that was there; None where it is the own one from now on."""
        return await self._deed(BEGIN_DEED, key, own, round(seconds * 1000))

    async def finish_deed(
        self, key: str, begun: bytes, done: bytes, seconds: float
    ) -> bytes | None:
        """Keep what came of a deed, unless another stands there."""
        return await self._deed(FINISH_DEED, key, begun, done, round(seconds * 1000))

    async def forget_deed(self, key: str, begun: bytes) -> bytes | None:
        """Remove a deed, unless another stands there."""
        return await self._deed(FORGET_DEED, key, begun)

    async def _deed(self, script: str, key: str, *given: object) -> bytes | None:
        name = self._cache.build_key(f"deed:{key}")
        asked = ("eval", script, 1, name, *given)
        found: bytes | None = await self._cache.raw(*asked, timeout=_DEED_PATIENCE)
        return found

    async def run(
        self, script: str, names: Sequence[str], given: Sequence[object]
    ) -> list[int]:
        """What a script says, in whole numbers."""
        return await self._script(script, names, given, PATIENCE)

    async def told(
        self, script: str, names: Sequence[str], given: Sequence[object]
    ) -> list[Any]:
        """What a script says, as it says it: whole numbers and bytes."""
        return await self._said(script, names, given, PATIENCE)

    async def close(self) -> None:
        """Close every connection; one that does not answer is left to the system."""
        with contextlib.suppress(Exception):
            async with asyncio.timeout(_ADMIN_PATIENCE):
                await self._cache.client.aclose()

    async def _script(
        self,
        script: str,
        names: Sequence[str],
        given: Sequence[object],
        patience: float,
    ) -> list[int]:
        told = await self._said(script, names, given, patience)
        return [int(part) for part in told]

    async def _said(
        self,
        script: str,
        names: Sequence[str],
        given: Sequence[object],
        patience: float,
    ) -> list[Any]:
        keys = [self._cache.build_key(name) for name in names]
        asked = ("eval", script, len(keys), *keys, *given)
        told: list[Any] = await self._cache.raw(*asked, timeout=patience)
        return told


def _seconds(seconds: int, micros: int) -> float:
    return (seconds * 1_000_000 + micros) / 1e6
