"""What an import made, changed and left out, as a person reads it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from gateway.importing.made import LeftOut, Made

if TYPE_CHECKING:
    from rich.console import Console

_EXAMPLES = 3
_ROWS = 15
_SUGGESTED = 8


def print_summary(made: Made, console: Console) -> None:
    """A table: what, how many, why; then what more there could be."""
    from rich.table import Table

    counted = ", ".join(f"{number} {what}" for what, number in made.summary.items())
    console.print(f"\n{made.title}: {counted}", style="bold", markup=False)
    for title, found in (
        ("left out", made.told.left_out),
        ("changed", made.told.changed),
    ):
        groups = _grouped(found)
        if not groups:
            continue
        table = Table(title=f"{title} ({len(found)})", title_justify="left", box=None)
        table.add_column("why", overflow="fold")
        table.add_column("", justify="right")
        table.add_column("what", overflow="fold")
        for why, what in groups[:_ROWS]:
            more = len(what) - _EXAMPLES
            shown = ", ".join(what[:_EXAMPLES]) + (f", {more} more" if more > 0 else "")
            table.add_row(_plain(why), str(len(what)), _plain(shown))
        if len(groups) > _ROWS:
            table.add_row(f"{len(groups) - _ROWS} more reasons", "", "")
        console.print(table)
    for line in made.suggested[:_SUGGESTED]:
        console.print(line, style="dim", markup=False)
    if len(made.suggested) > _SUGGESTED:
        console.print(f"and {len(made.suggested) - _SUGGESTED} more", style="dim")


def _grouped(found: Iterable[LeftOut]) -> list[tuple[str, list[str]]]:
    """By reason, the most frequent first."""
    groups: dict[str, list[str]] = {}
    for each in found:
        groups.setdefault(each.why, []).append(each.what)
    return sorted(groups.items(), key=lambda pair: -len(pair[1]))


def _plain(text: str) -> str:
    from rich.markup import escape

    return escape(text)
