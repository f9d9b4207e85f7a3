"""The names that lines of the log have are those that the operators' page lists."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from gateway.telemetry import log
from gateway.telemetry.log import LOGGED

_FOLDER = Path(log.__file__).parent
_WRITING = {"debug", "info", "warning", "error", "write"}


def written() -> Iterator[str]:
    """Every name that is written into a line, as it stands in the source."""
    for path in sorted(_FOLDER.glob("log*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            called = node.func
            name = called.attr if isinstance(called, ast.Attribute) else None
            name = called.id if isinstance(called, ast.Name) else name
            first = node.args[0]
            if name in _WRITING and isinstance(first, ast.Constant):
                yield str(first.value)


def test_every_line_has_a_listed_name_and_every_listed_name_a_line() -> None:
    """Whoever looks for a name in the log finds it as the page spells it."""
    assert {*written()} == LOGGED.keys()
