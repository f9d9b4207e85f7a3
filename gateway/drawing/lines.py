"""One line from a box to another, and what it says.

In charge of the way that a line takes. Must never leave a line without what it reads:
where the words do not fit, pointing at the line shows them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from gateway.drawing.markup import Element, element
from gateway.drawing.model import Kind, Line
from gateway.drawing.placing import GAP, Area
from gateway.drawing.text import short, whole

_WORDS: Final = 22
"""Letters that fit between two columns."""
_HEAD: Final = 7
"""Length of an arrow's head."""
_BEND: Final = GAP / 2.4


def line_drawn(
    line: Line, areas: Sequence[Area], leaves: float, arrives: float
) -> Element:
    """The line by way of all areas; ``leaves`` and ``arrives`` are heights."""
    told = ", ".join(whole(word) for word in line.words)
    names = f"{whole(line.start)} to {whole(line.end)}"
    first, last = areas[0], areas[-1]
    start = first.x + first.width, leaves
    end = last.x - _HEAD, arrives
    if last.x <= first.x:
        start, end = _around(first, last)
    words = short(_said(line), _WORDS)
    return element(
        "g",
        element("title", f"{names}: {told}" if told else names),
        element("path", class_="hw-line", d=_way(start, areas[1:-1], end)),
        element("path", class_="hw-head", d=_arrow(end)),
        element("text", words, class_="hw-reads", x=start[0] + 8, y=start[1] - 4)
        if words
        else None,
        class_=_classes(line),
        data_from=whole(line.start),
        data_to=whole(line.end),
    )


def _said(line: Line) -> str:
    if not line.words:
        return ""
    more = len(line.words) - 1
    return f"{line.words[0]} +{more}" if more else line.words[0]


def _classes(line: Line) -> str:
    words = ["hw-edge", "hw-reading" if line.kind is Kind.READS else "hw-falling"]
    if line.critical:
        words.append("hw-critical")
    if line.mark is not None:
        words.append(f"hw-{line.mark}")
    return " ".join(words)


def _around(first: Area, last: Area) -> tuple[tuple[float, float], tuple[float, float]]:
    """From below a box to below another that stands before it, or above."""
    x = last.x + last.width / 2
    return (first.x + first.width, first.middle), (x, last.y + last.height)


def _way(
    start: tuple[float, float], passed: Sequence[Area], end: tuple[float, float]
) -> str:
    at, parts = start, [f"M{start[0]:g} {start[1]:g}"]
    for area in passed:
        parts.append(_bent(at, (area.x, area.middle)))
        at = area.x + area.width, area.middle
        parts.append(f"H{at[0]:g}")
    return "".join((*parts, _bent(at, end)))


def _bent(start: tuple[float, float], end: tuple[float, float]) -> str:
    (x, y), (to_x, to_y) = start, end
    return f"C{x + _BEND:g} {y:g} {to_x - _BEND:g} {to_y:g} {to_x:g} {to_y:g}"


def _arrow(end: tuple[float, float]) -> str:
    x, y = end
    return f"M{x:g} {y - 4:g}L{x + _HEAD:g} {y:g}L{x:g} {y + 4:g}Z"
