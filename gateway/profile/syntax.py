"""Says in an author's words why text is no YAML, and what to write instead.

In charge of the messages for syntax errors. Takes the parser's exception as it is;
must never import the parser, nor let its wording through where ours is better.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from gateway.errors import Problems
from gateway.profile.spoiled import Segment, reason, requoted, segments
from gateway.values import SourceSpan

_MESSAGES: tuple[tuple[str, str, str | None], ...] = (
    (
        "expected a single document",
        "a file holds one document",
        "put what follows '---' into a file of its own",
    ),
    (
        "found unexpected end of stream",
        "a quote that is opened here is never closed",
        "close the quote",
    ),
    (
        "unknown escape",
        "this is no escape of a double-quoted text",
        "write \\\\ for a backslash, or use single quotes",
    ),
    ("undefined alias", "no anchor of this name stands above", None),
    ("second occurrence", "this anchor's name is taken", "rename one of the anchors"),
    ("could not find expected ':'", "this line is no key", "write 'key: value'"),
    (
        "mapping values are not allowed",
        "a key is not expected here",
        "keys of one map start in the same column; a text with ': ' needs quotes",
    ),
    (
        "sequence entries are not allowed",
        "a list item is not expected here",
        "start the list on a line of its own",
    ),
    (
        "did not find expected key",
        "this line does not fit the map it stands in",
        "keys of one map start in the same column; put a text with quotes in quotes",
    ),
    (
        "expected '-' indicator",
        "this line does not fit the list it stands in",
        "items of one list start with '- ' in the same column",
    ),
    ("expected ',' or '}'", "a map in braces is not closed", "close it with '}'"),
    ("expected ',' or ']'", "a list in brackets is not closed", "close it with ']'"),
    ("<document start>", "nothing may follow the end of the document", None),
    ("directive", "a line must not start with '%'", "remove the line"),
    (
        "cannot start any token",
        "YAML does not let a value start with this character",
        "put the value in quotes",
    ),
)
_OPENED = ("quoted scalar", "flow mapping", "flow sequence", "simple key")
_LOOKED_AT = 3


def explain(error: Exception, text: str, file: str, problems: Problems) -> None:
    """Report why the text could not be read. `error` is the parser's, or Unicode's."""
    mark: Any = getattr(error, "problem_mark", None)
    if mark is None:
        problems.add(
            _character(text, file),
            "the file holds a character that YAML does not allow",
            hint="remove it, or write it as an escape in double quotes",
        )
        return
    context: Any = getattr(error, "context_mark", None)
    lines = re.split("\r\n|[\r\n\x85\u2028\u2029]", text)
    if _tabs(lines, mark.line, file, problems):
        return
    for number in _suspects(lines, mark.line, context.line if context else mark.line):
        if _spoiled(lines[number], number, file, problems):
            return
    cause = f"{getattr(error, 'context', '')} {getattr(error, 'problem', '')}"
    opened = context is not None and any(word in cause for word in _OPENED)
    place = context if opened and "escape" not in cause else mark
    message, hint = next(
        ((said, fix) for part, said, fix in _MESSAGES if part in cause),
        ("YAML cannot read this", "put the value in quotes"),
    )
    problems.add(SourceSpan(file, place.line + 1, place.column + 1), message, hint=hint)


def _character(text: str, file: str) -> SourceSpan:
    """The place of the first character that YAML refuses."""
    found = re.search(
        "[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", text
    )
    before = text[: found.start()] if found else ""
    return SourceSpan(file, before.count("\n") + 1, len(before) - before.rfind("\n"))


def _tabs(lines: list[str], number: int, file: str, problems: Problems) -> bool:
    """Whether the trouble is a tab in a line's indentation."""
    for at in (number, number - 1):
        line = lines[at] if 0 <= at < len(lines) else ""
        indentation = line[: len(line) - len(line.lstrip())]
        if line.strip() and "\t" in indentation:
            problems.add(
                SourceSpan(file, at + 1, indentation.index("\t") + 1),
                "a tab in the indentation; YAML allows only spaces there",
                hint="replace each tab by two spaces",
            )
            return True
    return False


def _suspects(lines: list[str], last: int, first: int) -> Iterator[int]:
    """Lines that may hold the cause, the likeliest first.

    A map's error is often noticed only at the line after the one that caused it.
    """
    likely = [number for number in range(last, -1, -1) if _text(lines, number)]
    yield from likely[:_LOOKED_AT]
    if first not in likely[:_LOOKED_AT] and _text(lines, first):
        yield first


def _text(lines: list[str], number: int) -> bool:
    return number < len(lines) and bool(lines[number].strip())


def _spoiled(line: str, number: int, file: str, problems: Problems) -> bool:
    found = None if line.startswith("%") else requoted(line, _is_spoiled)
    if found is None:
        return False
    column, fixed = found
    why = next(
        (
            reason(each)
            for each in segments(line)
            if each.start == column and reason(each)
        ),
        None,
    )
    problems.add(
        SourceSpan(file, number + 1, column + 1),
        why or "YAML cannot read this value",
        hint=f"write {fixed}",
    )
    return True


def _is_spoiled(segment: Segment) -> bool:
    return reason(segment) is not None
