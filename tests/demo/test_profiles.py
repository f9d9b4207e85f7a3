"""The demo's own files load without a word, and its own profile tests pass."""

from __future__ import annotations

import pytest

from gateway.execution.upstream import Upstreams
from gateway.loading.loader import Loader
from gateway.testing.runner import run_profile_tests
from tests.demo.running import ROOT

CONFIG = ROOT / "deploy" / "demo.yaml"


@pytest.fixture(autouse=True)
def _in_the_checkout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


def _no_source(*_: object) -> Upstreams:
    raise AssertionError("a check opens no source")


def test_nothing_is_to_be_said_of_the_demos_files() -> None:
    """Not even a warning: these files are what people copy."""
    assert Loader([CONFIG], {}, _no_source).check() == ()


def test_the_demos_profile_tests_pass() -> None:
    """What ``headwater test`` says in a checkout, each case told by name."""
    told = run_profile_tests([ROOT / "profiles"], [CONFIG], {})
    lines = str(told).splitlines()
    assert lines[-1] == f"{len(lines) - 1} passed, 0 failed", str(told)
    assert len(lines) > 1
