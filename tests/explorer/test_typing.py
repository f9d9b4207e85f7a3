"""The page's own modules, held to their JSDoc types as strictly as our Python is."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.npm import node_folder

HERE = Path(__file__).parent
APP = HERE.parents[1] / "gateway/explorer/static/app"
STRICT = (
    "--allowJs",
    "--checkJs",
    "--noEmit",
    "--strict",
    "--noImplicitReturns",
    "--noFallthroughCasesInSwitch",
    "--skipLibCheck",
    "--target",
    "es2022",
    "--module",
    "esnext",
    "--moduleResolution",
    "bundler",
    "--lib",
    "es2024,dom,dom.iterable,dom.asynciterable",
)


def test_every_module_of_the_page_is_typed(request: pytest.FixtureRequest) -> None:
    """A wrong name or a value that may be missing is found here, not by a reader."""
    folder = node_folder(request, HERE / "typing")
    modules = sorted(map(str, APP.glob("*.js")))
    compiler = folder / "node_modules/typescript/bin/tsc"
    said = subprocess.run(
        ("node", compiler, *STRICT, *modules),
        capture_output=True,
        text=True,
        check=False,
        cwd=APP,
    )
    assert (said.stdout, said.stderr) == ("", "")
