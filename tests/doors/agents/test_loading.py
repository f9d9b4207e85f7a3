"""What serving agents costs is paid before anybody is served."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from gateway.app import build_gateway
from gateway.cli.listening import asgi
from tests.project import write
from tests.release.kit import texts

SDK = "gateway.doors.agents.stateless"


@pytest.mark.parametrize(("agents", "loaded"), [("true", True), ("false", False)])
def test_the_sdk_is_imported_before_a_process_listens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, agents: str, loaded: bool
) -> None:
    """Where there are agents; the first of them holds nobody up."""
    files = {**texts(1), "headwater.yaml": f"agents: {agents}\n"}
    monkeypatch.delitem(sys.modules, SDK, raising=False)
    gateway = build_gateway([write(tmp_path, files)], {}, observe=lambda _: None)
    asgi(gateway)
    assert (SDK in sys.modules) is loaded
