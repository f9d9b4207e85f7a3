"""A comparison as Markdown, for a pull request.

In charge of the form: tables, and pictures where a graph changed. What people wrote
is escaped: a description draws no table of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gateway.comparing.changes import course_of
from gateway.comparing.drawing import as_mermaid
from gateway.comparing.model import (
    LEVELS,
    Change,
    Comparison,
    Harm,
    Level,
    Operation,
    Redrawn,
)
from gateway.units import spelt
from gateway.values import NOWHERE, SourceSpan

_TITLES = {
    Level.BREAKING: "Breaking",
    Level.DANGEROUS: "Dangerous",
    Level.SAFE: "Safe",
}
_MOST_DRAWN = 20
"""Pictures in one report; platforms show no more of a comment than so much."""


def as_markdown(comparison: Comparison) -> str:
    """The report; it ends with a line break."""
    return "\n".join(_lines(comparison)) + "\n"


def counted(comparison: Comparison) -> str:
    """``1 breaking, 2 safe``."""
    words = [
        f"{len(found)} {level}" for level in LEVELS if (found := comparison.at(level))
    ]
    return ", ".join(words) or "no changes"


def _lines(comparison: Comparison) -> Iterator[str]:
    yield f"## What this changes: {counted(comparison)}"
    yield ""
    yield f"{_code(comparison.before)} → {_code(comparison.after)}"
    for level in LEVELS:
        found = comparison.at(level)
        if found:
            yield ""
            yield f"### {_TITLES[level]}"
            yield ""
            yield from _table(found)
    yield from _harmed(comparison.changes)
    drawn = [one for one in comparison.redrawn if _has_picture(one)]
    if drawn:
        yield from _pictures(drawn)


def _table(changes: Iterable[Change]) -> Iterator[str]:
    yield "| what | before | after | where |"
    yield "|---|---|---|---|"
    for one in changes:
        yield f"| {_what(one)} | {_value(one.before)} | {_value(one.after)} | {_where(one)} |"  # noqa: E501


def _what(change: Change) -> str:
    if change.before is None and change.after is None:
        said = _escaped(change.message)
    else:
        said = f"{_code(change.subject)} {_escaped(change.key)}"
    whom = f" for {', '.join(map(_code, change.audiences))}" if change.audiences else ""
    also = f", also {', '.join(map(_code, change.variants))}" if change.variants else ""
    known = "" if whom and change.before is None else whom
    return f"{said}{known}{also}"


def _value(text: str | None) -> str:
    return "" if text is None else _code(text)


def _where(change: Change) -> str:
    was, now = change.was, change.now
    if was is None or now is None or was == now:
        return _place(was or now)
    return f"{_place(was)} → {_place(now)}"


def _place(span: SourceSpan | None) -> str:
    return "" if span in (None, NOWHERE) else _code(f"{span.file}:{span.line}")


def _harmed(changes: Iterable[Change]) -> Iterator[str]:
    known = [one for one in changes if one.harms]
    if not known:
        return
    yield from ("", "### Who uses what goes away", "")
    yield "| what | operation | client | tenant | times | last seen |"
    yield "|---|---|---|---|--:|---|"
    for one in known:
        for harm in one.harms or ():
            yield _harm(one, harm)


def _harm(change: Change, harm: Harm) -> str:
    names = (harm.operation, harm.client, harm.tenant)
    told = " | ".join(_code(name) if name else "" for name in names)
    return f"| {_code(change.subject)} | {told} | {harm.count} | {harm.last} |"


def _has_picture(one: Redrawn) -> bool:
    return (
        one.before is None or one.after is None or one.before.graph != one.after.graph
    )


def _pictures(drawn: list[Redrawn]) -> Iterator[str]:
    yield from ("", "### Plans", "")
    for one in drawn[:_MOST_DRAWN]:
        yield f"<details><summary>{_escaped(one.operation)}</summary>"
        yield ""
        yield f"{_course(one.before)} → {_course(one.after)}"
        yield from ("", "```mermaid", as_mermaid(one), "```", "", "</details>", "")
    if len(drawn) > _MOST_DRAWN:
        yield f"… and {len(drawn) - _MOST_DRAWN} more."


def _course(operation: Operation | None) -> str:
    if operation is None:
        return "not there"
    way = _escaped(course_of(operation))
    return f"{way}, deadline {spelt(operation.course.deadline)}"


def _code(text: str) -> str:
    """A value in a cell: one line, and nothing in it is Markdown."""
    plain = " ".join(text.split()).replace("|", "\\|")
    ticks = "``" if "`" in plain else "`"
    gap = " " if "`" in plain else ""
    return f"{ticks}{gap}{plain}{gap}{ticks}"


def _escaped(text: str) -> str:
    plain = " ".join(text.split())
    for mark in "\\|<>*_`[]":
        plain = plain.replace(mark, f"\\{mark}" if mark not in "<>" else _ANGLES[mark])
    return plain


_ANGLES = {"<": "&lt;", ">": "&gt;"}
