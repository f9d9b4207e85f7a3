"""Gateways of a fleet judge a candidate by what all of them count, and decide once."""

from __future__ import annotations

import asyncio
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from gateway.app import Gateway
from gateway.release.stores.base import FRESH, LARGEST_NOTE, Note, Store
from gateway.release.stores.opening import open_store
from gateway.release.stores.remote import _time
from gateway.trying.counting import REQUESTS, Figures
from gateway.trying.fleet import Telling, heard_in, topic_of, written
from tests.redis_server import RedisServer
from tests.release.kit import ADA
from tests.trying.conftest import Fleet
from tests.trying.test_rollback import FEW, B, answers, through, trying

TOPIC = topic_of("stable")


@pytest.fixture(params=["directory", "redis"])
def either(request: pytest.FixtureRequest) -> Fleet:
    """A fleet over a directory, and one over a real Redis."""
    name = "on_disk" if request.param == "directory" else "fleet"
    found: Fleet = request.getfixturevalue(name)
    return found


async def judged(*gateways: Gateway) -> None:
    """Each has looked, and it was time to tell."""
    for gateway in gateways:
        if gateway.trying.trial is not None:
            gateway.trying.telling._next = 0.0
            await gateway.judge()


async def test_two_that_see_too_little_each_decide_together(either: Fleet) -> None:
    """12 requests are less than 20, and 24 are not: one entry, by the sum."""
    both = await trying(either, FEW, 2)
    for gateway in both:
        answers(gateway, 12, wrong=12)
    await judged(both[0])
    assert either.releases.standing().trial is not None
    await judged(both[1])
    entry = either.releases.history()[-1]
    assert (entry.act, entry.number) == ("withdraw", 3)
    assert entry.reason.startswith("requests: 100% of 24 failed")
    figures: Any = entry.figures
    assert figures["stable"]["requests"]["count"] == 24
    await judged(both[0])
    assert (len(either.releases.history()), both[0].trying.trial) == (3, None)


async def test_both_that_decide_by_the_sum_write_one_entry(either: Fleet) -> None:
    """At the same moment, with the other's figures at hand."""
    both = await trying(either, FEW, 2)
    await judged(*both)
    for gateway in both:
        answers(gateway, 12, wrong=12)
        telling, trial = gateway.trying.telling, gateway.trying.trial
        assert trial is not None
        store = either.releases.store
        telling.took(telling.exchange(store, "stable", trial.here()), 0.0)
    for gateway in both:
        gateway.trying.telling._next = 0.0
    await asyncio.gather(*(gateway.judge() for gateway in both))
    acts = [entry.act for entry in either.releases.history()]
    assert acts == ["activate", "canary", "withdraw"]
    assert [gateway.trying.trial for gateway in both] == [None, None]


async def test_what_a_fleet_finds_well_it_promotes_by_the_sum(on_disk: Fleet) -> None:
    """And operators see the sum of all processes."""
    both = await trying(on_disk, FEW, 2)
    for gateway in both:
        answers(gateway, 12, wrong=0)
    await judged(*both)
    trial: Any = both[1].health()["trial"]
    assert (trial["state"], trial["processes"]) == ("tried", 2)
    assert trial["figures"]["candidate"]["requests"]["count"] == 24


async def test_a_store_that_is_away_leaves_each_with_its_own(either: Fleet) -> None:
    """What was heard before is forgotten: nobody can say that it still holds."""
    both = await trying(either, FEW, 2)
    answers(both[0], 12, wrong=0)
    await judged(*both)
    answers(both[1], 12, wrong=12)
    through(both[1]).away = True
    await judged(both[1])
    trial: Any = both[1].health()["trial"]
    assert (trial["state"], trial["processes"]) == ("tried", 1)
    answers(both[1], 12, wrong=12)
    await judged(both[1])
    assert both[1].pipeline.splitting is None


async def test_clocks_that_differ_change_nothing(either: Fleet) -> None:
    """A gateway whose day is yesterday, and whose seconds count from elsewhere."""
    both = await trying(either, FEW, 2)
    for number, gateway in enumerate(both):
        answers(gateway, 12, wrong=12)
        gateway.pipeline.clock = Shifted(gateway.pipeline.clock, 90_000.0 * number)  # type: ignore[assignment]
    await judged(*both)
    assert either.releases.history()[-1].act == "withdraw"


