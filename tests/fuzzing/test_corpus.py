"""Whatever the fuzzer found once is tried at every run, and some more by chance."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from random import Random

import pytest

from tests.fuzzing.targets import HERE, TARGETS, corpus_of, module_of

KEPT = [(name, path) for name in TARGETS for path in corpus_of(name)]
_PATIENCE = 240
"""Seconds for a bounded run on a busy machine; it takes one to four of CPU."""


@pytest.mark.parametrize(
    ("name", "path"), KEPT, ids=[f"{name}-{path.name}" for name, path in KEPT]
)
def test_what_was_found_once_is_found_no_more(name: str, path: Path) -> None:
    """The name of the file says what it was."""
    module_of(name).try_one(path.read_bytes())


@pytest.mark.skipif(find_spec("atheris") is None, reason="no Atheris for this machine")
@pytest.mark.parametrize("name", [n for n, one in TARGETS.items() if one.bounded])
def test_so_many_inputs_find_nothing(name: str, tmp_path: Path) -> None:
    """The same ones at every run. `make fuzz` looks for longer, and elsewhere."""
    command = [sys.executable, "-m", "tests.fuzzing", name, f"--learned={tmp_path}"]
    bounded = [f"--runs={TARGETS[name].bounded}", "--seed=1"]
    done = subprocess.run(
        [*command, *bounded],
        check=False,
        capture_output=True,
        cwd=HERE.parents[1],
        text=True,
        timeout=_PATIENCE,
    )
    assert done.returncode == 0, done.stderr[-4_000:]
    assert "Done " in done.stderr


@pytest.mark.parametrize("seed", range(20))
def test_what_is_compiled_says_what_graphql_core_says(seed: int) -> None:
    """By chance alone, too: `laws/` throws the same dice, more of them."""
    chances = Random(seed)  # noqa: S311 - chance, no secret
    module_of("projection").try_one(chances.randbytes(512))


@pytest.mark.parametrize("seed", range(40))
def test_no_file_makes_the_loader_raise(seed: int) -> None:
    """By chance alone: to be guided costs seconds more, which `make fuzz` has."""
    chances = Random(seed)  # noqa: S311 - chance, no secret
    module_of("changed").try_one(chances.randbytes(64))
    loader = module_of("loader")
    usual = chances.choice(list(loader.seeds()))
    start = chances.randrange(len(usual))
    end = start + chances.randrange(9)
    word = chances.choice(list(loader.TOKENS)).encode()
    loader.try_one(usual[:start] + word + usual[end:])
