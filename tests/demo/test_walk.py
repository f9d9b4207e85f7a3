"""The walk of the first page, done: its commands as they stand, what they answer."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from tests.demo.running import PATIENCE, PAUSE, ROOT, Demo
from tests.demo.terminal import Telling, beside, follows, typed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_BLOCK = re.compile(r"^```(console|json|yaml)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_ASKS = ("curl ", "headwater release history", "headwater release shadow --report")
_TIMES = {"elapsed_ms", "since"}
"""What no two runs have the same of."""


@dataclass(frozen=True)
class Stop:
    """Commands of the walk, what is written into a file before, and what comes."""

    commands: str
    step: str | None
    shown: Any


def walk() -> Iterator[Stop]:
    """Every answer that the page shows, with the commands that it stands below."""
    page = (ROOT / "README.md").read_text("utf-8")
    commands, step = "", None
    for kind, text in _BLOCK.findall(_section(page)):
        if kind == "console":
            commands += re.sub(r"^\$ ", "", text, flags=re.MULTILINE)
        elif kind == "yaml":
            step = text
        else:
            yield Stop(commands, step, json.loads(text))
            commands, step = "", None
    assert commands.split()[-3:] == ["demo", "mend", "accounts"]


def _section(page: str) -> str:
    return page.partition("## Five minutes")[2].partition("\n## ")[0]


def holds(answer: Any, shown: Any) -> bool:
    """Whether the answer has all that is shown; a shown list may end earlier."""
    if isinstance(shown, dict):
        return isinstance(answer, dict) and all(
            key in answer and (key in _TIMES or holds(answer[key], value))
            for key, value in shown.items()
        )
    if isinstance(shown, list) and isinstance(answer, list):
        return len(answer) >= len(shown) and all(map(holds, answer, shown))
    return type(answer) is type(shown) and bool(answer == shown)


def done(commands: str, port: int) -> Any:
    """The last answer of commands that a shell runs as they stand, at this port."""
    ours = commands.replace("127.0.0.1:4000", f"127.0.0.1:{port}").replace(
        ".venv/bin/headwater", f"{sys.executable} -m gateway"
    )
    run = subprocess.run(
        ["bash", "-c", ours], cwd=ROOT, capture_output=True, text=True, check=False
    )
    told = run.stdout
    # What `headwater demo` says is no JSON, and earlier answers stand before the last.
    decoder, answers, at = json.JSONDecoder(), [None], told.find("{")
    while at >= 0:
        answer, end = decoder.raw_decode(told, at)
        answers.append(answer)
        at = told.find("{", end)
    return answers[-1]


@pytest.fixture
def curl() -> None:
    """The walk is done with curl; without it nothing is walked."""
    if shutil.which("curl"):
        return
    reason = "needs curl, with which the walk is done: apt-get install curl"
    if os.environ.get("REQUIRE_SERVICES") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.mark.usefixtures("curl")
def test_the_walk_answers_what_the_page_shows(demo: Demo, place: Path) -> None:
    """From the first query to the last, in order, on one demo.

    A step that was just written is live within a moment, and an answer that was just
    asked for is fresh for one: so each stop is asked until it is as shown.
    """
    for stop in walk():
        if stop.step is not None:
            with (place / "profiles" / "customer360.yaml").open("a") as profile:
                profile.write(f"\n{stop.step}")
        until = time.monotonic() + PATIENCE
        while not holds(answer := done(stop.commands, demo.port), stop.shown):
            assert time.monotonic() < until, (stop.commands, answer)
            time.sleep(PAUSE)
    demo.command("mend", "accounts")  # the last of the walk, which shows no answer


@pytest.mark.usefixtures("curl")
def test_two_tenants_have_a_graph_a_schema_and_a_mask_each(demo: Demo) -> None:
    """The page's answer for Acme; the same query is not valid for anybody else."""
    page = (ROOT / "README.md").read_text("utf-8").partition("## Two tenants")[2]
    (_, text), (_, shown) = _BLOCK.findall(page)[:2]
    command = text.removeprefix("$ ")
    assert done(command, demo.port) == json.loads(shown)
    other = done(command.replace("-H 'x-tenant: acme'", ""), demo.port)
    assert [error["message"] for error in other["errors"]] == [
        "Cannot query field 'letters' on type 'Customer360'."
    ]
    account = demo.ask('{ customer360(customer_id: "42") { account { iban } } }')
    assert account == {"data": {"customer360": {"account": {"iban": "***6873"}}}}


@pytest.mark.usefixtures("curl")
def test_a_change_goes_its_way_as_the_page_shows_it(
    demo: Demo, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Changed, checked, compared, tried, taken back by itself, and by hand.

    A gateway takes a moment to hear of a release, and longer to judge it: what only
    asks is asked until it is as shown, with the requests that came before.
    """
    monkeypatch.chdir(place)
    told, page = Telling(), Telling()
    asked: list[str] = []
    with beside(demo, place) as terminal:
        for step in typed("Change it safely"):
            asks = step.command.startswith(_ASKS)
            asked = [*asked, step.command] if asks else []
            shown = [page.plain(line) for line in step.shown]
            came = _plain(terminal.types(step.command), told)
            until = time.monotonic() + PATIENCE
            while not follows(came, shown):
                assert asks, (step.command, came, shown)
                assert time.monotonic() < until, (step.command, came, shown)
                time.sleep(PAUSE)
                came = [_plain(terminal.types(each), told) for each in asked][-1]
    assert "timeout: 800ms" in (place / "profiles" / "customer360.yaml").read_text()


def _plain(told: str, by: Telling) -> list[str]:
    return [by.plain(line) for line in told.split("\n")]


@pytest.mark.usefixtures("curl")
def test_a_router_gets_branches_by_their_key(demo: Demo) -> None:
    """The page's last command, as it stands there."""
    page = (ROOT / "README.md").read_text("utf-8").partition("## Other doors")[2]
    command = page.partition("$ curl -s ")[2].partition("\n```")[0]
    assert done(f"curl -s {command}", demo.port) == {
        "data": {
            "_entities": [
                {"name": "Gdańsk Station", "city": "Gdańsk"},
                {"name": "Toulouse Station", "city": "Toulouse"},
            ]
        }
    }
