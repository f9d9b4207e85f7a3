"""`type: stream` at load time: what is listened to, by the kind of its source.

In charge of one way to listen a step, and of telling which keys do not go with its
source. Must never do I/O.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, cast

from gateway.connectors.base import ReplyRules, Section
from gateway.connectors.streams.options import Resume, StreamOptions
from gateway.connectors.streams.target import Named, StreamTarget, Way
from gateway.expression import Expression, ExpressionSyntaxError, parse
from gateway.shape import FieldShape

_WAYS: Mapping[str, tuple[Way, ...]] = {"redis": ("channel", "pattern", "stream")}
"""The ways to listen to each kind of source, the usual one first."""
_KEPT = frozenset({"stream"})
_ALL: tuple[Way, ...] = ("channel", "pattern", "stream")


class StreamStep:
    """Load time of ``type: stream``."""

    names: ClassVar[tuple[str, ...]] = ("stream",)
    options: ClassVar[type[StreamOptions]] = StreamOptions
    sources: ClassVar[frozenset[str]] = frozenset(_WAYS)
    default_source: ClassVar[str | None] = "default"

    def compile(self, section: Section, options: object) -> StreamTarget:
        asked = cast("StreamOptions", options)
        what = _named(section, asked)
        resumes = isinstance(asked.from_, Resume) and asked.from_.resume
        if resumes and what.way not in _KEPT:
            section.problem(
                ("from",),
                f"nothing is kept of a {what.way}, so no one can go on where he was",
                hint="listen to a stream that its source keeps, or remove 'from'",
            )
        key = over_response(section, "key", asked.key)
        return StreamTarget(what, resumes, key, asked.decode)

    def shape(self, options: object) -> tuple[FieldShape, ...] | None:  # noqa: ARG002
        return None

    def rules(self, options: object) -> ReplyRules:  # noqa: ARG002
        return ReplyRules(reads=True)

    def idempotent(self, options: object) -> bool:  # noqa: ARG002
        return True


def _named(section: Section, asked: StreamOptions) -> Named:
    """The one way that is written, of those that its source has."""
    ways = _WAYS.get(section.kind or "redis", ())
    said = [way for way in _ALL if getattr(asked, way) is not None]
    if not said:
        hint = f"write {' or '.join(f'{way}:' for way in ways)}"
        section.problem((), "this step does not say what it listens to", hint=hint)
        return Named("channel", "")
    first, *others = said
    for other in others:
        message = f"a step listens to one thing, and here is {first!r} already"
        section.problem((other,), message, hint="make a step of each")
    if first not in ways:
        message = f"a source of type {section.kind!r} has no {first!r}"
        section.problem((first,), message, hint=f"write {' or '.join(ways)}")
    return Named(first, section.value((first,), getattr(asked, first)))


def over_response(section: Section, key: str, text: str | None) -> Expression | None:
    """An expression over an event alone; a problem where it reads anything else."""
    if text is None:
        return None
    try:
        made = parse(text)
    except ExpressionSyntaxError as error:
        section.problem((key,), error.message, hint=error.hint)
        return None
    others = made.roots - {"response"}
    if others:
        message = f"{min(others)!r} cannot be read here"
        hint = "it reads the event alone: response.body.id, response.headers"
        section.problem((key,), message, hint=hint)
    return made
