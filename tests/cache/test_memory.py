"""The memory store's bound, and the bookkeeping behind it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gateway.cache.ledger import Ledger
from gateway.cache.memory import MemoryCache
from gateway.cache.stamps import Stamps
from tests.cache.kit import HandClock, entry_of

MEGABYTE = 1_000_000


async def test_many_entries_stay_within_the_bound() -> None:
    """However many are put: the backend holds what the ledger counts, and no timers."""
    clock = HandClock()
    store = MemoryCache(MEGABYTE, clock)
    for key in range(5_000):
        await store.put(str(key), entry_of(clock, "a" * 1_000), ["t"], clock.unix())
    held = store._replies._cache
    assert sum(map(len, held.values())) < store._ledger.size <= MEGABYTE
    assert held.keys() == set(store._ledger)
    assert store._replies._handlers == {}
    assert repr(store) == "<MemoryCache 605 entries, 999460 bytes>"


async def test_what_was_not_used_for_the_longest_time_goes_first() -> None:
    """Reading counts as use."""
    clock = HandClock()
    store = MemoryCache(10_000, clock)
    for key in ("first", "second"):
        await store.put(key, entry_of(clock), [], clock.unix())
    assert await store.get("first", []) is not None
    for number in range(14):
        await store.put(str(number), entry_of(clock), [], clock.unix())
    assert await store.get("first", []) == entry_of(clock)
    assert await store.get("second", []) is None


async def test_an_entry_that_has_ended_gives_its_room_back() -> None:
    """When somebody asks for it."""
    clock = HandClock()
    store = MemoryCache(MEGABYTE, clock)
    await store.put("k", entry_of(clock, keep=60.0), ["t"], clock.unix())
    clock.pass_by(60.0)
    assert await store.get("k", ["t"]) is None
    assert repr(store) == "<MemoryCache 0 entries, 0 bytes>"


async def test_a_closed_store_holds_nothing() -> None:
    """Its memory is free before the object is."""
    clock = HandClock()
    store = MemoryCache(MEGABYTE, clock)
    await store.put("k", entry_of(clock), ["t"], clock.unix())
    await store.close()
    assert repr(store) == "<MemoryCache 0 entries, 0 bytes>"
    assert store._replies._cache == {}


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["add", "use", "remove"]),
        st.sampled_from("abcdef"),
        st.integers(1, 40),
        st.frozensets(st.sampled_from("xyz")),
    )
)


@given(STEPS)
def test_the_ledger_counts_what_it_holds(
    steps: list[tuple[str, str, int, frozenset[str]]],
) -> None:
    """By a plain model of the same: sizes, tags and the order of going."""
    ledger, model = Ledger(100), dict[str, tuple[int, frozenset[str]]]()
    for what, key, size, tags in steps:
        match what:
            case "add":
                model.pop(key, None)
                model[key] = size, tags
                gone = []
                while sum(s for s, _ in model.values()) > 100:
                    gone.append(next(iter(model)))
                    del model[gone[-1]]
                assert ledger.add(key, size, tags) == gone
            case "use":
                ledger.use(key)
                if key in model:
                    model[key] = model.pop(key)
            case _:
                assert ledger.remove(key) is (model.pop(key, None) is not None)
        assert list(ledger) == list(model)
        assert ledger.size == sum(s for s, _ in model.values())
        for tag in "xyz":
            held = {k for k, (_, own) in model.items() if tag in own}
            assert ledger.tagged([tag]) == held


def test_a_stamp_refuses_what_is_not_younger() -> None:
    """Of its own names only."""
    stamps = Stamps()
    stamps.mark(["a"], 10.0)
    assert [stamps.refuse(["a", "b"], at) for at in (9.0, 10.0, 10.1)] == [
        True,
        True,
        False,
    ]
    assert not stamps.refuse(["b"], 9.0)


def test_a_newer_stamp_takes_the_place_of_the_older() -> None:
    """There is one for each name."""
    stamps = Stamps()
    stamps.mark(["a"], 10.0)
    stamps.mark(["a"], 20.0)
    assert stamps.refuse(["a"], 15.0)
    assert len(stamps) == 1


def test_forgotten_stamps_refuse_too_much_rather_than_too_little() -> None:
    """Their number is bounded; what is as old as a forgotten one is refused."""
    stamps = Stamps(limit=2)
    for at, name in enumerate("abc", start=1):
        stamps.mark([name], float(at))
    assert len(stamps) == 2
    assert stamps.refuse(["other"], 1.0)
    assert not stamps.refuse(["other"], 1.1)
    assert stamps.refuse(["c"], 3.0)