class Shifted:
    """A clock that is late."""

    def __init__(self, clock: Any, late: float) -> None:
        self._clock, self._late = clock, late

    def now(self) -> float:
        return float(self._clock.now() - self._late)

    def wall(self) -> Any:
        return self._clock.wall() - timedelta(seconds=self._late)


async def test_what_is_told_of_another_trial_is_not_counted(on_disk: Fleet) -> None:
    """The next trial begins with nothing, though the notes are fresh."""
    both = await trying(on_disk, FEW, 2)
    answers(both[0], 12, wrong=12)
    await judged(both[0])
    on_disk.trials.withdraw(ADA)
    on_disk.tries(B, FEW)
    await both[1].take_release()
    answers(both[1], 12, wrong=12)
    await judged(both[1])
    trial: Any = both[1].health()["trial"]
    assert (trial["state"], trial["processes"]) == ("tried", 1)


async def test_a_process_asks_once_in_its_interval(on_disk: Fleet) -> None:
    """However often it judges; a larger fleet tells less often."""
    (gateway,) = await trying(on_disk, FEW)
    store = through(gateway)
    asked: list[str] = []
    notes = store.store.notes

    def count(topic: str, mine: Note | None = None) -> Any:
        asked.append(topic)
        return notes(topic, mine)

    store.store.notes = count  # type: ignore[method-assign]
    for _ in range(5):
        await gateway.judge()
    assert asked == [TOPIC]
    telling, heard = Telling(), gateway.trying.telling.heard
    for processes, later in ((0, 2.0), (50, 5.0), (1_000, 6.0)):
        heard.processes = processes
        assert telling.due(1, telling._next)
        telling.took(heard, 100.0)
        assert telling._next == 100.0 + later


# -- stores -------------------------------------------------------------------------


