"""Every kind of store keeps the same contract, and races have one winner."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from gateway.release.activation import Activation, Actor
from gateway.release.archive import packed
from gateway.release.model import (
    LostRaceError,
    ReleaseError,
    StoreError,
    UnfitBundleError,
    UnknownReleaseError,
)
from gateway.release.stores.base import Store
from gateway.release.stores.opening import open_store
from tests.redis_server import RedisServer, a_redis_server
from tests.release.kit import ADA, BOB, NOON, bundle, releases

A, B, C = (bundle(n) for n in (1, 2, 3))


def published(store: Store) -> Store:
    for one in (A, B, C):
        releases(store).publish(one)
    return store


def test_an_object_is_what_was_put_there(store: Store) -> None:
    """None where nothing was; the newest where something was."""
    assert store.get("a") is None
    store.put("a", b"one")
    store.put("a", b"two")
    store.put("b", b"")
    assert (store.get("a"), store.get("b"), store.names()) == (b"two", b"", ["a", "b"])


def test_a_log_grows_by_one_and_only_behind_its_end(store: Store) -> None:
    """Whoever counts wrongly changes nothing."""
    assert store.entries("log") == (0, [])
    assert store.append("log", b"1", number=1)
    assert not store.append("log", b"1 again", number=1)
    assert not store.append("log", b"3", number=3)
    assert store.append("log", b"2", number=2)
    assert store.entries("log") == (2, [b"1", b"2"])
    assert store.entries("log", 1) == (2, [b"2"])
    assert store.entries("other") == (0, [])


def test_of_many_who_append_at_once_exactly_one_wins(url: str) -> None:
    """Each from a connection of its own, all at the same moment."""
    together = threading.Barrier(8)

    def append(number: int) -> bool:
        own = open_store(url)
        try:
            own.entries("log")
            together.wait()
            return own.append("log", str(number).encode(), number=1)
        finally:
            own.close()

    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(append, range(8)))
    store = open_store(url)
    last, found = store.entries("log")
    store.close()
    assert (won.count(True), last) == (1, 1)
    assert found == [str(won.index(True)).encode()]


def test_an_activation_says_who_what_when_from_where_and_why(store: Store) -> None:
    """And what was before it."""
    here = releases(published(store))
    assert here.active() is None
    here.activate(A.id, ADA)
    here.activate(B.id, BOB)
    assert here.history() == [
        Activation(1, A.id, "activate", NOON, "ada", "laptop", "because", None),
        Activation(2, B.id, "activate", NOON, "bob", "ci", "", A.id),
    ]
    assert here.active() == here.history()[-1]
    assert releases(store, "other").active() is None


def test_rollbacks_go_further_back_each_time(store: Store) -> None:
    """A, B, C, back, back: it is A again; and then there is nothing before it."""
    here = releases(published(store))
    for one in (A, B, C):
        here.activate(one.id, ADA)
    first, second = here.roll_back(ADA), here.roll_back(ADA)
    assert (first.bundle, first.restores, first.previous) == (B.id, 2, C.id)
    assert (second.bundle, second.restores, second.number) == (A.id, 1, 5)
    with pytest.raises(UnknownReleaseError, match="no release before this one"):
        here.roll_back(ADA)
    assert len(here.history()) == 5


def test_a_rollback_with_no_history_is_refused(store: Store) -> None:
    """Nothing is written."""
    with pytest.raises(UnknownReleaseError, match="no release before this one"):
        releases(store).roll_back(ADA)
    assert releases(store).history() == []


def test_what_is_active_is_not_activated_again(store: Store) -> None:
    """The entry that did it is told."""
    here = releases(published(store))
    first = here.activate(A.id, ADA)
    assert (here.activate(A.id, BOB), len(here.history())) == (first, 1)


def test_of_two_activations_at_once_one_wins_and_the_other_is_told(url: str) -> None:
    """Both read the same log; the second to write learns who was first."""
    store = published(open_store(url))
    together = threading.Barrier(2)

    def activate(which: int) -> str:
        own = open_store(url)
        try:
            actor = (ADA, BOB)[which]
            chosen = (A, B)[which]
            releases(own).activate(chosen.id, actor, lambda _: together.wait())
        except LostRaceError as error:
            return error.message
        finally:
            own.close()
        return "won"

    with ThreadPoolExecutor(2) as pool:
        told = list(pool.map(activate, range(2)))
    entries = releases(store).history()
    store.close()
    assert len(entries) == 1
    winner = entries[0]
    loser = told.index(next(t for t in told if t != "won"))
    assert (told.count("won"), (A, B)[1 - loser].id) == (1, winner.bundle)
    assert told[loser] == (
        f"{winner.by} made {winner.bundle[:12]} the active release meanwhile "
        "(number 1); nothing was changed"
    )


def test_a_release_that_does_not_exist_is_never_activated(store: Store) -> None:
    """Not by its whole id, and not by a beginning that fits none."""
    here = releases(published(store))
    with pytest.raises(UnknownReleaseError, match="has no release 000000000000"):
        here.activate("0" * 64, ADA)
    for start in ("zzzz", "", A.id[:3], "x" * 99):
        with pytest.raises(UnknownReleaseError):
            here.find(start)
    assert (here.find(A.id[:8]), here.active()) == (A.id, None)


def test_what_does_not_load_is_never_activated(store: Store) -> None:
    """Whoever proves it says no before the log grows."""

    def prove(_: object) -> None:
        raise ReleaseError("it does not load")

    with pytest.raises(ReleaseError, match="does not load"):
        releases(published(store)).activate(A.id, ADA, prove)
    assert releases(store).active() is None


def test_an_object_that_is_not_what_its_name_says_is_refused(store: Store) -> None:
    """Garbage, half of it, and another whole bundle under this name."""
    here = releases(store)
    for raw in (b"", b"garbage", packed(A)[:-40], packed(B)):
        store.put(A.id, raw)
        with pytest.raises(UnfitBundleError, match=A.id[:12]):
            here.activate(A.id, ADA)
    assert here.active() is None
    assert here.publish(A)
    assert here.activate(A.id, ADA).bundle == A.id


def test_publishing_again_changes_nothing(store: Store) -> None:
    """Only signatures that were not there are added."""
    here = releases(store)
    assert (here.publish(A), here.publish(A)) == (True, False)


@pytest.mark.parametrize(
    "garbage", [b"", b"{}", b"[]", b"\xff", b"null", b'{"number":1}']
)
def test_an_entry_that_is_garbage_is_told_as_that(store: Store, garbage: bytes) -> None:
    """And is nobody's activation."""
    store.append(releases(store).log, garbage, number=1)
    with pytest.raises(StoreError, match="entry 1 of the activation log is garbage"):
        releases(store).active()


