"""Holds in a store: what they are, how they end, and that none is lost."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pytest

from gateway.hold import Hold
from gateway.release.activation import Actor
from gateway.release.holding import (
    Change,
    NotHeldError,
    holding,
    in_force,
    read,
    releasing,
    written,
)
from gateway.release.holds import Holds, LastHolds
from gateway.release.model import ReleaseError, StoreError
from gateway.release.stores.base import Store
from gateway.release.stores.memory import MemoryStore
from gateway.release.stores.opening import open_store

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
ADA = Actor("ada", "laptop", "INC-77")
BOB = Actor("bob", "ci", "it is worse")
FRAUD, RISK = "customer360.fraud", "customer360.risk"


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


@dataclass
class Hands:
    """A clock that is set by hand."""

    time: datetime = field(default=NOON)

    def now(self) -> float:
        return self.time.timestamp()

    def wall(self) -> datetime:
        return self.time


def names(change: Change | None, now: datetime) -> list[str]:
    return [hold.step for hold in in_force(change, now)]


def test_a_hold_ends_by_itself_at_a_point_in_time() -> None:
    """Who reads it by whatever clock goes by that point, not by how long it was."""
    change = holding(None, FRAUD, ADA, NOON, 1800)
    assert change.holds == (
        Hold(
            FRAUD,
            "2026-11-23T12:00:00.000+00:00",
            "2026-11-23T12:30:00.000+00:00",
            "ada",
            "laptop",
            "INC-77",
        ),
    )
    assert [names(change, at(m)) for m in (-5, 0, 29.99, 30, 31)] == [
        [FRAUD],
        [FRAUD],
        [FRAUD],
        [],
        [],
    ]


def test_of_two_holds_of_one_step_the_one_that_ends_later_stands() -> None:
    """Whoever came first; one without an end is the latest of all."""
    first = holding(None, FRAUD, ADA, NOON, 3600)
    shorter = holding(first, FRAUD, BOB, at(1), 60)
    assert (shorter.holds, shorter.by) == (first.holds, "bob")
    longer = holding(shorter, FRAUD, BOB, at(1), 7200)
    assert [(h.by, h.until) for h in longer.holds] == [
        ("bob", "2026-11-23T14:01:00.000+00:00")
    ]
    endless = holding(longer, FRAUD, ADA, at(2), None)
    assert [h.until for h in endless.holds] == [None]
    assert holding(endless, FRAUD, BOB, at(3), 60).holds == endless.holds


def test_what_is_over_is_not_written_again() -> None:
    """The newest entry has what is in force after it, and no more."""
    first = holding(None, FRAUD, ADA, NOON, 60)
    second = holding(first, RISK, BOB, at(2), 60)
    assert (second.number, names(second, at(2))) == (2, [RISK])
    assert [hold.step for hold in second.holds] == [RISK]


def test_a_hold_is_ended_once() -> None:
    """Of what is not held it says what is."""
    before = holding(holding(None, FRAUD, ADA, NOON, 60), RISK, ADA, NOON, 60)
    after = releasing(before, FRAUD, BOB, NOON)
    assert (after.act, names(after, NOON)) == ("unhold", [RISK])
    with pytest.raises(NotHeldError, match="is not held") as told:
        releasing(after, FRAUD, BOB, NOON)
    assert told.value.hint == f"held are {RISK}"
    with pytest.raises(NotHeldError) as nothing:
        releasing(before, FRAUD, BOB, at(2))
    assert nothing.value.hint == "nothing is held"


@pytest.mark.parametrize(
    "step",
    ["*", "customer360.*", "source:*", "customer360", "", "a.b.c", "source:", "a. b"],
)
def test_a_hold_names_what_it_holds(step: str) -> None:
    """No wildcard, and nothing that is no step."""
    with pytest.raises(ReleaseError):
        holding(None, step, ADA, NOON, 60)


def test_a_hold_lasts_a_day_at_most_and_has_a_reason() -> None:
    """Unless somebody wants to end it himself."""
    with pytest.raises(ReleaseError, match="longer than a day"):
        holding(None, FRAUD, ADA, NOON, 24 * 3600 + 1)
    assert holding(None, FRAUD, ADA, NOON, 24 * 3600).holds
    with pytest.raises(ReleaseError, match="needs a reason"):
        holding(None, FRAUD, Actor("ada", "laptop", " "), NOON, 60)


def test_there_are_only_so_many() -> None:
    """An entry stays small: it has all of them."""
    change: Change | None = None
    for number in range(30):
        change = holding(change, f"a.s{number}", ADA, NOON, 60)
    with pytest.raises(ReleaseError, match="30 holds are in force already"):
        holding(change, FRAUD, ADA, NOON, 60)
    assert len(written(change or read(b"", 1))) < 20_000


@pytest.mark.parametrize(
    "change",
    [
        {"act": "hole"},
        {"number": 2},
        {"holds": [{}]},
        {"holds": "x"},
        {"holds": None},
        {"by": 1},
        {"at": None},
    ],
)
def test_an_entry_that_is_none_is_garbage(change: dict[str, object]) -> None:
    """Whatever is wrong with it: it is not half believed."""
    good = written(holding(None, FRAUD, ADA, NOON, 60))
    assert read(good, 1).step == FRAUD
    with pytest.raises(StoreError, match="entry 1 of the log of holds is garbage"):
        read(orjson.dumps({**orjson.loads(good), **change}), 1)
    naive = orjson.loads(good)
    naive["holds"][0]["until"] = "2026-11-23T12:30:00"
    with pytest.raises(StoreError):
        read(orjson.dumps(naive), 1)


def test_every_store_keeps_holds(store: Store) -> None:
    """And says who did what, in order."""
    clock = Hands()
    holds = Holds(store, "stable", clock)
    assert holds.newest() is None
    holds.hold(FRAUD, ADA, 1800)
    clock.time = at(1)
    holds.hold(RISK, BOB, 60)
    holds.unhold(FRAUD, BOB)
    assert names(holds.newest(), at(1)) == [RISK]
    assert [(c.number, c.act, c.step, c.by) for c in holds.history()] == [
        (1, "hold", FRAUD, "ada"),
        (2, "hold", RISK, "bob"),
        (3, "unhold", FRAUD, "bob"),
    ]
    assert Holds(store, "other", clock).newest() is None


def test_of_many_holds_at_once_none_is_lost(url: str) -> None:
    """Each has its own connection, and all of them begin at one moment."""
    many, start = 6, threading.Barrier(6)

    def hold(number: int) -> None:
        holds = Holds(open_store(url), "stable", Hands())
        start.wait(60)
        holds.hold(f"a.s{number}", ADA, 60)
        holds.store.close()

    threads = [threading.Thread(target=hold, args=(n,)) for n in range(many)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    store = open_store(url)
    newest = Holds(store, "stable", Hands()).newest()
    store.close()
    assert sorted(names(newest, NOON)) == [f"a.s{n}" for n in range(many)]


def test_what_is_kept_on_disk_is_one_channels(tmp_path: Path) -> None:
    """Damaged, or another's: nothing is known. Without a folder nothing is kept."""
    change = Holds(MemoryStore(), "stable", Hands()).hold(FRAUD, ADA, 60)
    kept = LastHolds(tmp_path / "state", "stable")
    assert kept.read() is None
    kept.write(change)
    assert kept.read() == change
    assert LastHolds(tmp_path / "state", "other").read() is None
    (tmp_path / "state/holds.json").write_bytes(b'{"channel": "stable", "entry": {}}')
    assert kept.read() is None
    nowhere = LastHolds(None, "stable")
    nowhere.write(change)
    assert nowhere.read() is None
