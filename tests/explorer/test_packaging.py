"""The wheel, made where npm is and where it is not."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

from gateway.explorer import building

ROOT = Path(__file__).parents[2]
WHEEL = (sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", "dist")
PACKAGED = ("gateway", "profiles", "schema", "deploy")
ALONE = ("pyproject.toml", "README.md", "LICENSE", ".gitignore")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of what a wheel is made of, in which nothing was built."""
    for name in PACKAGED:
        left = shutil.ignore_patterns("__pycache__", "built")
        shutil.copytree(ROOT / name, tmp_path / name, ignore=left)
    for name in ALONE:
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


def wheel_of(checkout: Path, path: str) -> tuple[set[str], str]:
    """The names in its wheel, and what was said while it was made."""
    environ = os.environ | {"PATH": path}
    made = subprocess.run(
        WHEEL, cwd=checkout, env=environ, check=True, capture_output=True, text=True
    )
    [wheel] = (checkout / "dist").iterdir()
    with ZipFile(wheel) as zipped:
        return set(zipped.namelist()), made.stdout + made.stderr


def test_a_wheel_made_without_node_has_the_page_and_says_what_it_lacks(
    checkout: Path,
) -> None:
    """One line, and a wheel whose page has the GraphiQL of PyPI's package."""
    names, said = wheel_of(checkout, "/nonexistent")
    assert "gateway/explorer/static/app/main.js" in names
    assert not [name for name in names if "/built/" in name]
    assert said.count("\n") == 2  # the line, and the name of the wheel
    assert "has no GraphiQL of npm (Node and npm are not installed)" in said


def test_a_wheel_has_what_npm_built_with_its_licences(
    checkout: Path, built_folder: Path
) -> None:
    """Though git ignores it; and nothing that npm needed to build it."""
    shutil.copytree(built_folder, checkout / "gateway/explorer/static/built")
    names, said = wheel_of(checkout, os.environ["PATH"])
    built = {n.rpartition("/")[2] for n in names if "/built/" in n}
    assert {"graphiql.js", "graphiql.css", "editor.js", "licences.txt"} <= built
    assert not [name for name in names if "node_modules" in name]
    assert "GraphiQL" not in said


def test_what_was_built_of_other_sources_is_not_shown(tmp_path: Path) -> None:
    """A stamp says of what it was built; without one it does not count."""
    assert not building.fits(tmp_path)
    (tmp_path / "stamp.txt").write_text("of another version")
    assert not building.fits(tmp_path)


def test_the_lock_names_content_and_no_registry() -> None:
    """Each package by its hash: whichever registry answers, it is the same package."""
    lock = (building.SOURCES / "package-lock.json").read_text("utf-8")
    assert '"resolved"' not in lock
    assert "://" not in lock  # npm writes whom to fund, too: taken out by hand
    assert lock.count('"integrity"') == lock.count('"node_modules/')