@pytest.fixture(params=["directory", "redis", "fsspec"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    kinds = {
        "directory": lambda: str(tmp_path / "store"),
        "redis": lambda: request.getfixturevalue("redis").url,
        "fsspec": lambda: f"memory://{tmp_path}",
    }
    made = open_store(kinds[request.param]())
    yield made
    made.close()


def test_a_note_is_neither_object_nor_entry(store: Store) -> None:
    """It takes the place of one's last, and those of one topic are read together."""
    assert store.notes("a") == {}
    assert store.notes("a", Note("x", b"1")) == {"x": b"1"}
    assert store.notes("a", Note("y", b"\x00\n2")) == {"x": b"1", "y": b"\x00\n2"}
    assert store.notes("a", Note("x", b"3")) == {"x": b"3", "y": b"\x00\n2"}
    assert store.notes("b") == {}
    assert (list(store.names()), list(store.logs())) == ([], [])
    store.notes("a", Note("z", b"0" * (LARGEST_NOTE + 1)))
    assert sorted(store.notes("a")) == ["x", "y"]


def test_notes_of_who_died_age_out_on_a_disk(tmp_path: Path) -> None:
    """By the clock of the disk: it may be an hour before ours. Then they are gone."""
    store = open_store(str(tmp_path / "store"))
    for by in ("dead", "alive"):
        store.notes("a", Note(by, b"1"))
    folder = tmp_path / "store" / "notes" / "a"
    then = (folder / "alive.note").stat().st_mtime - FRESH - 1
    os.utime(folder / "dead.note", (then, then))
    assert store.notes("a") == {"alive": b"1"}
    assert (folder / "dead.note").exists()
    assert store.notes("a", Note("alive", b"2")) == {"alive": b"2"}
    assert not (folder / "dead.note").exists()


def test_notes_of_who_died_age_out_in_a_redis(redis: RedisServer) -> None:
    """By its own clock; and all are forgotten when nobody tells anything more."""
    store = open_store(redis.url)
    asked = store._redis  # type: ignore[attr-defined]
    key = "headwater:releases:1:notes:a"
    store.notes("a", Note("alive", b"1"))
    then = asked.time()[0] - int(FRESH) - 2
    asked.hset(key, mapping={"dead": f"{then} 1", "garbage": "1"})
    assert store.notes("a") == {"alive": b"1"}
    assert asked.hlen(key) == 3
    assert store.notes("a", Note("alive", b"2")) == {"alive": b"2"}
    assert asked.hlen(key) == 1
    assert 0 < asked.ttl(key) <= 2 * FRESH
    store.close()


# -- notes --------------------------------------------------------------------------


def test_a_note_says_what_was_counted() -> None:
    """Counts and times as they are, to the last one."""
    requests, step = Figures(), Figures()
    for seconds in (0.01, 0.02, 0.02):
        requests.add(seconds, wrong=True)
    step.add(0.5, wrong=True, failed=True)
    raw = written(7, ({REQUESTS: requests}, {REQUESTS: requests, "step v.a": step}))
    heard = heard_in({"one": raw, "two": raw}, 7)
    twice = Figures()
    for _ in range(2):
        twice.join(requests)
    assert (heard.processes, heard.stable) == (2, {REQUESTS: twice})
    assert heard.candidate["step v.a"].failed == 2
    assert heard_in({"one": raw}, 8).processes == 0


def test_a_note_is_bounded() -> None:
    """Of 500 steps it has those with most calls, and whole requests always."""
    side = {f"step s{n}": Figures(n, 0, 0) for n in range(500)}
    for figures in side.values():
        figures.times.update(dict.fromkeys(range(100), 10**9))
    side[REQUESTS] = Figures(1)
    told = orjson.loads(written(1, (side, {})))["stable"]
    assert [*told][:2] == [REQUESTS, "step s499"]
    assert len(told) == 64


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\xff",
        b"[]",
        b"null",
        b'{"trial":1}',
        b'{"trial":1,"stable":[],"candidate":{}}',
        b'{"trial":1,"stable":{"requests":[1,0,0]},"candidate":{}}',
        b'{"trial":1,"stable":{"requests":[1,2,0,[[0,1]]]},"candidate":{}}',
        b'{"trial":1,"stable":{"requests":[2,0,0,[[0,1]]]},"candidate":{}}',
        b'{"trial":1,"stable":{"requests":[-1,0,0,[]]},"candidate":{}}',
        b'{"trial":1,"stable":{"requests":[1.0,0,0,[[0,1]]]},"candidate":{}}',
        b'{"trial":1,"stable":{"requests":[1,0,0,[[0,1,2]]]},"candidate":{}}',
        b'{"trial":1,"stable":{"requests":[1,0,0,5]},"candidate":{}}',
    ],
)
def test_what_is_no_note_is_nobodys(raw: bytes) -> None:
    """It is left out, and the others count."""
    good = written(1, ({}, {}))
    assert heard_in({"bad": raw, "good": good}, 1).processes == 1


def test_every_process_has_a_name_of_its_own() -> None:
    """In characters that any store can have in a name."""
    first, second = Telling(), Telling()
    assert first.by != second.by
    assert first.by.replace("-", "").isalnum()
    assert first.by.isascii()


def test_notes_of_who_died_age_out_elsewhere(tmp_path: Path) -> None:
    """By the times that the place itself gives to files, however it spells them."""
    store = open_store(f"memory://{tmp_path}")
    for by in ("dead", "alive"):
        store.notes("a", Note(by, b"1"))
    files = store._files  # type: ignore[attr-defined]
    (dead,) = (one for path, one in files.store.items() if path.endswith("dead.note"))
    dead.created -= timedelta(seconds=FRESH + 1)
    assert store.notes("a") == {"alive": b"1"}
    assert store.notes("a", Note("alive", b"2")) == {"alive": b"2"}
    assert not any(path.endswith("dead.note") for path in files.store)
    noon = datetime(2026, 11, 23, 12, tzinfo=UTC)
    said = [{"LastModified": noon}, {"updated": noon.isoformat()}, {"mtime": 5}]
    assert [_time(one) for one in said] == [noon.timestamp(), noon.timestamp(), 5.0]
    with pytest.raises(StopIteration):
        _time({"name": "x"})
