"""Every promise of the tests' README names tests, and those are there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
_NAMED = re.compile(r"`([\w/]+(?:/|\.py))`(?: \(((?:`\w+`(?:, )?)+)\))?")
_TEST = re.compile(r"^(?:async )?def (test_\w+)", re.MULTILINE)


def rows() -> Iterator[tuple[str, str]]:
    """Each promise, and the words that say where it is held."""
    text = (TESTS / "README.md").read_text("utf-8")
    _, _, table = text.partition("| promise | test |\n|---|---|\n")
    for line in table.partition("\n\n")[0].splitlines():
        promise, _, tests = line.strip("| ").rpartition(" | ")
        yield promise, tests


ROWS = [*rows()]


@cache
def names_in(path: Path) -> frozenset[str]:
    """The names of tests in a file, or in the files of a folder with their own names.

    The inputs of a fuzzer have no test of their own name: its file has it.
    """
    if path.is_file():
        return frozenset(_TEST.findall(path.read_text("utf-8")))
    files = sorted(path.glob("*.py"))
    return frozenset({one.stem for one in files}.union(*map(names_in, files)))


def test_there_are_promises() -> None:
    """The table is found."""
    assert len(ROWS) > 50


@pytest.mark.parametrize("tests", [t for _, t in ROWS], ids=[p[:60] for p, _ in ROWS])
def test_a_promise_names_tests_that_are_there(tests: str) -> None:
    """By file, or folder, and by what of a test's name tells it from the others."""
    found = _NAMED.findall(tests)
    assert found, f"no file of tests is named by {tests!r}"
    for file, named in found:
        path = TESTS / file
        assert path.exists(), file
        known = names_in(path)
        assert known, f"{file} has no tests"
        for name in re.findall(r"\w+", named):
            assert any(name in one for one in known), f"{file} has no test of {name}"
