"""Problems of configuration files, as a person reads them.

In charge of showing each with its line, a mark under the place, and the fix. Must
never judge: what is a problem was decided where the file was read.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from gateway.errors import Problem, Severity

_STYLES = {Severity.ERROR: "bold red", Severity.WARNING: "yellow"}
_LONGEST = 160
"""Characters of a line that are shown; longer ones are cut around the place."""


def print_problems(problems: Sequence[Problem], console: Console | None = None) -> None:
    """All problems, grouped by file, and how many there are; nothing for none."""
    if not problems:
        return
    console = console or Console(stderr=True, highlight=False)
    for file, found in groupby(problems, key=lambda problem: problem.span.file):
        console.print(Text(file, "bold"), soft_wrap=True)
        written = _read(file)
        for problem in found:
            for line in _lines(problem, written):
                console.print(line, soft_wrap=True)
    console.print(Text(counted(problems), "bold"), soft_wrap=True)


def counted(problems: Iterable[Problem]) -> str:
    """How many there are: ``2 errors, 1 warning``."""
    found = [problem.severity for problem in problems]
    words = []
    for severity in Severity:
        number = found.count(severity)
        if number:
            words.append(f"{number} {severity}{'s' if number > 1 else ''}")
    return ", ".join(words) or "no problems"


def _lines(problem: Problem, file: Sequence[str]) -> Iterable[Text]:
    line, column = problem.span.line, problem.span.column
    style = _STYLES[problem.severity]
    yield Text.assemble(
        f"  {line}:{column} ", (str(problem.severity), style), f": {problem.message}"
    )
    written = file[line - 1] if line <= len(file) else ""
    if written.strip():
        shown, before = _cut(written, column - 1)
        number = str(line)
        yield Text.assemble((f"    {number} | ", "dim"), shown)
        gap = " " * (len(number) + 5)
        yield Text.assemble((f"{gap}| ", "dim"), " " * cell_len(before), ("^", style))
    if problem.hint:
        yield Text.assemble(("    fix: ", "green"), problem.hint)


def _cut(written: str, at: int) -> tuple[str, str]:
    """What of a line is shown, and the part of it that stands before the place."""
    plain = written.replace("\t", " ").rstrip()
    start = max(0, at - _LONGEST // 2) if len(plain) > _LONGEST else 0
    return plain[start : start + _LONGEST], plain[start:at]


def _read(file: str) -> Sequence[str]:
    """The lines of a file as it is now; none where it cannot be read."""
    try:
        return Path(file).read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError):
        return ()
