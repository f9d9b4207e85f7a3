"""`headwater hold`, `unhold` and `holds`, on a store and on real processes."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.clock import SystemClock
from gateway.release.activation import Actor
from gateway.release.holds import Holds
from gateway.release.model import bundle_of
from gateway.release.releases import Releases
from gateway.release.stores.opening import open_store
from tests.cli.conftest import Invoke, write
from tests.processes import ending
from tests.redis_server import a_redis_server
from tests.release.kit import ADA, FACTS
from tests.release.test_holding import PROFILE, SDL

PATIENCE = 60.0
FRAUD = "v.fraud"
UNTIL = r"held until \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC"


def project(folder: Path, store: str, more: str = "") -> None:
    """A deployment that follows a store in which a release with a step is active."""
    write(
        folder / "headwater.yaml",
        f"""
        profiles: {{ state: ./state }}
        sources: {{ bureau: {{ url: "http://127.0.0.1:9" }} }}
        release: {{ store: "{store}" }}
        {more}
        """,
    )
    releases = Releases(open_store(store), "stable", SystemClock())
    made = bundle_of({"profiles/v.yaml": PROFILE, "schema/v.graphql": SDL}, FACTS)
    releases.publish(made)
    releases.activate(made.id, ADA)
    releases.store.close()


@pytest.fixture
def on_disk(here: Path) -> Path:
    project(here, "./store")
    return here


def test_a_step_is_held_listed_and_ended(on_disk: Path, invoke: Invoke) -> None:
    """With who, from where, and why."""
    assert invoke("holds").stdout == "nothing is held\n"
    held = invoke("hold", FRAUD, "--for", "30m", "--reason", "INC-77", "--by", "ada")
    assert held.exit_code == 0, held.stderr
    assert re.fullmatch(
        rf"v\.fraud: {UNTIL}, on every gateway of channel stable\n", held.stdout
    )
    again = invoke("hold", FRAUD, "--for", "1m", "--reason", "x", "--by", "bob")
    assert again.stdout.endswith(
        "ada holds it already, for longer; that stays as it is\n"
    )
    listed = invoke("holds")
    assert re.fullmatch(rf"v\.fraud: {UNTIL} by ada: INC-77\n", listed.stdout)
    ended = invoke("unhold", FRAUD, "--by", "bob", "--reason", "fixed")
    assert ended.stdout == "v.fraud: called again, on every gateway of channel stable\n"
    log = invoke("holds", "--log").stdout.splitlines()
    assert [re.sub(r"\(.*?\)", "()", line[24:]) for line in log[1:]] == [
        "unhold v.fraud  bob (): fixed",
        "hold v.fraud  bob (): x",
        "hold v.fraud  ada (): INC-77",
    ]
    shown = json.loads(invoke("holds", "--json", "--log").stdout)
    assert (shown["holds"], len(shown["log"])) == ([], 3)


def test_plans_and_accounts_say_what_is_held(on_disk: Path, invoke: Invoke) -> None:
    """As of the store, which changes nothing where it is away."""
    write(on_disk / "profiles/v.yaml", PROFILE)
    write(on_disk / "schema/v.graphql", SDL)
    assert "held" not in invoke("plan", "{ v { fraud } }").stdout
    invoke("hold", FRAUD, "--until-unheld", "--reason", "INC-77", "--by", "ada")
    assert "held: not called" in invoke("plan", "{ v { fraud } }").stdout
    lines = invoke("explain", "v").stdout.splitlines()
    assert "# step fraud is held, until somebody ends it, by ada: INC-77" in lines
    shown = json.loads(invoke("explain", "v", "--json").stdout)["steps"]
    assert shown["fraud"]["held"]["by"] == "ada"
    Path("store").rename("away")
    Path("store").write_text("no directory")
    alone = invoke("plan", "{ v { fraud } }")
    assert alone.exit_code == 0
    assert "held" not in alone.stdout
    assert alone.stderr.startswith("Steps may be held back: the store ")


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("v.frod", "--for", "30m"), 1, "there is no step 'v.frod' — did you mean"),
        (("v.*", "--for", "30m"), 1, "'v.*' is not one step: a hold names"),
        (("v.fraud",), 2, "a hold has one end — write --for 30m, or --until-unheld"),
        (("v.fraud", "--for", "30"), 2, "--for 30: this is no duration"),
        (("v.fraud", "--for", "2d"), 1, "a hold of 2d is longer than a day"),
        (("v.n", "--until-unheld"), 1, "step 'v.n' calls nothing"),
    ],
)
def test_what_cannot_be_held_is_one_line(
    on_disk: Path, invoke: Invoke, words: tuple[str, ...], status: int, said: str
) -> None:
    """And nothing is held."""
    found = invoke("hold", *words, "--reason", "INC-77")
    assert (found.exit_code, found.stdout) == (status, "")
    assert found.stderr.startswith(f"error: {said}")
    assert invoke("holds").stdout == "nothing is held\n"


@pytest.fixture(scope="module")
def redis_url() -> Iterator[str]:
    with a_redis_server() as server:
        yield server.url


@pytest.fixture
def url(here: Path, redis_url: str) -> Iterator[str]:
    """Two real workers that follow a real Redis."""
    project(here, redis_url, "server: { port: 0, workers: 2 }")
    process = subprocess.Popen(
        [sys.executable, "-m", "gateway", "serve"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    with ending(process):
        assert process.stdout is not None
        ready = process.stdout.readline()
        assert ready.startswith("Ready: "), ready
        yield ready.split()[1]


async def test_every_worker_holds_within_a_second_and_no_request_is_lost(
    url: str, redis_url: str
) -> None:
    """Held and ended by the store alone; all the while both answer."""
    ours: dict[int, httpx.AsyncClient] = {}
    async with asyncio.timeout(PATIENCE), contextlib.AsyncExitStack() as stack:
        while len(ours) < 2:
            one = await stack.enter_async_context(httpx.AsyncClient(base_url=url))
            number = (await one.get("/health")).json()["worker"]["number"]
            ours.setdefault(number, one)
        holds = Holds(open_store(redis_url), "stable", SystemClock())
        actor = Actor("ada", "laptop", "INC-77")
        for act, wanted in (
            (lambda: holds.hold(FRAUD, actor, 60), True),
            (lambda: holds.unhold(FRAUD, actor), False),
        ):
            await asyncio.to_thread(act)
            await asyncio.gather(*(answers(one, held=wanted) for one in ours.values()))
        holds.store.close()


async def answers(client: httpx.AsyncClient, *, held: bool) -> None:
    """Ask until the step comes to this; every answer is whole, whatever it is."""
    while True:
        reply = await client.post("/graphql", json={"query": "{ v { n fraud } }"})
        answer: Any = reply.json()
        assert answer["data"] == {"v": {"n": 1, "fraud": 7}}
        (entry,) = answer["extensions"]["completeness"]["v"]["fallback"]
        if (entry["because"] == "held") is held:
            return
