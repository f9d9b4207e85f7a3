"""The store in Redis, with a real one: what others see, and what its failures cost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gateway.cache.base import CacheUnavailable, Entry
from gateway.cache.shared import LONGEST_CALL, SharedCache
from gateway.clock import Clock, SystemClock
from gateway.connectors.base import Reply
from gateway.record import replace as with_
from gateway.telemetry.events import CacheFound, CacheLost, Event
from tests.cache.kit import HandClock, entry_of
from tests.redis_server import RedisServer


@dataclass(slots=True)
class Process:
    """What one process has: a store, a clock and what it told."""

    url: str
    clock: Any
    events: list[Event] = field(default_factory=list)
    store: SharedCache = field(init=False)

    def __post_init__(self) -> None:
        self.store = SharedCache(self.url, self.clock, self.events.append)

    async def put(self, key: str = "k", *tags: str) -> Entry:
        entry = entry_of(self.clock, key)
        await self.store.put(key, entry, tags or ("a",), self.clock.unix())
        return entry


@asynccontextmanager
async def process(url: str, clock: Clock | None = None) -> AsyncIterator[Process]:
    one = Process(url, clock or HandClock())
    try:
        yield one
    finally:
        await one.store.close()


async def test_what_one_process_puts_another_finds(redis_server: RedisServer) -> None:
    """And what one invalidates is gone for the other."""
    async with process(redis_server.url) as one, process(redis_server.url) as two:
        entry = await one.put("k", "a")
        assert await two.store.get("k", ["a"]) == entry
        assert await two.store.invalidate(tags=["a"]) == 1
        assert await one.store.get("k", ["a"]) is None


@dataclass(frozen=True, slots=True)
class WrongClock(SystemClock):
    """It runs as it should, and is ahead of the day."""

    ahead: timedelta

    def wall(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@pytest.mark.parametrize("hours", [-1, 0, 1])
async def test_an_invalidation_elsewhere_stops_a_call_in_flight(
    redis_server: RedisServer, hours: int
) -> None:
    """Whatever the machines' clocks say; the reply of a later call is kept."""
    url, wrong = redis_server.url, WrongClock(timedelta(hours=hours))
    async with process(url, wrong) as one, process(url, SystemClock()) as two:
        began = one.clock.wall().timestamp()
        await two.store.invalidate(tags=["a"])
        entry = Entry(Reply("Ada"), began, began + 30, began + 60)
        await one.store.put("k", entry, ["a"], began)
        assert await one.store.get("k", ["a"]) is None
        assert redis_server.ask("EXISTS", "headwater:1:entry:k") == "0"
        await two.store.invalidate(tags=["a"])
        later = one.clock.wall().timestamp()
        await one.store.put("k", entry, ["a"], later + 1.0)
        assert await one.store.get("k", ["a"]) == entry


async def test_entries_end_by_themselves_and_leave_no_names(
    redis_server: RedisServer,
) -> None:
    """Each key in Redis has an end, the last at the longest keeping."""
    async with process(redis_server.url) as one:
        await one.put("k", "a", "b")
        await one.store.invalidate(tags=["z"])
        names = redis_server.ask("KEYS", "*").split()
        lives = {name: int(redis_server.ask("TTL", name)) for name in names}
    assert sorted(lives) == [
        "headwater:1:entry:k",
        "headwater:1:horizon",
        "headwater:1:index:a",
        "headwater:1:index:b",
        "headwater:1:stamp:tag:z",
    ]
    assert all(0 < life <= LONGEST_CALL for life in lives.values())
    assert lives["headwater:1:stamp:tag:z"] > 60


async def test_a_stamp_outlives_the_entry_that_is_kept_longest(
    redis_server: RedisServer,
) -> None:
    """A shared key may be read under the tag as long as the entry is there."""
    async with process(redis_server.url) as one:
        entry = entry_of(one.clock, keep=100_000.0)
        await one.store.put("k", entry, ["a"], one.clock.unix())
        await one.store.invalidate(tags=["z"])
        stamp = int(redis_server.ask("PTTL", "headwater:1:stamp:tag:z"))
        kept = int(redis_server.ask("PTTL", "headwater:1:entry:k"))
    assert stamp >= kept > 90_000_000


async def test_an_index_lets_go_of_entries_that_ended(
    redis_server: RedisServer,
) -> None:
    """A tag that is always in use must not grow for ever."""
    async with process(redis_server.url) as one:
        await one.put("k", "a")
        redis_server.ask("ZADD", "headwater:1:index:a", "1", "headwater:1:entry:old")
        await one.put("l", "a")
        assert redis_server.ask("ZRANGE", "headwater:1:index:a", "0", "-1").split() == [
            "headwater:1:entry:k",
            "headwater:1:entry:l",
        ]


async def test_the_reply_of_a_very_long_call_is_not_kept(
    redis_server: RedisServer,
) -> None:
    """A stamp against it might have ended."""
    async with process(redis_server.url) as one:
        began = one.clock.unix()
        one.clock.pass_by(LONGEST_CALL + 1)
        await one.store.put("k", entry_of(one.clock), ["a"], began)
        assert await one.store.get("k", ["a"]) is None


async def test_a_redis_that_is_not_there_is_no_cache_and_one_warning() -> None:
    """Nothing raises into a request; an invalidation says that it could not be."""
    async with process("redis://127.0.0.1:1/0") as one:
        for _ in range(3):
            await one.put()
            assert await one.store.get("k", ["a"]) is None
            one.clock.pass_by(5.0)
        with pytest.raises(CacheUnavailable, match="cannot be reached"):
            await one.store.invalidate(tags=["a"])
    assert [type(event) for event in one.events] == [CacheLost]


