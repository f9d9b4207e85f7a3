"""What a process remembers of deeds: bounded, and no longer than it has to."""

from __future__ import annotations

import pytest

from gateway.cache.codec import UnfitForCacheError
from gateway.cache.deeds import Deed, MemoryDeeds
from tests.cache.kit import HandClock

OWN = Deed("what", "me")
OTHER = Deed("what", "other")


async def test_of_two_who_begin_one_does_it() -> None:
    """The other is told whose deed stands; afterwards also what came of it."""
    deeds = MemoryDeeds(HandClock())
    assert await deeds.begin("k", OWN, 5) == OWN
    assert await deeds.begin("k", OTHER, 5) == OWN
    done = Deed("what", "me", {"a": 1})
    await deeds.finish("k", done, 60)
    assert await deeds.begin("k", OTHER, 5) == done


async def test_what_came_to_nothing_ends_with_its_time() -> None:
    """Whoever asks after it begins; and may forget no deed but its own."""
    clock = HandClock()
    deeds = MemoryDeeds(clock)
    await deeds.begin("k", OWN, 5)
    clock.seconds += 5
    assert await deeds.begin("k", OTHER, 5) == OTHER
    await deeds.forget("k", OWN)
    assert len(deeds) == 1
    await deeds.forget("k", OTHER)
    assert repr(deeds) == "<MemoryDeeds 0, 0 bytes>"


async def test_the_oldest_go_where_there_is_no_room() -> None:
    """By bytes: what was told last is there."""
    deeds = MemoryDeeds(HandClock(), limit=3_000)
    for number in range(50):
        await deeds.begin(f"k{number}", OWN, 5)
        done = Deed("what", "me", "x" * 500)
        await deeds.finish(f"k{number}", done, 60)
    assert 1 <= len(deeds) <= 5
    assert await deeds.begin("k49", OTHER, 5) == done
    assert await deeds.begin("k0", OTHER, 5) == OTHER


async def test_an_answer_beyond_the_limit_is_refused_and_costs_no_other() -> None:
    """What is remembered already stays."""
    deeds = MemoryDeeds(HandClock(), limit=3_000)
    await deeds.finish("small", OWN, 60)
    with pytest.raises(UnfitForCacheError):
        await deeds.finish("large", Deed("what", "me", "x" * 4_000), 60)
    assert await deeds.begin("small", OTHER, 5) == OWN


async def test_what_has_ended_leaves_room_as_others_come() -> None:
    """Without a timer: each new one looks at the two oldest."""
    clock = HandClock()
    deeds = MemoryDeeds(clock)
    for number in range(10):
        await deeds.begin(f"old{number}", OWN, 5)
    clock.seconds += 6
    for number in range(5):
        await deeds.begin(f"new{number}", OWN, 60)
    assert len(deeds) == 5
