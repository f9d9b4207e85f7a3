"""What the gateway itself did of a run: before the first step, and after the last.

In charge of its two rows among those of steps. They lead to no step. Must never draw a
time that nobody measured.
"""

from __future__ import annotations

from gateway.drawing.markup import Element
from gateway.drawing.row import Row, row_drawn
from gateway.drawing.saying import ms
from gateway.drawing.scale import Scale
from gateway.drawing.shown import TimesShown

BEFORE, ANSWER = "before the steps", "answer"
_SAYS = {
    BEFORE: "reads, validates and plans the query",
    ANSWER: "makes the answer: projection, errors, lists",
}


def before_row(times: TimesShown, scale: Scale, y: float) -> Element:
    """From the beginning of the request to its first step."""
    return _row(BEFORE, -times.before, times.before, scale, y)


def answer_row(times: TimesShown, scale: Scale, y: float) -> Element:
    """From the end of the last step to that of the request."""
    return _row(ANSWER, times.steps, times.answer, scale, y)


def _row(name: str, at: float, took: float, scale: Scale, y: float) -> Element:
    told = f"{name}: the gateway {_SAYS[name]} in {ms(took)}"
    row = Row(name, f"{_SAYS[name]}, {ms(took)}", told, at, took)
    return row_drawn(row, scale, y, class_="hw-row hw-own")
