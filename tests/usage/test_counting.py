"""What is counted of use: by whom, of what, and never more than its bounds."""

from __future__ import annotations

import errno
import multiprocessing
import os
import threading
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest
from graphql import build_schema

from gateway.policy.limits import Limits
from gateway.request.document import Document, read_document
from gateway.request.model import Asking, RequestContext
from gateway.telemetry.auditing import UsageNotKept
from gateway.usage import counting as bounds
from gateway.usage import writing
from gateway.usage.counting import VERSION_HEADER, Counting, Names, Taken
from gateway.usage.flushing import Flushing, Kept, Using
from gateway.usage.model import OTHERS, By, User
from gateway.usage.reading import Row, read_usage
from gateway.usage.reporting import fields_of
from gateway.usage.writing import UsageFile
from gateway.values import digest

SCHEMA = build_schema(
    """
    interface Named { name: String }
    enum Kind { A B }
    input Wish { kind: Kind most: Int }
    type Query { v(id: ID, wish: Wish): V list: [V] }
    type V implements Named {
      name: String
      old: Int @deprecated(reason: "new")
      new: Int
    }
    """
)
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
QUERY = 'query Q($w: Wish) { v(id: "secret-7", wish: $w) { name ...F } } '
QUERY += "fragment F on V { new }"


@cache
def document(text: str) -> Document:
    return read_document(text, SCHEMA, Limits(), text)


def asked(
    counting: Counting,
    text: str = QUERY,
    *,
    operation: str | None = None,
    client: str | None = "web",
    version: str | None = "1.2",
    tenant: str | None = "acme",
) -> None:
    headers = {} if version is None else {VERSION_HEADER: version}
    request = RequestContext(
        "r", 0.0, NOON, tenant=tenant, client=client, headers=headers
    )
    counting(SCHEMA, Asking(text, operation), request, document(text))


def test_a_document_is_counted_by_who_asks_and_what_it_names() -> None:
    """Fields, their arguments, types of variables; no value."""
    counting = Counting()
    for _ in range(3):
        asked(counting)
    user = User("Q", "web", "1.2", "acme")
    uses = ("Query.v", "Query.v(id:)", "Query.v(wish:)", "V", "V.name", "V.new", "Wish")
    assert counting.take() == (Taken(digest("Q", *uses), user, uses, 3),)
    assert counting.take() == ()


def test_values_that_are_written_into_a_document_make_no_other_one() -> None:
    """Clients do that, and the files stay small."""
    counting = Counting()
    for number in range(5):
        asked(counting, f"query Q {{ v(id: {number}) {{ name }} }}")
    taken = counting.take()
    assert (len(taken), len({(one.document, one.user) for one in taken})) == (5, 1)


def test_of_several_operations_only_the_one_that_was_asked_for_counts() -> None:
    """With its own fragments."""
    counting = Counting()
    text = "query A { v { name } } query B { list { new } }"
    asked(counting, text, operation="B")
    ((_, user, uses, _),) = counting.take()
    assert (user.operation, uses) == ("B", ("Query.list", "V.new"))


@pytest.mark.parametrize(
    ("by", "user", "named"),
    [
        ([By.FIELD], User(), True),
        ([By.CLIENT], User("", "web", "1.2", ""), False),
        ([By.TENANT, By.OPERATION], User("Q", "", "", "acme"), False),
    ],
)
def test_only_what_is_wanted_is_told_apart(
    by: list[By], user: User, named: bool
) -> None:
    """What is not counted is not in the files either."""
    counting = Counting(by)
    asked(counting)
    ((_, found, uses, times),) = counting.take()
    assert (found, bool(uses), times) == (user, named, 1)


def test_who_says_nothing_has_no_name() -> None:
    """It is counted all the same."""
    counting = Counting()
    asked(counting, "{ list { name } }", client=None, version=None, tenant=None)
    ((_, user, _, times),) = counting.take()
    assert (user, times) == (User(), 1)


def test_clients_that_make_up_names_become_others() -> None:
    """However many there are, however long, and whatever a terminal makes of them."""
    names = Names(2)
    given = ("a", "\x1b[31mred", "b", "c", "a", "x" * 200, None)
    told = [names.told(one) for one in given]
    assert told == ["a", OTHERS, "b", OTHERS, "a", OTHERS, ""]


