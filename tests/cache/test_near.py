"""What is at hand in the process: found at once, bounded, as young as promised."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from gateway.cache.base import CallKey, NoCache, ReplyCache
from gateway.cache.memory import MemoryCache
from gateway.cache.near import Near
from gateway.cache.shared import NearBy, SharedCache
from gateway.clock import SystemClock
from gateway.telemetry.events import unobserved
from tests.cache.kit import HandClock, entry_of
from tests.redis_server import RedisServer

NEAR = NearBy(bytes=1_000_000, seconds=0.05)
KEY = CallKey("core", ("GET", "/customers/42"), ("tenant", "acme"))
TAGS = ("a", "b")


@dataclass(slots=True)
class Kept:
    """A store with one entry, of which it was asked once."""

    store: ReplyCache
    clock: HandClock


@pytest.fixture(params=["memory", "redis"])
async def kept(request: pytest.FixtureRequest) -> AsyncIterator[Kept]:
    """Each test runs on both."""
    clock = HandClock()
    store: ReplyCache
    if request.param == "memory":
        store = MemoryCache(64_000_000, clock)
    else:
        server: RedisServer = request.getfixturevalue("redis_server")
        store = SharedCache(server.url, clock, unobserved, NEAR)
    await store.put(KEY, entry_of(clock, {"name": "Ada"}), TAGS, clock.unix())
    assert store.near(KEY, TAGS) is None
    clock.pass_by(0.01)
    await store.get(KEY, TAGS)
    yield Kept(store, clock)
    await store.close()


def key_like(key: CallKey) -> CallKey:
    """Another request's key of an equal call."""
    return CallKey(*key.of)


async def test_what_was_asked_for_is_at_hand(kept: Kept) -> None:
    """For everybody who asks the same, as one and the same object."""
    found = kept.store.near(key_like(KEY), ("a", "b"))
    assert found is not None
    assert found.reply.body == {"name": "Ada"}
    assert kept.store.near(KEY, TAGS) is found


async def test_a_reader_with_other_tags_asks_the_store(kept: Kept) -> None:
    """One of them may have been invalidated, of which the copy knows nothing."""
    assert kept.store.near(KEY, ("a",)) is None
    assert kept.store.near(KEY, ("a", "c")) is None
    assert kept.store.near(CallKey("core", "other"), TAGS) is None


@pytest.mark.parametrize(
    "wanted", [{"tags": ["b"]}, {"keys": [KEY.text]}, {"tags": ["b"], "keys": ["k"]}]
)
async def test_what_this_process_invalidates_is_not_at_hand(
    kept: Kept, wanted: dict[str, list[str]]
) -> None:
    """At once, by a tag as by a key; what is kept after it is."""
    store, clock = kept.store, kept.clock
    assert await store.invalidate(**wanted) == 1
    assert store.near(KEY, TAGS) is None
    assert await store.get(KEY, TAGS) is None
    clock.pass_by(1.0)
    newer = entry_of(clock, "new")
    await store.put(KEY, newer, TAGS, clock.unix())
    clock.pass_by(0.01)
    assert await store.get(KEY, TAGS) == store.near(KEY, TAGS) == newer


async def test_what_is_put_takes_the_place_of_what_was_at_hand(kept: Kept) -> None:
    """The next reader gets what the newest call gave."""
    newer = entry_of(kept.clock, "new")
    await kept.store.put(KEY, newer, TAGS, kept.clock.unix())
    assert kept.store.near(KEY, TAGS) is None
    assert await kept.store.get(KEY, TAGS) == newer


async def test_what_the_store_gives_meanwhile_is_not_kept_past_an_invalidation(
    kept: Kept,
) -> None:
    """It was on its way already, and is old."""
    getting = asyncio.create_task(kept.store.get(KEY, TAGS))
    await asyncio.sleep(0)
    await kept.store.invalidate(tags=["a"])
    await getting
    assert kept.store.near(KEY, TAGS) is None


