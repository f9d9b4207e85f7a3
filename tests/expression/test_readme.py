"""The table of functions is complete and true."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import gateway.expression
from gateway.expression import parse
from gateway.expression.library import GLOBALS, METHODS
from gateway.expression.macros import BODIES

_README = Path(gateway.expression.__file__).with_name("README.md")
_ROWS = re.findall(
    r"^\| (`[^|]*`) \|[^|]*\| `(.*)` \|$",
    _README.read_text(encoding="utf-8").partition("## Functions")[2],
    re.MULTILINE,
)
_FORM = re.compile(r"`(?:(\w+)\.)?(\w+)\(")


def _names() -> set[tuple[str, str]]:
    """Every form in the table, as (how it is called, name)."""
    found = set()
    for forms, _ in _ROWS:
        for target, name in _FORM.findall(forms):
            if f"{target}.{name}" in GLOBALS:
                found.add(("global", f"{target}.{name}"))
            elif name in BODIES or name == "has":
                found.add(("macro", name))
            else:
                found.add(("method" if target else "global", name))
    return found


def test_every_function_is_in_the_table_and_the_table_has_no_other() -> None:
    """A function that is not documented does not exist for an author."""
    known = {("global", name) for name in GLOBALS}
    known |= {("method", name) for name in METHODS}
    known |= {("macro", name) for name in (*BODIES, "has")}
    assert _names() == known


@pytest.mark.parametrize("example", [example for _, example in _ROWS])
def test_every_example_of_the_table_is_true(example: str) -> None:
    """An example that is not evaluated goes stale."""
    assert parse(example)({}) is True
