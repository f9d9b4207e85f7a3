"""A comparison on a terminal: what hurts first, each change with both its places."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.text import Text

from gateway.comparing.markdown import counted
from gateway.comparing.model import LEVELS, Change, Comparison, Level
from gateway.values import NOWHERE, SourceSpan

_STYLES = {Level.BREAKING: "bold red", Level.DANGEROUS: "yellow", Level.SAFE: "green"}
_MARKS = {Level.BREAKING: "✗", Level.DANGEROUS: "!", Level.SAFE: "✓"}
_MOST_HARMS = 5
_LINE = 70
"""Characters of two values that are told in one line."""


def print_comparison(comparison: Comparison) -> None:
    """All changes by level, then how many there are."""
    console = Console(highlight=False, soft_wrap=True)
    if not comparison.changes:
        console.print(Text("No changes.", "green"))
        return
    console.print(Text(f"{comparison.before} → {comparison.after}", "bold"))
    for level in LEVELS:
        found = comparison.at(level)
        if found:
            console.print()
            console.print(Text(level.value, _STYLES[level]))
            for line in _lines(found, level):
                console.print(line)
    console.print()
    console.print(Text(counted(comparison), "bold"))


def _lines(changes: Sequence[Change], level: Level) -> Iterable[Text]:
    for one in changes:
        yield from _said(one, _MARKS[level])
        if one.variants:
            yield Text(f"      also in {', '.join(one.variants)}", "dim")
        yield Text(f"      {_places(one)}", "dim")
        yield from _harms(one)


def _said(change: Change, mark: str) -> Iterable[Text]:
    """What is otherwise: in one line, or in three where these are easier to compare."""
    was, now = change.before, change.after
    if was is None or now is None or len(was) + len(now) < _LINE:
        yield Text(f"  {mark} {change.message}")
        return
    yield Text(f"  {mark} {change.subject}: {change.key}")
    yield Text(f"      - {' '.join(was.split())}", "red")
    yield Text(f"      + {' '.join(now.split())}", "green")


def _places(change: Change) -> str:
    was, now = _place(change.was), _place(change.now)
    if was and now and was != now:
        return f"{was} → {now}"
    return was or now or "in no file"


def _place(span: SourceSpan | None) -> str:
    return "" if span is None or span == NOWHERE else str(span)


def _harms(change: Change) -> Iterable[Text]:
    harms = change.harms
    if harms is None:
        return
    if not harms:
        safe = ": it is safe to remove" if change.key == "deprecated" else ""
        yield Text(f"      nobody used it{safe}", "green")
    for harm in harms[:_MOST_HARMS]:
        whom = f" of {harm.tenant}" if harm.tenant else ""
        yield Text.assemble(
            "      used by ",
            (harm.client or "an unnamed client", "bold"),
            f"{whom} in {harm.operation or 'an unnamed operation'}: ",
            f"{harm.count} times, last on {harm.last}",
        )
    if len(harms) > _MOST_HARMS:
        yield Text(f"      and by {len(harms) - _MOST_HARMS} more", "dim")
