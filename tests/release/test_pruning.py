"""Bundles that nobody needs go; what any channel serves, tries or had before stays."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from gateway.cli.main import app
from gateway.record import replace
from gateway.release import pruning
from gateway.release.model import SHORT, Bundle, StoreError
from gateway.release.stores.base import Store
from gateway.release.stores.directory import DirectoryStore
from gateway.release.terms import Terms
from gateway.release.trials import Trials
from tests.release.kit import ADA, Noon, bundle, releases

BUNDLES = [
    replace(one, facts=replace(one.facts, created=f"2026-11-{day:02}T09:00:00+00:00"))
    for day, one in enumerate(map(bundle, range(1, 10)), 1)
]


def ids(*numbers: int) -> list[str]:
    return [BUNDLES[number].id for number in numbers]


def filled(store: Store) -> Store:
    """Six that served, the last two in turn; one is tried; two never served."""
    here = Trials(store, "stable", Noon())
    for one in BUNDLES:
        here.publish(one)
    for number in (0, 1, 2, 3, 4):
        here.activate(BUNDLES[number].id, ADA)
    here.begin("canary", BUNDLES[0].id, Terms(share=0.1), ADA)
    releases(store, "eu").activate(BUNDLES[1].id, ADA)
    return store


def test_what_serves_is_tried_or_served_last_stays(store: Store) -> None:
    """In every channel; so do as many that never served, the newest."""
    filled(store)
    found = pruning.prune(store, 2)
    assert sorted(found.gone) == sorted(ids(2, 5, 6))
    assert found.kept == {
        BUNDLES[4].id: "serves stable",
        BUNDLES[3].id: "served stable",
        BUNDLES[0].id: "is tried in stable",
        BUNDLES[1].id: "serves eu",
        BUNDLES[7].id: "never served",
        BUNDLES[8].id: "never served",
    }
    assert store.names() == sorted(found.kept)
    assert len(releases(store).history()) == 6
    assert pruning.prune(store, 2).gone == ()
    assert releases(store).active() is not None


def test_a_store_that_is_empty_has_nothing_to_lose(store: Store) -> None:
    """Nor one whose only bundle serves."""
    assert pruning.prune(store, 2) == pruning.Pruning((), {})
    releases(store).publish(BUNDLES[0])
    releases(store).activate(BUNDLES[0].id, ADA)
    assert pruning.prune(store, 2).gone == ()


def test_nothing_goes_where_a_log_cannot_be_read(store: Store) -> None:
    """Of any channel: it may serve what others do not."""
    filled(store)
    store.append("active.us", b"{", number=1)
    with pytest.raises(StoreError, match="garbage"):
        pruning.prune(store, 2)
    assert len(store.names()) == len(BUNDLES)


def test_what_is_activated_meanwhile_is_put_back(tmp_path: Path) -> None:
    """Byte for byte; whoever activated it had looked at it before."""

    class Raced(DirectoryStore):
        def drop(self, name: str) -> None:
            super().drop(name)
            if name == late.id:
                log = releases(self)
                entry = replace(log.history()[-1], number=6, bundle=late.id)
                assert entry.act == "activate"
                log.append(replace(entry, previous=BUNDLES[4].id))

    late: Bundle = BUNDLES[2]
    store = Raced(tmp_path)
    here = releases(store)
    for number in range(5):
        here.publish(BUNDLES[number])
        here.activate(BUNDLES[number].id, ADA)
    found = pruning.prune(store, 2)
    assert found.kept[late.id] == "activated meanwhile"
    assert sorted(found.gone) == sorted(ids(0, 1))
    assert here.fetch(late.id) == late


def test_the_command_shows_what_would_go_and_does_it_when_told(tmp_path: Path) -> None:
    """Fewer than two cannot be kept: one may have to go back."""
    store = filled(DirectoryStore(tmp_path))
    prune = ["release", "prune", "--store", str(tmp_path), "--keep"]
    shown = CliRunner().invoke(app, [*prune, "2"])
    assert shown.exit_code == 0
    assert f"{BUNDLES[2].id[:SHORT]}: would go\n" in shown.stdout
    assert f"{BUNDLES[4].id[:SHORT]}: stays, serves stable\n" in shown.stdout
    assert "Nothing was changed; --yes does it." in shown.stderr
    assert len(store.names()) == len(BUNDLES)
    done = CliRunner().invoke(app, [*prune, "2", "--yes"])
    assert f"{BUNDLES[2].id[:SHORT]}: gone\n" in done.stdout
    assert len(store.names()) == len(BUNDLES) - 3
    again = CliRunner().invoke(app, [*prune, "2"])
    assert again.stdout.endswith("There is nothing to take away.\n")
    assert CliRunner().invoke(app, [*prune, "1"]).exit_code == 2
