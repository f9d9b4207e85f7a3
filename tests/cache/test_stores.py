"""What both stores promise, by the contract in `gateway/cache/base.py`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import pytest

from gateway.cache.base import NoCache, ReplyCache, operation_tag, step_tag
from gateway.cache.codec import Record, encode
from gateway.cache.memory import MemoryCache
from gateway.cache.shared import SharedCache
from gateway.telemetry.events import Event
from tests.cache.kit import HandClock, entry_of
from tests.redis_server import RedisServer

LARGEST = 8_000_000


@dataclass(slots=True)
class Kept:
    """A store, with the clock that it goes by."""

    store: ReplyCache
    clock: HandClock


@pytest.fixture(params=["memory", "redis"])
async def kept(request: pytest.FixtureRequest) -> AsyncIterator[Kept]:
    """Each test runs on both; whatever a Redis does must be no event here."""
    clock, events = HandClock(), list[Event]()
    store: ReplyCache
    if request.param == "memory":
        store = MemoryCache(LARGEST * 8, clock)
    else:
        server: RedisServer = request.getfixturevalue("redis_server")
        store = SharedCache(server.url, clock, events.append)
    yield Kept(store, clock)
    await store.close()
    assert events == []


async def test_what_was_put_is_there(kept: Kept) -> None:
    """Body, headers, status and times, exact values among them."""
    store, clock = kept.store, kept.clock
    entry = entry_of(clock, {"sum": Decimal("1.20"), "day": date(2026, 1, 2)})
    await store.put("k", entry, ["a"], clock.unix())
    assert await store.get("k", ["a"]) == entry


async def test_what_was_never_put_is_none(kept: Kept) -> None:
    """Under this key."""
    await kept.store.put("k", entry_of(kept.clock), ["a"], kept.clock.unix())
    assert await kept.store.get("other", ["a"]) is None


async def test_an_answer_of_nothing_is_an_entry(kept: Kept) -> None:
    """Null is a body like others: what is not there is asked for once."""
    entry = entry_of(kept.clock, None)
    await kept.store.put("k", entry, ["a"], kept.clock.unix())
    assert await kept.store.get("k", ["a"]) == entry


async def test_an_expired_entry_is_given_until_it_is_no_longer_kept(kept: Kept) -> None:
    """Whether it may serve is not the store's to say."""
    store, clock = kept.store, kept.clock
    entry = entry_of(clock, keep=60.0)
    await store.put("k", entry, ["a"], clock.unix())
    clock.pass_by(59.0)
    assert await store.get("k", ["a"]) == entry
    clock.pass_by(1.0)
    assert await store.get("k", ["a"]) is None


async def test_an_entry_that_is_no_longer_kept_is_not_put(kept: Kept) -> None:
    """It would be gone before anybody could ask."""
    store, clock = kept.store, kept.clock
    entry = entry_of(clock, keep=60.0)
    clock.pass_by(61.0)
    await store.put("k", entry, ["a"], clock.unix())
    assert await store.get("k", ["a"]) is None


async def test_the_last_entry_put_counts(kept: Kept) -> None:
    """With its tags, and without those of the one before."""
    store, clock = kept.store, kept.clock
    await store.put("k", entry_of(clock, "old"), ["a"], clock.unix())
    await store.put("k", entry_of(clock, "new"), ["b"], clock.unix())
    found = await store.get("k", ["b"])
    assert found == entry_of(clock, "new")


async def test_an_invalidated_tag_takes_its_entries_and_no_others(kept: Kept) -> None:
    """And says how many."""
    store, clock = kept.store, kept.clock
    for key, tags in {"1": ["a"], "2": ["a", "b"], "3": ["b"]}.items():
        await store.put(key, entry_of(clock, key), tags, clock.unix())
    clock.pass_by(1.0)
    assert await store.invalidate(tags=["a"]) == 2
    assert await store.get("1", ["a"]) is None
    assert await store.get("2", ["a", "b"]) is None
    assert await store.get("3", ["b"]) == entry_of_before(clock, "3")


def entry_of_before(clock: HandClock, body: object) -> object:
    clock.pass_by(-1.0)
    made = entry_of(clock, body)
    clock.pass_by(1.0)
    return made


async def test_an_entry_under_two_of_the_tags_is_counted_once(kept: Kept) -> None:
    """The sum is what went, not what was named."""
    store, clock = kept.store, kept.clock
    await store.put("k", entry_of(clock), ["a", "b"], clock.unix())
    assert await store.invalidate(tags=["a", "b"], keys=["k"]) == 1


async def test_more_entries_than_go_at_once_all_go(kept: Kept) -> None:
    """The number in one step is bounded, not the call."""
    store, clock = kept.store, kept.clock
    for key in range(1_001):
        await store.put(str(key), entry_of(clock), ["a"], clock.unix())
    assert await store.invalidate(tags=["a"]) == 1_001
    assert await store.get("1000", ["a"]) is None


