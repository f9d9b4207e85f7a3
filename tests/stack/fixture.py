"""The stack as a fixture of the whole run: import `stack` into a folder's conftest.py.

Its profiles and schema are a copy, to be edited (`stack.wishes.project`). Whoever
breaks a part puts it right again: others use the same one. Without the programs a test
that asks for it is skipped; with REQUIRE_SERVICES=1 it fails.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.clock import SystemClock
from gateway.release.activation import Actor
from gateway.release.model import Bundle, Facts, bundle_of
from gateway.release.releases import Releases
from gateway.release.stores.opening import open_store
from tests.stack.pager import Pager
from tests.stack.pager import pager as hearing
from tests.stack.part import ROOT
from tests.stack.servers import missing
from tests.stack.stack import Stack, Wishes, running

_OVER = Path(__file__).with_name("replicas.yaml")
_STEP = """language: 1
operation: {name}
args: {{ customer_id: ID! }}
returns: Account
steps:
  - name: account
    source: {source}
    endpoint: /{source}/{{customer_id}}
    {rest}
"""
_OPERATIONS = {
    "rated": _STEP.format(name="rated", source="accounts", rest="timeout: 5s"),
    "watched": _STEP.format(
        name="watched",
        source="accounts",
        rest="escalate: { source: pager, endpoint: /incidents, after: 1 in 300ms }",
    ),
}


@pytest.fixture(scope="session")
def pager() -> Iterator[Pager]:
    """Who is told of the stack's incidents."""
    with hearing() as one:
        yield one


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory, pager: Pager) -> Iterator[Stack]:
    """A gateway of two workers and one of one, on free ports."""
    if needed := missing():
        reason = f"needs apt-get install {' '.join(needed)}"
        if os.environ.get("REQUIRE_SERVICES") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    project = shared_project(tmp_path_factory.mktemp("stack"))
    wishes = Wishes(
        workers=(2, 1),
        first=0,
        project=project,
        config=(ROOT / "deploy" / "stack.yaml", _OVER),
        environment={"PAGER_URL": pager.url},
        before=release,
    )
    with running(wishes) as one:
        yield one


def release(stack: Stack) -> None:
    """What the project has is active in the store that the gateways follow."""
    store = open_store(stack.environment["RELEASES_URL"])
    releases, made = (
        Releases(store, "stable", SystemClock()),
        bundle(stack.wishes.project),
    )
    releases.publish(made)
    releases.activate(made.id, Actor("ada", "here", "first"))
    store.close()


def bundle(project: Path, description: str = "Rated.") -> Bundle:
    """A project, in which one operation is described so."""
    files = [*project.glob("profiles/*.yaml"), *project.glob("schema/*.graphql")]
    texts = {
        str(path.relative_to(project)): path.read_text("utf-8")
        for path in files
        if not path.name.endswith(".test.yaml")
    }
    texts["profiles/rated.yaml"] += f"description: {description}\n"
    return bundle_of(texts, Facts("2026-11-23T09:00:00+00:00", "ada", "", "0.1.0"))


def shared_project(folder: Path) -> Path:
    """`copied_project`, and operations that show what processes share."""
    copied = copied_project(folder)
    for name, text in _OPERATIONS.items():
        (copied / "profiles" / f"{name}.yaml").write_text(text, "utf-8")
    return copied


def copied_project(folder: Path) -> Path:
    """The demo's profiles and schema in a folder where they may be changed."""
    for part in ("profiles", "schema"):
        shutil.copytree(ROOT / part, folder / part)
    return folder
