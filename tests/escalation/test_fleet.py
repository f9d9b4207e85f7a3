"""Several processes, one incident: by a real Redis, and by a directory of one host."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from gateway.cache.incidents import SharedIncidents
from gateway.cache.rolls import LEASE, Rolls
from gateway.clock import SystemClock
from gateway.escalation.fleet import Fleet
from gateway.escalation.message import Message, Reason, State
from gateway.escalation.on_disk import RollsOnDisk
from gateway.telemetry.alarming import IncidentsShared, IncidentsUnshared
from gateway.telemetry.events import Event
from gateway.values import digest
from tests.escalation.moments import ALARM, BAD, FRAUD, Shifted, at, watching
from tests.redis_server import RedisServer


@dataclass
class Store:
    """Where a process finds incidents, as the deployment says."""

    rolls: Rolls

    def current(self) -> Rolls:
        return self.rolls

    async def closed(self) -> None:
        await self.rolls.close()


@dataclass
class Process:
    """One process of a fleet: what it found, and whom it told."""

    name: str
    store: Store
    told: list[tuple[str, str, int]] = field(default_factory=list)
    heard: list[Event] = field(default_factory=list)
    learned: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.fleet = Fleet(
            SystemClock(),
            self.heard.append,
            lambda one: self.told.append((str(one.state), one.incident, one.hurt)),
            lambda key, _seconds: self.learned.append(key),
            self.store,
        )

    async def finds(self, *, hurt: int, reason: Reason | None = None) -> None:
        """An incident of its own opens, or is over by ``reason``."""
        state = State.OPEN if reason is None else State.RESOLVED
        self.fleet.take(
            Message(
                f"of-{self.name}",
                state,
                ALARM,
                at(0).wall,
                hurt,
                BAD,
                self.name,
                reason=reason,
            )
        )
        async with asyncio.timeout(60):
            while self.fleet._news:  # noqa: ASYNC110 - it is nobody's to wait for
                await asyncio.sleep(0)

    async def stays(self) -> None:
        """Says what it has open, as it does every few seconds."""
        await self.fleet._stay()


@pytest.fixture(params=["redis", "disk"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], Store]:
    """Makes each process its own way to one store."""
    if request.param == "disk":
        return lambda: Store(RollsOnDisk(tmp_path / "incidents", SystemClock()))
    server: RedisServer = request.getfixturevalue("redis_server")
    server.ask("FLUSHALL")
    return lambda: Store(SharedIncidents(server.url))


async def ended(*processes: Process) -> None:
    for process in processes:
        await process.fleet.close()


async def test_the_first_tells_and_the_last_tells_the_end(
    store: Callable[[], Store],
) -> None:
    """Under one id, with the requests of both; then a new one may begin."""
    first, second = Process("a", store()), Process("b", store())
    await first.finds(hurt=3)
    await second.finds(hurt=3)
    await first.finds(hurt=7, reason=Reason.ANSWERED)
    assert (first.told, second.told) == ([("open", "of-a", 3)], [])
    await second.finds(hurt=5, reason=Reason.ANSWERED)
    assert second.told == [("resolved", "of-a", 12)]
    await second.finds(hurt=3)
    assert second.told[1:] == [("open", "of-b", 3)]
    await ended(first, second)


async def test_who_is_not_asked_hears_that_the_step_answers_others(
    store: Callable[[], Store],
) -> None:
    """Until somebody sees it fail again; other reasons say nothing of the step."""
    first, second, third = (Process(name, store()) for name in "abc")
    for one in (first, second, third):
        await one.finds(hurt=3)
    await first.finds(hurt=3, reason=Reason.STOPPED)
    await third.stays()
    assert third.learned == []
    await second.finds(hurt=3, reason=Reason.ANSWERED)
    await third.stays()
    assert third.learned == [FRAUD]
    await second.finds(hurt=3)
    await third.stays()
    assert third.learned == [FRAUD]
    await ended(first, second, third)


async def test_who_stops_leaves_the_incident_to_the_others(
    store: Callable[[], Store],
) -> None:
    """A deployment that restarts one by one calls nothing off."""
    first, second = Process("a", store()), Process("b", store())
    await first.finds(hurt=3)
    await second.finds(hurt=3)
    await first.finds(hurt=3, reason=Reason.STOPPED)
    await ended(first)
    assert first.told == [("open", "of-a", 3)]
    await second.finds(hurt=4, reason=Reason.STOPPED)
    await ended(second)
    assert second.told == [("resolved", "of-a", 7)]


def test_what_another_process_says_counts_from_the_last_failure_here() -> None:
    """The incident is over a window after it; and not by what was said before it."""
    incidents = watching()
    for seconds in range(3):
        incidents.heard(BAD, at(seconds))
    assert incidents.answers(FRAUD, at(1).now, at(90)) == ()
    assert incidents.answers(FRAUD, at(30).now, at(40)) == ()
    assert incidents.due == at(62).now
    (over,) = incidents.answers(FRAUD, at(50).now, at(70))
    assert (over.state, over.until) == (State.RESOLVED, at(30).wall)
    assert incidents.answers("customer.other", at(50).now, at(70)) == ()


async def test_a_redis_that_is_away_leaves_each_process_to_itself(
    redis_server: RedisServer,
) -> None:
    """Both tell; it is said once, and each own incident has its end in the end."""
    redis_server.ask("FLUSHALL")
    first, second = (
        Process(name, Store(SharedIncidents(redis_server.url))) for name in "ab"
    )
    redis_server.freeze()
    try:
        await first.finds(hurt=3)
        await second.finds(hurt=3)
    finally:
        redis_server.thaw()
    assert [first.told, second.told] == [[("open", "of-a", 3)], [("open", "of-b", 3)]]
    assert first.heard == second.heard == [IncidentsUnshared("TimeoutError")]
    for one in (first, second):
        one.fleet._again = 0.0
        await one.stays()
        assert type(one.heard[1]) is IncidentsShared
    await second.finds(hurt=4, reason=Reason.ANSWERED)
    assert second.told[1:] == [("resolved", "of-b", 4)]
    await first.finds(hurt=4, reason=Reason.ANSWERED)
    assert first.told[1:] == [("resolved", "of-a", 8)]
    await ended(first, second)


async def test_a_redis_that_comes_back_empty_learns_the_incident_again(
    redis_server: RedisServer,
) -> None:
    """From whoever has it open, under the id that was told."""
    first, second = (
        Process(name, Store(SharedIncidents(redis_server.url))) for name in "ab"
    )
    await first.finds(hurt=3)
    await second.finds(hurt=3)
    redis_server.ask("FLUSHALL")
    await second.stays()
    await first.stays()
    await first.finds(hurt=3, reason=Reason.ANSWERED)
    await second.finds(hurt=3, reason=Reason.ANSWERED)
    assert (first.told, second.told) == (
        [("open", "of-a", 3)],
        [("resolved", "of-a", 6)],
    )
    assert "customer" not in redis_server.ask("KEYS", "*")
    await ended(first, second)


async def test_an_end_without_a_store_is_told_under_the_id_that_was_told(
    redis_server: RedisServer,
) -> None:
    """By whoever has it, since nobody knows of the others."""
    redis_server.ask("FLUSHALL")
    first, second = (
        Process(name, Store(SharedIncidents(redis_server.url))) for name in "ab"
    )
    await first.finds(hurt=3)
    await second.finds(hurt=3)
    redis_server.freeze()
    try:
        await second.finds(hurt=4, reason=Reason.ANSWERED)
    finally:
        redis_server.thaw()
    assert second.told == [("resolved", "of-a", 4)]
    await ended(first, second)


async def test_who_was_killed_is_waited_for_no_longer_than_its_lease(
    tmp_path: Path,
) -> None:
    """Then the last of the living has the incident over; after an hour it is forgot."""
    clock = Shifted()
    store = Store(RollsOnDisk(tmp_path / "incidents", clock))
    killed, living = Process("a", store), Process("b", store)
    await killed.finds(hurt=3)
    clock.by += LEASE + 1
    await living.finds(hurt=3)
    await living.finds(hurt=4, reason=Reason.ANSWERED)
    assert living.told == [("resolved", "of-a", 4)]
    await killed.finds(hurt=3)
    clock.by += 2 * 3600
    await living.finds(hurt=3)
    assert living.told[1:] == [("open", "of-b", 3)]
    await ended(living, killed)


@pytest.mark.parametrize("text", ["", "[1]", '{"id": "x"}', "{", "\x00"])
async def test_a_file_that_is_none_of_ours_is_nobodys(
    tmp_path: Path, text: str
) -> None:
    """A process may be killed while it writes, and people edit files."""
    rolls = RollsOnDisk(tmp_path, SystemClock())
    await rolls.join("one", "a", "i1")
    (tmp_path / f"{digest('one')}.json").write_text(text, "utf-8")
    assert await rolls.leave("one", "a", 1, answered=True) is None
    assert (await rolls.join("one", "b", "i2"))[:2] == ("i2", True)


async def test_a_directory_that_cannot_be_written_is_a_store_that_is_away(
    tmp_path: Path,
) -> None:
    """The source is told all the same."""
    (tmp_path / "file").write_text("", "utf-8")
    rolls = RollsOnDisk(tmp_path / "file" / "incidents", SystemClock())
    one = Process("a", Store(rolls))
    await one.finds(hurt=3)
    assert one.told == [("open", "of-a", 3)]
    assert one.heard == [IncidentsUnshared("NotADirectoryError")]
    await ended(one)