async def test_an_invalidated_key_takes_one_entry(kept: Kept) -> None:
    """The others of its tags stay; a tag that is spelled like the key is another."""
    store, clock = kept.store, kept.clock
    await store.put("k", entry_of(clock), ["a"], clock.unix())
    await store.put("l", entry_of(clock), ["a", "k"], clock.unix())
    assert await store.invalidate(keys=["k", "nothing"]) == 1
    assert await store.get("k", ["a"]) is None
    assert await store.get("l", ["a", "k"]) == entry_of(clock)


@pytest.mark.parametrize("wanted", [{"tags": ["a"]}, {"keys": ["k"]}])
async def test_the_reply_of_a_call_that_began_before_is_dropped(
    kept: Kept, wanted: dict[str, list[str]]
) -> None:
    """It may have read what was true before; the next call's reply is kept."""
    store, clock = kept.store, kept.clock
    began = clock.unix()
    await store.invalidate(**wanted)
    await store.put("k", entry_of(clock), ["a"], began)
    assert await store.get("k", ["a"]) is None
    clock.pass_by(10.0)
    await store.put("k", entry_of(clock), ["a"], clock.unix())
    assert await store.get("k", ["a"]) == entry_of(clock)


async def test_a_late_reply_does_not_take_the_place_of_a_newer(kept: Kept) -> None:
    """What was read after the invalidation stays."""
    store, clock = kept.store, kept.clock
    began = clock.unix()
    await store.invalidate(tags=["a"])
    clock.pass_by(10.0)
    newer = entry_of(clock, "new")
    await store.put("k", newer, ["a"], clock.unix())
    await store.put("k", entry_of(clock, "old"), ["a"], began)
    assert await store.get("k", ["a"]) == newer


async def test_an_entry_that_another_put_is_stopped_by_the_readers_tags(
    kept: Kept,
) -> None:
    """Two operations share a key, and one of them was invalidated."""
    store, clock = kept.store, kept.clock
    entry = entry_of(clock)
    await store.put("k", entry, ["one"], clock.unix())
    clock.pass_by(1.0)
    assert await store.invalidate(tags=["two"]) == 0
    assert await store.get("k", ["two"]) is None
    assert await store.get("k", ["one"]) == entry


async def test_an_entry_that_is_too_large_is_not_kept(kept: Kept) -> None:
    """It is a call each time, and no failure; nothing else goes because of it."""
    store, clock = kept.store, kept.clock
    await store.put("small", entry_of(clock), ["a"], clock.unix())
    for size in (LARGEST + 1, LARGEST * 9):
        await store.put("k", entry_of(clock, "a" * size), ["a"], clock.unix())
        assert await store.get("k", ["a"]) is None
    assert await store.get("small", ["a"]) == entry_of(clock)


async def test_an_entry_that_cannot_be_written_exactly_is_not_kept(kept: Kept) -> None:
    """And what is put after it is."""
    store, clock = kept.store, kept.clock
    await store.put("k", entry_of(clock, object()), ["a"], clock.unix())
    assert await store.get("k", ["a"]) is None
    await store.put("k", entry_of(clock), ["a"], clock.unix())
    assert await store.get("k", ["a"]) == entry_of(clock)


async def test_nobody_can_change_what_others_are_given(kept: Kept) -> None:
    """Each reader has a body of its own."""
    store, clock = kept.store, kept.clock
    body = {"names": ["Ada"]}
    await store.put("k", entry_of(clock, body), ["a"], clock.unix())
    body["names"].append("put")
    first = await store.get("k", ["a"])
    assert first is not None
    assert first == entry_of(clock, {"names": ["Ada"]})
    first.reply.body["names"].append("got")  # type: ignore[index]
    assert await store.get("k", ["a"]) == entry_of(clock, {"names": ["Ada"]})


async def test_no_cache_keeps_nothing() -> None:
    """Where there is none, each call is made."""
    clock = HandClock()
    store = NoCache()
    await store.put("k", entry_of(clock), ["a"], clock.unix())
    assert await store.get("k", ["a"]) is None
    assert await store.invalidate(tags=["a"]) == 0
    await store.close()


def test_an_operation_and_a_step_have_tags_that_differ() -> None:
    """Also where an operation is named as another's step."""
    assert operation_tag("a.b") != step_tag("a", "b")


def test_a_large_body_is_still_one_entry() -> None:
    """The bound of the tests above is on the bytes, not on the text."""
    raw = encode(Record(entry_of(HandClock(), "a" * 1_000), 0.0))
    assert 1_000 < len(raw) < 1_200
