"""The demo's own profile tests pass, and its files load without a word."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.testing.runner import run_profile_tests
from tests.demo.running import ROOT

if TYPE_CHECKING:
    import pytest


def test_the_demos_profile_tests_pass(monkeypatch: pytest.MonkeyPatch):
    """What ``headwater test`` says in a checkout, each case told by name."""
    monkeypatch.chdir(ROOT)
    told = run_profile_tests([ROOT / "profiles"], [ROOT / "deploy" / "demo.yaml"], {})
    lines = str(told).splitlines()
    assert lines[-1] == f"{len(lines) - 1} passed, 0 failed", str(told)
    assert len(lines) > 1