async def test_a_redis_that_was_killed_is_found_again(
    redis_server: RedisServer,
) -> None:
    """Told once when it goes and once when it is back, with no restart of ours."""
    async with process(redis_server.url) as one:
        await one.put()
        redis_server.kill()
        assert await one.store.get("k", ["a"]) is None
        assert await one.store.get("k", ["a"]) is None
        redis_server.start()
        assert await one.store.get("k", ["a"]) is None, "it is not asked in the pause"
        one.clock.pass_by(1.0)
        assert await one.store.get("k", ["a"]) is None
        entry = await one.put()
        assert await one.store.get("k", ["a"]) == entry
    lost, found = one.events
    assert isinstance(lost, CacheLost)
    assert lost.part == "all"
    assert found == CacheFound("all", 1.0)


async def test_a_restart_that_nobody_met_costs_nothing(
    redis_server: RedisServer,
) -> None:
    """A kept connection that died is made anew within the request."""
    async with process(redis_server.url) as one:
        await one.put()
        redis_server.kill()
        redis_server.start()
        entry = await one.put()
        assert await one.store.get("k", ["a"]) == entry
    assert one.events == []


async def test_a_redis_that_hangs_is_not_waited_for(
    redis_server: RedisServer,
) -> None:
    """After some late answers it is not asked; afterwards no answer is another's."""
    async with process(redis_server.url) as one:
        first = await one.put("first")
        second = await one.put("second")
        redis_server.freeze()
        asked = [one.store.get("first", ["a"]) for _ in range(5)]
        assert await asyncio.gather(*asked) == [None] * 5
        with pytest.raises(CacheUnavailable, match="does not answer"):
            await one.store.invalidate(tags=["a"])
        redis_server.thaw()
        one.clock.pass_by(1.0)
        assert await one.store.get("second", ["b"]) == second
        assert await one.store.get("first", ["b"]) == first
    assert one.events == [
        CacheLost("all", "it does not answer in time"),
        CacheFound("all", 1.0),
    ]


async def test_a_cancelled_request_leaves_the_connection_whole(
    redis_server: RedisServer,
) -> None:
    """The answer that it did not wait for is nobody else's."""
    async with process(redis_server.url) as one:
        entries = {key: await one.put(key) for key in ("1", "2", "3")}
        redis_server.freeze()
        asking = asyncio.create_task(one.store.get("1", ["a"]))
        await asyncio.sleep(0)
        asking.cancel()
        redis_server.thaw()
        await asyncio.gather(asking, return_exceptions=True)
        assert asking.cancelled()
        for key, entry in entries.items():
            assert await one.store.get(key, ["a"]) == entry
    assert one.events == []


async def test_a_full_redis_still_serves_what_it_holds(
    redis_server: RedisServer,
) -> None:
    """It is told once that nothing new is taken, and once that it is again."""
    async with process(redis_server.url) as one:
        entry = await one.put("k")
        redis_server.ask("CONFIG", "SET", "maxmemory", "1")
        for key in "lmn":
            await one.put(key)
            assert await one.store.get("k", ["a"]) == entry
            one.clock.pass_by(1.0)
        redis_server.ask("CONFIG", "SET", "maxmemory", "0")
        later = await one.put("l")
        assert await one.store.get("l", ["a"]) == later
    lost, found = one.events
    assert isinstance(lost, CacheLost)
    assert lost.part == "writing"
    assert "maxmemory" in lost.reason
    assert found == CacheFound("writing", 3.0)


async def test_user_and_password_of_the_url_are_used_and_never_told(
    redis_server: RedisServer,
) -> None:
    """A wrong one is a store that is lost."""
    redis_server.ask("ACL", "SETUSER", "gate", "on", ">s3cret", "~*", "&*", "+@all")
    redis_server.ask("ACL", "SETUSER", "default", "off")
    place = f"127.0.0.1:{redis_server.port}/3"
    async with (
        process(f"redis://gate:s3cret@{place}") as one,
        process(f"redis://gate:wr0ng@{place}") as two,
    ):
        entry = await one.put()
        assert await one.store.get("k", ["a"]) == entry
        assert await two.store.get("k", ["a"]) is None
    assert one.events == []
    assert [type(event) for event in two.events] == [CacheLost]
    assert "wr0ng" not in repr(two.events) + repr(two.store)


async def test_a_store_that_refuses_to_read_is_lost(
    redis_server: RedisServer,
) -> None:
    """An error for an answer is no reason to fail a request."""
    redis_server.ask("ACL", "SETUSER", "gate", "on", ">s3cret", "~other:*", "+@all")
    url = f"redis://gate:s3cret@127.0.0.1:{redis_server.port}/0"
    async with process(url) as one:
        assert await one.store.get("k", ["a"]) is None
        with pytest.raises(CacheUnavailable, match="refuses"):
            await one.store.invalidate(tags=["a"])
    assert [type(event) for event in one.events] == [CacheLost]


async def test_foreign_bytes_under_our_names_are_no_entry(
    redis_server: RedisServer,
) -> None:
    """And are overwritten by the next reply."""
    async with process(redis_server.url) as one:
        redis_server.ask("SET", "headwater:1:entry:k", "cos\nsystem\n(S'id'\ntR.")
        assert await one.store.get("k", ["a"]) is None
        entry = await one.put()
        assert await one.store.get("k", ["a"]) == entry
    assert one.events == []


async def test_an_old_entry_is_not_stored_past_its_end(
    redis_server: RedisServer,
) -> None:
    """What is left of its time is what Redis keeps it for."""
    async with process(redis_server.url) as one:
        entry = with_(entry_of(one.clock), keep_until=one.clock.unix() + 0.0004)
        await one.store.put("k", entry, ["a"], one.clock.unix())
        assert int(redis_server.ask("PTTL", "headwater:1:entry:k")) <= 1
