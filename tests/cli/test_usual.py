"""Serving to the log costs nothing for what the log leaves out."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from gateway.cli.listening import Wishes, load
from gateway.telemetry.events import Answered, Event, StepSettled
from tests.project import ask, write

FILES = {
    "headwater.yaml": "schema: ./schema\n",
    "schema/all.graphql": "type Query { one: One } type One { id: ID }",
    "profiles/one.yaml": "language: 1\noperation: one\n"
    "steps: [{ name: one, type: value, value: { id: 1 } }]\n",
}


@pytest.mark.parametrize("dev", [False, True])
def test_the_usual_is_told_in_development_only(tmp_path: Path, dev: bool) -> None:
    """To whoever stands for the log: a process that holds lines back, and a worker."""
    heard: list[Event] = []
    wishes = Wishes(config=(str(write(tmp_path, FILES)),), dev=dev)
    gateway = load(wishes, heard.append)
    assert asyncio.run(ask(gateway, "{ one { id } }")) == {"data": {"one": {"id": "1"}}}
    usual = [one for one in heard if isinstance(one, Answered | StepSettled)]
    assert len(usual) == (2 if dev else 0)


def test_what_is_not_as_usual_is_told_always(tmp_path: Path) -> None:
    """A step that fails is a line of the log."""
    heard: list[Event] = []
    nobody = "sources: { nobody: { url: 'http://127.0.0.1:1' } }\n"
    profile = (
        "language: 1\noperation: one\n"
        "steps: [{ name: one, source: nobody, endpoint: /one }]\n"
    )
    files = {
        **FILES,
        "headwater.yaml": FILES["headwater.yaml"] + nobody,
        "profiles/one.yaml": profile,
    }
    gateway = load(Wishes(config=(str(write(tmp_path, files)),)), heard.append)
    asyncio.run(ask(gateway, "{ one { id } }"))
    (told,) = (one for one in heard if isinstance(one, Answered | StepSettled))
    assert isinstance(told, StepSettled)
    assert told.code == "UPSTREAM_UNREACHABLE"
