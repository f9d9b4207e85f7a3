"""Imports tried from end to end: descriptions in `described/`, projects in a folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from gateway.cli.main import app
from gateway.cli.project import open_nothing
from gateway.errors import Problem
from gateway.loading.loader import Loader

DESCRIBED = Path(__file__).parent / "described"
Import = Callable[..., Result]


@pytest.fixture
def run() -> Import:
    """`headwater import ...`, with what it says."""
    return lambda *arguments: CliRunner().invoke(app, ["import", *map(str, arguments)])


def problems(folder: Path) -> tuple[Problem, ...]:
    """What `headwater check` has to say of the project in a folder."""
    return Loader([folder / "headwater.yaml"], {}, open_nothing).check()


def texts(folder: Path) -> dict[str, str]:
    """All files below a folder, by their path."""
    found = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path.relative_to(folder)): path.read_text("utf-8") for path in found}
