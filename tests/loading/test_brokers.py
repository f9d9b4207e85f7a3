"""Sources that only tell: what they need is said when they load."""

from __future__ import annotations

from importlib import util
from pathlib import Path
from typing import Any

import pytest

from gateway.cli.project import open_nothing
from gateway.loading import offering
from gateway.loading.loader import Loader

PROFILE = """\
language: 1
operation: paid
kind: subscription
steps:
  - { name: paid, type: stream, source: bus, channel: a, from: { resume: true } }
"""


def problems(folder: Path, url: str) -> list[str]:
    """What loading says of a project that listens to this; nothing is opened."""
    for name in ("profiles", "schema"):
        (folder / name).mkdir()
    (folder / "profiles/paid.yaml").write_text(PROFILE, "utf-8")
    (folder / "headwater.yaml").write_text(
        f'sources:\n  bus:\n    url: "{url}"\n', "utf-8"
    )
    loader = Loader([Path("headwater.yaml")], {}, open_nothing)
    return [str(problem) for problem in loader.check()]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_topic_is_kept(folder: Path) -> None:
    """By its URL it is a Kafka, of several brokers, in which a subscriber goes on."""
    assert problems(folder, "kafka://a:9092,b:9093") == []


def test_a_package_that_is_missing_is_named(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the command that installs it, at its source."""

    def found(name: str) -> Any:
        return None if name == "aiokafka" else util.find_spec(name)

    monkeypatch.setattr(offering, "find_spec", found)
    assert problems(folder, "kafka://a") == [
        (
            "headwater.yaml:3:10: Kafka is not installed here — "
            "run pip install 'headwater[kafka]'"
        )
    ]


def test_what_is_no_broker_is_told_without_its_password(folder: Path) -> None:
    """With what to write; who the gateway is stands beside the URL."""
    said = problems(folder, "kafka://ear:hunter2@a")
    assert said[0] == (
        "headwater.yaml:3:10: this is no URL of Kafka's brokers — "
        "write kafka://a.internal:9092,b.internal:9092; user and password beside"
    )
    assert "hunter2" not in "".join(said)
