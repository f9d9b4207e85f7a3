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

from tests.stack.part import ROOT
from tests.stack.servers import missing
from tests.stack.stack import Stack, Wishes, running


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Two gateways of two workers each, on free ports."""
    if needed := missing():
        reason = f"needs apt-get install {' '.join(needed)}"
        if os.environ.get("REQUIRE_SERVICES") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    project = copied_project(tmp_path_factory.mktemp("stack"))
    with running(Wishes(first=0, project=project)) as one:
        yield one


def copied_project(folder: Path) -> Path:
    """The demo's profiles and schema in a folder where they may be changed."""
    for part in ("profiles", "schema"):
        shutil.copytree(ROOT / part, folder / part)
    return folder
