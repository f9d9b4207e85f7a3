"""Every benchmark in turn, and one table of what they found: `make bench`.

With names only those: `python -m tests.benchmarks guards sql`. One that cannot run
here, such as one that lacks a server, is told and left out.
"""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

NAMES = (
    "request",
    "answering",
    "planning",
    "proving",
    "resolving",
    "guards",
    "caching",
    "entities",
    "exporting",
    "agents",
    "events",
    "deferring",
    "transport",
    "sql",
    "failing",
    "reload",
    "releasing",
    "shadowing",
    "recording",
    "counting",
    "tracing",
    "start",
    "importing",
)
"""What a request costs first; each is a module beside this one."""
LONGEST = 300.0
"""Seconds that one may take."""
_GAP = re.compile(r"\s{2,}|:\s+|(?<=\D)\s+(?=[0-9][0-9,.]*\s*(us|ms|s)\b)")


class Row(NamedTuple):
    """One line of the table."""

    command: str
    what: str
    figure: str


def rows_of(name: str, printed: str) -> list[Row]:
    """A benchmark's lines: a name, and after a gap what was measured."""
    found = []
    for line in printed.splitlines():
        if line.strip():
            what, _, figure = _GAP.sub("\0", line.strip(), count=1).partition("\0")
            found.append(Row(name, what, re.sub(r"\s{2,}", "  ", figure)))
    return found


def measured(name: str) -> list[Row]:
    """What one benchmark found, in a process of its own."""
    command = [sys.executable, "-m", f"tests.benchmarks.{name}"]
    try:
        ran = subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=LONGEST
        )
    except subprocess.TimeoutExpired:
        return [Row(name, "did not end", f"within {LONGEST:g} s")]
    if ran.returncode:
        why = (ran.stderr.strip().splitlines() or ["no word why"])[-1]
        return [Row(name, "could not run", why)]
    return rows_of(name, ran.stdout)


def table(rows: Sequence[Row]) -> str:
    """The rows below each other, a line between benchmarks."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines, before = [], rows[0].command
    for row in rows:
        if row.command != before:
            lines.append("")
            before = row.command
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def main(wanted: Sequence[str]) -> int:
    """Run those that are wanted, or all; 2 where a name is none."""
    unknown = [name for name in wanted if name not in NAMES]
    if unknown:
        print(f"There is no benchmark {unknown[0]!r}: {', '.join(NAMES)}.")
        return 2
    names, rows = wanted or NAMES, [Row("command", "what", "figure")]
    for number, name in enumerate(names, start=1):
        print(f"[{number}/{len(names)}] {name} ... ", end="", flush=True)
        began = time.monotonic()
        rows += measured(name)
        print(f"{time.monotonic() - began:.0f} s", flush=True)
    print(f"\n{table(rows)}")
    return int(any(row.what in {"could not run", "did not end"} for row in rows))


if __name__ == "__main__":
    assert Path("tests/benchmarks").is_dir(), "run it where the checkout begins"
    sys.exit(main(sys.argv[1:]))
