"""`poll` at load time: the call that is made again and again.

In charge of reading another step type's keys below a `stream` step's own. Pure.
"""

from __future__ import annotations

from typing import Any

from gateway.connectors.base import Section, StepType
from gateway.connectors.streams.options import StreamOptions, options_of
from gateway.connectors.streams.polling import Polled
from gateway.connectors.streams.reading import over_response
from gateway.expression import ExpressionSyntaxError, parse

_LEAST_SECONDS = 0.1


def polled(
    section: Section, asked: StreamOptions, fits: StepType[Any] | None
) -> Polled:
    """What is asked how often, and what is compared."""
    every = asked.every or 0.0
    if asked.every is None:
        message = "nothing says how often 'poll' asks"
        section.problem(("poll",), message, hint="add every: 5s")
    elif every < _LEAST_SECONDS:
        section.problem(("every",), "this is too often", hint="write 1s or more")
    changed = over_response(section, "changed", asked.changed or _selected(asked))
    target = _called(section, asked, fits)
    return Polled(target, every, changed)


def _called(
    section: Section, asked: StreamOptions, fits: StepType[Any] | None
) -> object:
    """The target of the call; None, and problems, where it is none."""
    if fits is None:
        message = f"a source of type {section.kind!r} answers no calls"
        section.problem(("poll",), message, hint="name another source")
        return None
    options, problems = options_of(fits.options, asked.poll or {})
    for trail, each in problems:
        section.problem(("poll", *trail), each.message, hint=each.hint)
    if options is None:
        return None
    if not fits.rules(options).reads:
        message = "a call that may change something is not made again and again"
        section.problem(("poll",), message, hint="ask for something that only reads")
    return fits.compile(section.below("poll"), options)


def _selected(asked: StreamOptions) -> str | None:
    """The step's `select`, where it reads nothing but the reply."""
    text = getattr(asked, "select", None)
    if not isinstance(text, str):
        return None
    try:
        return text if parse(text).roots <= {"response"} else None
    except ExpressionSyntaxError:
        return None  # told where 'select' itself is read
