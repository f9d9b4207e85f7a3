"""A run over time: each step a bar from when it began to when it had settled.

In charge of the picture of times, from the beginning of the request to its end where
those are known. What an attempt's parts took stands below the step's
bar, as far as it was measured. Must never draw a time that nobody measured.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from gateway.drawing.markup import Element, element
from gateway.drawing.own_times import answer_row, before_row
from gateway.drawing.palette import hues_of
from gateway.drawing.row import Row, row_drawn
from gateway.drawing.saying import keys_said, many, ms, says
from gateway.drawing.scale import MARGIN, NAMES, ROW, SPAN, Scale, right
from gateway.drawing.shown import PlanShown, StepShown, TimesShown, TryShown
from gateway.drawing.svg import XMLNS
from gateway.drawing.text import short, whole

_SAID: Final = 330
_SUBROW: Final = 18
_HEAD: Final = 54
_MOST_TRIES: Final = 300
"""Attempts that are drawn; of more it is said how many."""
_TICKS: Final = 5
PHASES: Final[Mapping[str, str]] = {
    "queue": "waits for its turn",
    "connect": "connects",
    "wait": "waits for the reply",
    "read": "reads it",
    "decode": "decodes it",
}
"""The parts of an attempt in their order, and what is said of them."""


def waterfall_of(plan: PlanShown) -> Element | None:
    """The times of a run; None where nothing ran."""
    ran = [step for step in plan.steps if step.started_ms is not None]
    if not ran:
        return None
    ran.sort(key=lambda step: (step.started_ms or 0.0, step.id))
    times = plan.times or TimesShown()
    steps = max(times.steps, *(_end(step) for step in ran))
    whole_time = times.before + steps + times.answer
    scale = Scale(max(1e-3, whole_time), times.before)
    hues = hues_of(step.source for step in ran if step.source)
    rows, y = _all_rows(ran, plan.times, scale, hues)
    tried = any(step.tries for step in ran)
    height = y + MARGIN + (ROW if tried else 0)
    title = f"Times of a run: {many(len(ran), 'step')} in {ms(steps)}"
    if plan.times:
        title += f", {ms(whole_time)} in all"
    width = 2 * MARGIN + NAMES + SPAN + _SAID
    return element(
        "svg",
        element("title", title),
        *_axis(scale, y),
        element("text", title, class_="hw-heading", x=MARGIN, y=MARGIN + 4),
        *rows,
        *(_legend(height - MARGIN) if tried else ()),
        xmlns=XMLNS,
        class_="hw-drawing hw-waterfall",
        role="group",
        aria_label=title,
        width=width,
        height=height,
        viewBox=f"0 0 {width} {height}",
    )


def _end(step: StepShown) -> float:
    own = (step.started_ms or 0.0) + (step.elapsed_ms or 0.0)
    return max(own, *((one.at + (one.ms or 0.0)) for one in step.tries), 0.0)


def _axis(scale: Scale, height: float) -> Iterator[Element]:
    for tick in range(_TICKS + 1):
        at = scale.most * tick / _TICKS
        x = scale.x(at - scale.before)
        yield element("path", class_="hw-axis", d=f"M{x:g} {_HEAD - 8}V{height:g}")
        end = "end" if tick == _TICKS else "middle" if tick else "start"
        y = _HEAD - 14
        yield element("text", ms(at), class_="hw-note", x=x, y=y, text_anchor=end)


def _all_rows(
    ran: list[StepShown],
    times: TimesShown | None,
    scale: Scale,
    hues: Mapping[str, int],
) -> tuple[list[Element], float]:
    """What the gateway did itself around the steps, and where the last row ends."""
    if times is None:
        return _rows(ran, scale, _HEAD, hues)
    rows, y = _rows(ran, scale, _HEAD + ROW, hues)
    before, answer = before_row(times, scale, _HEAD), answer_row(times, scale, y)
    return [before, *rows, answer], y + ROW


def _rows(
    ran: list[StepShown], scale: Scale, top: float, hues: Mapping[str, int]
) -> tuple[list[Element], float]:
    """A group for each step, and where the last one ends."""
    rows, y, left = [], top, _MOST_TRIES
    for step in ran:
        tries = step.tries[: max(0, left)]
        left -= len(tries)
        rows.append(_row(step, tries, scale, y, hues))
        y += ROW + _SUBROW * len(tries)
    return rows, y


def _row(
    step: StepShown,
    tries: list[TryShown],
    scale: Scale,
    y: float,
    hues: Mapping[str, int],
) -> Element:
    began, took = step.started_ms or 0.0, step.elapsed_ms or 0.0
    said = ", ".join(
        filter(None, (says(step, None), keys_said(step), _more(step, tries)))
    )
    told = f"{step.id}: begins at {ms(began + scale.before)}, takes {ms(took)}: {said}"
    hue = f" hw-hue-{hues[step.source]}" if step.source else ""
    name = short(step.id.partition(".")[2] or step.id, 32)
    row = Row(name, short(said, 48), whole(told), began, took)
    return row_drawn(
        row,
        scale,
        y,
        *_tries(tries, scale, y + ROW),
        class_=f"hw-row hw-is-{step.status}{hue}",
        data_step=whole(step.id),
        tabindex=0,
    )


def _more(step: StepShown, tries: list[TryShown]) -> str:
    left = len(step.tries) - len(tries)
    return f"{left} attempts more" if left > 0 else ""


def _tries(tries: list[TryShown], scale: Scale, top: float) -> Iterator[Element]:
    for number, one in enumerate(tries):
        y = top + number * _SUBROW
        said = try_said(one)
        yield element(
            "g",
            element("title", whole(said)),
            *_parts(one, scale, y),
            element(
                "text", short(_brief(one), 50), class_="hw-note", x=right(), y=y + 8
            ),
            class_="hw-try",
        )


def _parts(one: TryShown, scale: Scale, y: float) -> Iterator[Element]:
    """The parts of an attempt one after the other, and what of it nobody measured."""
    at, end = one.at, one.at + (one.ms or 0.0)
    for name in PHASES:
        took = getattr(one, name)
        if took is not None:
            yield _part(name, at, took, scale, y)
            at += took
    if end > at or one.at == end:
        yield _part("rest", at, end - at, scale, y)


def _part(name: str, at: float, took: float, scale: Scale, y: float) -> Element:
    return element(
        "rect",
        element("title", f"{PHASES.get(name, 'is under way')}: {ms(took)}"),
        class_=f"hw-part hw-part-{name}",
        x=scale.x(at),
        y=y,
        width=scale.width(took),
        height=9,
    )


def _brief(one: TryShown) -> str:
    """What came of an attempt."""
    what = "hedge" if one.hedge else "attempt"
    words = [f"{what} {one.n}: {one.came}" if one.n else f"not sent: {one.came}"]
    if one.status is not None:
        words.append(f"status {one.status}")
    if one.ms is not None:
        words.append(ms(one.ms))
    if one.pause is not None:
        words.append(f"again after {ms(one.pause)}")
    return ", ".join(words)


def try_said(one: TryShown) -> str:
    """An attempt in words: what came of it, and where its time went."""
    times = ((said, getattr(one, name)) for name, said in PHASES.items())
    parts = [f"{said} {ms(took)}" for said, took in times if took is not None]
    return ", ".join([_brief(one), *parts])


def _legend(y: float) -> Iterator[Element]:
    """Which part of an attempt has which look."""
    for number, (name, said) in enumerate(PHASES.items()):
        x = MARGIN + number * 150
        kind = f"hw-part hw-part-{name}"
        yield element("rect", class_=kind, x=x, y=y - 9, width=16, height=9)
        yield element("text", said, class_="hw-note", x=x + 22, y=y)
