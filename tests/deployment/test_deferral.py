"""The key `deferral`, in a deployment and in an operation."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.app import build_gateway
from gateway.errors import ProfileError
from gateway.execution.guards.bulkhead import Bulkhead
from gateway.execution.upstream import Upstream
from gateway.generation import Generation
from gateway.lateness import NEVER
from gateway.testing import ScriptedSource
from tests.incremental import kit
from tests.project import write


def _loaded(folder: Path, deployment: str = "", keys: str = "") -> Generation:
    upstream = {"default": Upstream("default", ScriptedSource({}), Bulkhead(1))}
    gateway = build_gateway(
        [write(folder, kit.files(deployment=deployment, keys=keys))],
        {},
        observe=lambda _: None,
        open_sources=lambda _: (upstream, lambda: None),
    )
    return gateway.current


@pytest.mark.parametrize(
    ("deployment", "keys", "waits"),
    [
        ("", "", NEVER),
        ("deferral: off", "", NEVER),
        ("deferral: { after: 300ms }", "", 0.3),
        ("deferral: { after: 300ms }", "deferral: off", NEVER),
        ("", "deferral: { after: 1s }", 1.0),
    ],
)
def test_an_operation_waits_as_it_says_or_as_the_deployment_does(
    tmp_path: Path, deployment: str, keys: str, waits: float
) -> None:
    """`off` is a wait without end, and what nobody says is off."""
    found = _loaded(tmp_path, deployment, keys)
    assert found.waits_for(found.audience.profiles["customer"]) == waits
    assert found.defers is (waits < NEVER or "300ms" in deployment)


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("deferral: 300ms", "a map or off is wanted"),
        ("deferral: { after: }", "'after' has no value"),
        ("deferral: { after: 300 }", "300"),
    ],
)
def test_what_is_no_wait_is_told_with_its_place(
    tmp_path: Path, written: str, told: str
) -> None:
    """The deployment does not load."""
    with pytest.raises(ProfileError) as raised:
        _loaded(tmp_path, written)
    (problem,) = raised.value.problems
    assert told in str(problem)
    assert "headwater.yaml:3" in str(problem)