def test_there_are_never_more_tallies_than_the_bound() -> None:
    """Requests beyond it are counted together, and none is lost."""
    counting = Counting(most=3)
    for number in range(10):
        asked(counting, client=f"c{number}")
    taken = counting.take()
    assert [one.user.client for one in taken] == ["c0", "c1", "c2", OTHERS]
    assert sum(one.times for one in taken) == 10
    assert (taken[-1].document, taken[-1].uses) == (OTHERS, ())


def test_a_tally_that_rests_makes_room(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a time without a request; what the loop adds meanwhile is not lost."""
    counting = Counting(most=1)
    asked(counting, client="first")
    held = next(iter(counting._tallies.values()))
    assert [one.times for one in counting.take()] == [1]
    assert counting.take() == ()
    held.count += 1  # the loop had it in its hands
    asked(counting, client="second")
    assert [(t.user.client, t.times) for t in counting.take()] == [
        ("first", 1),
        ("second", 1),
    ]
    monkeypatch.setattr(bounds, "MOST_DOCUMENTS", 0)
    asked(counting := Counting(), client="third")
    assert [one.document for one in counting.take()] == [OTHERS]


def test_nothing_is_lost_between_the_loop_and_the_thread() -> None:
    """One counts while the other takes, as long as the loop goes on in between."""
    counting, times, done = Counting(), 0, threading.Event()
    counted, seen = [0], -1
    begin = threading.Barrier(2, timeout=60)

    def count() -> None:
        begin.wait()
        for number in range(3_000):
            asked(counting, "{ list { name } }", client=f"c{number % 7}")
            counted[0] = number
        done.set()

    loop = threading.Thread(target=count)
    loop.start()
    begin.wait()
    while not done.is_set():
        if counted[0] != seen:
            seen = counted[0]
            times += sum(one.times for one in counting.take())
    loop.join(timeout=60)
    times += sum(one.times for _ in range(3) for one in counting.take())
    assert times == 3_000


# -- files -----------------------------------------------------------------------------


def taken(name: str, times: int = 1, uses: Iterable[str] = ("V.name",)) -> Taken:
    return Taken(f"d-{name}", User("Q", name), tuple(uses), times)


def rows(folder: Path, since: date | None = None) -> list[tuple[str, int, str]]:
    return [(r.user.client, r.count, r.last) for r in read_usage([folder], since).rows]


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    """Added up over times and processes."""
    for process, times in (("a", 2), ("b", 3)):
        file = UsageFile(tmp_path, process, 1e7)
        file.add([taken("web", times)], NOON)
        file.add([taken("web", 1), taken("app")], NOON)
    found = read_usage([tmp_path])
    user = User("Q", "web")
    assert found.rows[0] == Row("d-web", user, frozenset({"V.name"}), 7, "2026-11-23")
    assert (found.requests, found.unreadable) == (9, 0)
    assert found.days == (NOON.date(), NOON.date())
    assert len(list(tmp_path.iterdir())) == 2


def test_every_day_has_a_file_and_old_ones_go(tmp_path: Path) -> None:
    """Those of other processes too; what is no such file stays."""
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "usage-2026-99-99-x.jsonl").write_text("mine")
    file = UsageFile(tmp_path, "a", timedelta(days=2).total_seconds())
    for day in range(5):
        file.add([taken("web")], NOON + timedelta(days=day))
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == [
        "notes.txt",
        "usage-2026-11-25-a.jsonl",
        "usage-2026-11-26-a.jsonl",
        "usage-2026-11-27-a.jsonl",
        "usage-2026-99-99-x.jsonl",
    ]
    assert rows(tmp_path, date(2026, 11, 27)) == [("web", 1, "2026-11-27")]


def test_a_full_file_waits_for_the_next_day_and_loses_nothing(tmp_path: Path) -> None:
    """What waits is added up; the end writes it too."""
    file = UsageFile(tmp_path, "a", 1e7, largest=1)
    for _ in range(4):
        file.add([taken("web")], NOON)
    assert rows(tmp_path) == [("web", 1, "2026-11-23")]
    file.add([taken("web")], NOON + timedelta(days=1))
    assert sum(count for _, count, _ in rows(tmp_path)) == 5
    file.add([taken("web")], NOON + timedelta(days=1))
    file.add([], NOON + timedelta(days=1), last=True)
    assert sum(count for _, count, _ in rows(tmp_path)) == 6


def test_what_waits_for_a_file_is_bounded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beyond that it is counted together, and nothing is lost."""
    monkeypatch.setattr(writing, "MOST_WAITING", 2)
    file = UsageFile(tmp_path, "a", 1e7)
    file.add([taken(f"c{number}") for number in range(6)], NOON)
    assert sorted(rows(tmp_path)) == [
        (OTHERS, 4, "2026-11-23"),
        ("c0", 1, "2026-11-23"),
        ("c1", 1, "2026-11-23"),
    ]


def test_what_is_no_line_is_left_out_and_told(tmp_path: Path) -> None:
    """The last line of a process that was killed, and what somebody wrote there."""
    UsageFile(tmp_path, "a", 1e7).add([taken("web")], NOON)
    (path,) = tmp_path.iterdir()
    with path.open("ab") as file:
        file.write(b'null\n[1]\n{"document": 7}\nnoise\n')
        file.write(b'{"at":"x","document":"d","count":"many"}\n')
        file.write(b'{"at":"2026-11-23","document":"d","count":1')
    found = read_usage([tmp_path])
    assert ([r.count for r in found.rows], found.unreadable) == ([1], 6)


def _work(folder: str, name: str, begin: object) -> None:
    file = UsageFile(Path(folder), "same", 1e7)
    begin.wait(timeout=60)  # type: ignore[attr-defined]
    for _ in range(200):
        file.add([taken(name)], NOON)


def test_two_processes_write_whole_lines_into_one_file(tmp_path: Path) -> None:
    """Even where both had one name: nothing is lost, nothing is torn."""
    context = multiprocessing.get_context("spawn")
    begin = context.Barrier(2)
    workers = [
        context.Process(target=_work, args=(str(tmp_path), name, begin))
        for name in ("a", "b")
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(timeout=60)
    assert [worker.exitcode for worker in workers] == [0, 0]
    found = read_usage([tmp_path])
    assert sorted((r.user.client, r.count) for r in found.rows) == [
        ("a", 200),
        ("b", 200),
    ]
    assert found.unreadable == 0


# -- the thread ------------------------------------------------------------------------


def test_a_folder_that_cannot_be_written_is_told_once_and_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was counted meanwhile is not lost."""
    heard: list[UsageNotKept] = []
    folder = tmp_path / "usage"
    flushing = Flushing(Kept(tuple(By), folder, 1e7), lambda: NOON, heard.append)
    opened = os.open

    def full(*arguments: object, **options: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "open", full)
    for _ in range(2):
        asked(flushing.counting)
        flushing.flush()
    assert heard == [UsageNotKept(str(folder), "No space left on device")]
    monkeypatch.setattr(os, "open", opened)
    asked(flushing.counting)
    flushing.flush()
    assert rows(folder) == [("web", 3, "2026-11-23")]


def test_what_is_left_is_written_at_the_end_and_when_settings_change(
    tmp_path: Path,
) -> None:
    """A reload with equal settings goes on with the same counts."""
    using = Using(lambda: NOON, lambda _event: None)
    one, other = (Kept((By.CLIENT,), tmp_path / name, 1e7) for name in ("a", "b"))
    first = using.serves(one)
    assert first is not None
    assert using.serves(one) is first
    asked(first)
    second = using.serves(other)
    assert rows(tmp_path / "a") == [("web", 1, "2026-11-23")]
    assert second is not None
    asked(second)
    assert using.serves(None) is None
    assert rows(tmp_path / "b") == [("web", 1, "2026-11-23")]
    using.close()
    assert [t.name for t in threading.enumerate() if t.name == "usage"] == []


# -- what is told of it ----------------------------------------------------------------


def test_a_field_of_an_interface_counts_for_its_types(tmp_path: Path) -> None:
    """And what nobody used is said so."""
    file = UsageFile(tmp_path, "a", 1e7)
    file.add([taken("web", 2, ["Query.list", "Named.name"])], NOON)
    found = fields_of(read_usage([tmp_path]), SCHEMA)
    assert {one.name: one.times for one in found} == {
        "Named.name": 2,
        "Query.list": 2,
        "Query.v": 0,
        "V.name": 2,
        "V.new": 0,
        "V.old": 0,
    }
    assert [one.name for one in found if one.reason == "new"] == ["V.old"]