async def test_a_closed_store_has_nothing_at_hand(kept: Kept) -> None:
    """Its memory is free."""
    await kept.store.close()
    assert kept.store.near(KEY, TAGS) is None


async def test_a_key_as_text_is_the_same_entry_and_never_near(kept: Kept) -> None:
    """As an operator names it."""
    found = await kept.store.get(KEY.text, TAGS)
    assert found == kept.store.near(KEY, TAGS)
    assert found is not kept.store.near(KEY, TAGS)


async def test_an_entry_that_somebody_elses_tag_took_is_not_at_hand() -> None:
    """Two operations share it; whichever of them is invalidated, it goes for both."""
    clock = HandClock()
    store = MemoryCache(64_000_000, clock)
    await store.put(KEY, entry_of(clock), ["one"], clock.unix())
    await store.get(KEY, ("two",))
    assert store.near(KEY, ("two",)) is not None
    clock.pass_by(1.0)
    assert await store.invalidate(tags=["one"]) == 1
    assert store.near(KEY, ("two",)) is None


async def test_another_process_gives_its_copy_for_a_while_and_no_longer(
    redis_server: RedisServer,
) -> None:
    """The store has let go of it already: a near hit, and a far miss."""
    clock = HandClock()
    one = SharedCache(redis_server.url, clock, unobserved, NEAR)
    two = SharedCache(redis_server.url, HandClock(), unobserved, NEAR)
    entry = entry_of(clock)
    await one.put(KEY, entry, TAGS, clock.unix())
    clock.pass_by(0.01)
    await one.get(KEY, TAGS)
    assert await two.invalidate(tags=["a"]) == 1
    assert one.near(KEY, TAGS) == entry
    assert await one.get(KEY, TAGS) is None
    clock.pass_by(2 * NEAR.seconds)
    assert one.near(KEY, TAGS) is None
    await one.close()
    await two.close()


async def test_an_invalidation_answers_when_no_process_gives_a_copy_any_more(
    redis_server: RedisServer,
) -> None:
    """So whoever heard the answer is given nothing old, wherever he asks."""
    clock = SystemClock()
    one, two = (
        SharedCache(redis_server.url, clock, unobserved, NEAR) for _ in range(2)
    )
    entry = entry_of(HandClock())
    await one.put(KEY, entry, TAGS, clock.wall().timestamp())
    invalidating = asyncio.create_task(two.invalidate(tags=["a"]))
    await one.get(KEY, TAGS)
    await invalidating
    assert one.near(KEY, TAGS) is None
    await one.close()
    await two.close()


async def test_no_cache_has_nothing_at_hand() -> None:
    """Where there is none, each call is made."""
    assert NoCache().near(KEY, TAGS) is None


def numbered(number: int) -> CallKey:
    return CallKey("core", number)


def test_what_is_at_hand_stays_within_its_bound() -> None:
    """Whatever is kept; what would push out all others is not kept."""
    near, clock = Near(100_000), HandClock()
    for number in range(1_000):
        near.keep(numbered(number), entry_of(clock), TAGS)
    assert repr(near) == "<Near 100 copies, 100000 bytes>"
    assert near.find(numbered(899), TAGS) is None
    assert near.find(numbered(900), TAGS) is not None


def test_what_is_used_stays_at_hand() -> None:
    """However many come that are asked for once."""
    clock, used = HandClock(), list[str]()
    near = Near(100_000, used.append)
    near.keep(KEY, entry_of(clock), TAGS)
    for number in range(1_000):
        near.keep(numbered(number), entry_of(clock), TAGS)
        assert near.find(KEY, TAGS) is not None
    assert used == [KEY.text] * (1_000 // 16)


def test_keys_of_equal_calls_are_equal_and_have_one_text() -> None:
    """The text is a digest: it shows nothing of the call."""
    assert key_like(KEY).of == KEY.of
    assert key_like(KEY).text == KEY.text
    assert repr(KEY) == f"<CallKey {KEY.text}>"
    assert "customers" not in repr(KEY)
