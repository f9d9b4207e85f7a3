"""Node with packages from npm, installed once for each list of them.

They live in pytest's own cache. Without npm a test that asks for them is skipped; with
REQUIRE_SERVICES=1 it fails. Must never write a lock file: it would name the registry
it was made from.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from gateway.values import digest

_INSTALL = (
    "npm",
    "install",
    "--no-audit",
    "--no-fund",
    "--no-package-lock",
    "--ignore-scripts",
)


def node_folder(request: pytest.FixtureRequest, home: Path) -> Path:
    """A folder with the packages of ``home/package.json`` and the scripts beside it.

    Scripts are copied anew each time, so that they are always those of ``home``.
    """
    if not (shutil.which("node") and shutil.which("npm")):
        reason = "needs node and npm: apt-get install nodejs npm"
        if os.environ.get("REQUIRE_SERVICES") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    listed = home / "package.json"
    name = f"{home.name}-{digest(listed.read_text('utf-8'))}"
    folder: Path = request.config.cache.mkdir(name)  # type: ignore[union-attr]
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # of the processes of a run, one installs
        if not (folder / "installed").exists():
            shutil.copy(listed, folder)
            subprocess.run(_INSTALL, cwd=folder, check=True, capture_output=True)
            (folder / "installed").touch()
        for script in home.glob("*.mjs"):
            shutil.copy(script, folder)
    return folder
