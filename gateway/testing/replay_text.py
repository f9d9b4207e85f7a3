"""What a replay came to: as text, as Markdown for a pull request, as JUnit XML."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import orjson

from gateway.testing.replay import Change, Replay
from gateway.testing.report import printable
from gateway.values import JsonValue

_LONGEST = 80


def text_of(made: Replay) -> str:
    """For a terminal."""
    return "\n".join(_lines(made))


def counts(made: Replay) -> str:
    """How many recordings there were, and how many would be answered otherwise."""
    number = "1 recording" if made.recordings == 1 else f"{made.recordings} recordings"
    if not made.changes:
        return f"{number}, every answer is the same"
    allowed = sum(1 for one in made.changes.values() if one.allowed)
    tail = f" ({allowed} changes are allowed)" if allowed else ""
    return f"{number}, {made.changed} would be answered otherwise{tail}"


def _lines(made: Replay) -> Iterator[str]:
    for change in made.changes.values():
        mark = "allowed" if change.allowed else "CHANGED"
        yield f"{mark}  {change.operation}: {change.path} ({said(change)})"
        for one in change.examples:
            before, after = shown(one.difference.before), shown(one.difference.after)
            yield f"         {before} -> {after}  ({one.place})"
    for step, count in made.steps():
        yield f"calls    {step}: {calls(count)}"
    for crash in made.crashes:
        yield f"CRASHED  {crash}"
    yield counts(made)


def said(change: Change) -> str:
    """What kind of change it is, and how often."""
    words = {
        "value": "another value",
        "gone": "no longer there",
        "new": "was not there",
        "order": "another order",
        "error": "another error",
    }
    times = "once" if change.count == 1 else f"{change.count} times"
    return f"{words[change.how]}, {times}"


def calls(count: Counter[str]) -> str:
    """What becomes of a step's calls."""
    before, after = count["recorded"], count["made"]
    parts = [f"{before} -> {after}"]
    if after < before:
        parts.append(f"{before - after} saved")
    if after > before:
        parts.append(f"{after - before} added")
    if count["otherwise"]:
        parts.append(f"{count['otherwise']} ask otherwise, answered as recorded")
    if count["new"]:
        parts.append(f"{count['new']} that nobody recorded")
    return ", ".join(parts)


def shown(value: JsonValue) -> str:
    """A value as JSON, cut where it is long."""
    text = orjson.dumps(value, default=str).decode()
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."


def markdown_of(made: Replay) -> str:
    """For a pull request."""
    lines = ["### Replay", "", f"{counts(made)}.", ""]
    if made.changes:
        lines += ["| | operation | path | change | before | after |"]
        lines += ["|---|---|---|---|---|---|"]
    for change in made.changes.values():
        first = change.examples[0].difference
        cells = (
            "allowed" if change.allowed else "**changed**",
            change.operation,
            f"`{change.path}`",
            said(change),
            _code(first.before),
            _code(first.after),
        )
        lines.append(f"| {' | '.join(cells)} |")
    steps = list(made.steps())
    if steps:
        lines += ["", "| step | calls |", "|---|---|"]
        lines += [f"| `{step}` | {calls(count)} |" for step, count in steps]
    lines += [f"- crashed: {_plain(crash)}" for crash in made.crashes]
    return "\n".join(lines).rstrip() + "\n"


def _code(value: JsonValue) -> str:
    return f"<code>{_plain(shown(value))}</code>"


def _plain(text: str) -> str:
    """Text that is nothing to Markdown: values come from anybody."""
    for mark, other in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("|", "&#124;")):
        text = text.replace(mark, other)
    return text.replace("`", "&#96;").replace("\n", " ")


def write_replay_junit(made: Replay, path: Path) -> None:
    """One case for each change; one that passes where there is none.

    Raises:
        OSError: the file cannot be written.
    """
    root = ET.Element("testsuites", name="headwater")
    suite = ET.SubElement(root, "testsuite", name="replay")
    failures = 0
    for change in made.changes.values():
        name = printable(f"{change.path} ({said(change)})")
        case = ET.SubElement(suite, "testcase", classname=change.operation, name=name)
        if not change.allowed:
            failures += 1
            failure = ET.SubElement(case, "failure", message=name)
            one = change.examples[0].difference
            failure.text = printable(f"{shown(one.before)} -> {shown(one.after)}")
    for crash in made.crashes:
        failures += 1
        case = ET.SubElement(suite, "testcase", classname="crashes", name="crash")
        ET.SubElement(case, "failure", message=printable(crash))
    if not len(suite):
        ET.SubElement(suite, "testcase", classname="replay", name=counts(made))
    suite.set("tests", str(len(suite)))
    suite.set("failures", str(failures))
    ET.indent(root)
    path.parent.mkdir(parents=True, exist_ok=True)
    ET.ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)
