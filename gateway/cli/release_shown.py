"""Releases as tables for people and as JSON for programs."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from gateway.release.activation import standing_of
from gateway.release.model import SHORT

if TYPE_CHECKING:
    from gateway.release.activation import Activation
    from gateway.release.model import Bundle

_WIDE = 1_000
_DID = {
    "canary": "canary",
    "shadow": "shadow",
    "promote": "promoted",
    "withdraw": "trial ended",
}


def print_json(content: object) -> None:
    """Indented JSON on stdout."""
    import orjson

    print(orjson.dumps(content, option=orjson.OPT_INDENT_2).decode())


def print_history(entries: Sequence[Activation]) -> None:
    """The newest first; the active one is marked, and what is tried beside it."""
    standing = standing_of(entries)
    both = zip((standing.active, standing.trial), "●◐", strict=True)
    marks = {one.number: mark for one, mark in both if one is not None}
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("", "number", "release", "when (UTC)", "by", "from", "why"):
        table.add_column(title, justify="right" if title == "number" else "left")
    for entry in reversed(entries):
        table.add_row(
            Text(marks.get(entry.number, " "), "green"),
            str(entry.number),
            entry.bundle[:SHORT],
            entry.at[:19].replace("T", " "),
            Text(entry.by),
            Text(entry.origin),
            Text(_why(entry)),
        )
    _console().print(table)


def _why(entry: Activation) -> str:
    said = _DID.get(entry.act, "")
    if entry.act == "rollback":
        said = f"rollback to number {entry.restores}"
    return ": ".join(part for part in (said, entry.reason) if part)


def print_differences(said: Mapping[str, Any]) -> None:
    """What came of a shadow's requests, and where answers differ most often."""
    counts = ", ".join(f"{count} {name}" for name, count in said["counts"].items())
    print(f"{said['bundle'][:SHORT]}: {counts or 'nothing yet'}")
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("operation", "path", "differs", "how", "before", "after"):
        table.add_column(title, justify="right" if title == "differs" else "left")
    for one in said["differences"]:
        how = ", ".join(one["how"])
        both = (Text(json.dumps(one[side])) for side in ("before", "after"))
        name, path = Text(one["operation"]), Text(one["path"])
        table.add_row(name, path, str(one["count"]), how, *both)
    if said["differences"]:
        _console().print(table)


def print_figures(figures: Mapping[str, Any]) -> None:
    """What was counted of what serves, and of what is tried."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("")
    parts = ("errors", "failed", "95% within")
    for title in ("serves", *parts, "tried", *parts):
        table.add_column(title, justify="right")
    sides = [figures.get(side) or {} for side in ("stable", "candidate")]
    for name in dict.fromkeys(name for side in sides for name in side):
        cells = [cell for side in sides for cell in _counts(side.get(name))]
        table.add_row(Text(name), *cells)
    _console().print(table)


def _counts(one: Mapping[str, Any] | None) -> Sequence[str]:
    if one is None:
        return ("0", "", "", "")
    counts = (str(one[name]) for name in ("count", "errors", "failed"))
    return (*counts, f"{one['p95_ms']:.1f} ms")


def print_bundle(bundle: Bundle) -> None:
    """What a bundle says of itself, and its files."""
    facts = bundle.facts
    table = Table(box=None, show_header=False, pad_edge=False)
    rows = (
        ("release", bundle.id),
        ("created", f"{facts.created} by {facts.by}"),
        ("note", facts.note),
        ("headwater", facts.headwater),
        ("signed by", ", ".join(sorted(bundle.signatures)) or "nobody"),
    )
    for name, value in rows:
        if value:
            table.add_row(Text(name, "bold"), Text(value))
    console = _console()
    console.print(table)
    files = Table(box=None, pad_edge=False, header_style="bold")
    files.add_column("file")
    files.add_column("bytes", justify="right")
    for name, text in bundle.files.items():
        files.add_row(Text(name), f"{len(text.encode()):,}")
    console.print(files)


def _console() -> Console:
    """As wide as the terminal is; what no terminal reads is not folded."""
    width = None if sys.stdout.isatty() else _WIDE
    return Console(highlight=False, width=width)