def test_a_directory_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    """In one line, with the reason."""
    (tmp_path / "file").write_text("")
    store = open_store(str(tmp_path / "file"))
    with pytest.raises(StoreError, match="cannot be written: "):
        store.put("a", b"")
    away = open_store(str(tmp_path / "no" / "mount"))
    with pytest.raises(StoreError, match="it is not there"):
        away.entries("log")


def test_a_redis_that_is_away_or_holds_something_else_is_told(
    redis: RedisServer,
) -> None:
    """No password is."""
    redis.ask("SET", "headwater:releases:1:log:active.stable", "x")
    store = open_store(redis.url)
    with pytest.raises(StoreError, match="cannot be asked: Response"):
        releases(store).active()
    store.close()
    with a_redis_server() as other:
        gone = open_store(f"redis://:s3cret-word@127.0.0.1:{other.port}/0")
    with pytest.raises(StoreError) as caught:
        gone.names()
    gone.close()
    assert "s3cret-word" not in caught.value.message


def test_a_kind_of_store_that_there_is_none_of_is_told() -> None:
    """With what there is."""
    with pytest.raises(ReleaseError, match="'gopher' is no kind of store here"):
        open_store("gopher://x")


def test_a_remote_store_that_fails_is_told_without_its_words(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """They may hold a signed URL. An entry that is there already is no failure."""
    store = open_store(f"memory://{tmp_path}")
    here = releases(published(store))
    here.activate(A.id, ADA)
    files = type(store._files)  # type: ignore[attr-defined]
    monkeypatch.setattr(type(store), "_last", lambda _store, _log: 1)
    taken = b"somebody's"
    assert store.append(here.log, taken, number=2)
    assert not store.append(here.log, b"ours", number=2)

    def refuse(*_given: object, **_named: object) -> None:
        raise PermissionError("https://x/?X-Amz-Signature=s3cret")

    for name in ("cat", "cat_file", "pipe_file", "ls"):
        monkeypatch.setattr(files, name, refuse)
    asks = (
        lambda: store.get("a"),
        lambda: store.put("a", b""),
        store.names,
        lambda: store.entries("log"),
        lambda: store.append("log", b"", number=2),
    )
    for ask in asks:
        with pytest.raises(StoreError, match=r"cannot be asked: Permission$"):
            ask()


def test_what_people_say_is_bounded(store: Store) -> None:
    """A log entry is small whatever is written in it."""
    actor = Actor("a" * 9_000, "b" * 9_000, "c" * 9_000)
    entry = releases(published(store)).activate(A.id, actor)
    assert {len(entry.by), len(entry.origin), len(entry.reason)} == {500}
