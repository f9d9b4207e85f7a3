"""`type: stream` at load time: what is listened to, by the kind of its source.

In charge of one thing to listen to a step, and of telling which keys do not go with
its source. Must never do I/O.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, cast

from gateway.connectors.base import ReplyRules, Section, Slot, StepType
from gateway.connectors.options import RestOptions
from gateway.connectors.rest_step import RestStep
from gateway.connectors.streams.events import IDLE_SECONDS, Events
from gateway.connectors.streams.options import Resume, StreamOptions
from gateway.connectors.streams.polled import polled
from gateway.connectors.streams.reading import over_response
from gateway.connectors.streams.target import Named, StreamTarget, Way
from gateway.errors import did_you_mean
from gateway.expression import written_in
from gateway.shape import FieldShape
from gateway.values import JsonValue

_CHANNEL = frozenset({"channel"})
_KEYS: Mapping[str, frozenset[str]] = {
    "redis": frozenset({"channel", "pattern", "stream"}),
    "nats": frozenset({"channel", "stream"}),
    "kafka": _CHANNEL,
    "postgresql": _CHANNEL,
    "postgres": _CHANNEL,
    "webhook": _CHANNEL,
    "rest": frozenset({"endpoint", "query", "headers", "event", "idle"}),
    "graphql": frozenset({"document", "variables", "idle"}),
}
"""The keys that say what is listened to at each kind of source."""
_POLLING = frozenset({"poll", "every", "changed"})
_ALL = frozenset[str]().union(_POLLING, *_KEYS.values())
_WANTED = {"rest": "endpoint", "nats": "channel", "graphql": "document"}
"""The key that says it, where others only go with it."""
_WAYS: tuple[Way, ...] = ("channel", "pattern", "stream")
_RESUMED = frozenset({"kafka", "rest"})
_ONLY_POLLED = ("duckdb", "sql", "mysql", "mariadb", "sqlite", "file", "static", "grpc")


class StreamStep:
    """Load time of ``type: stream``. ``polls`` are the types whose calls it may make.

    ``offer`` is what its source offers to steps that call it.
    """

    names: ClassVar[tuple[str, ...]] = ("stream",)
    options: ClassVar[type[StreamOptions]] = StreamOptions
    sources: ClassVar[frozenset[str]] = frozenset((*_KEYS, *_ONLY_POLLED))
    default_source: ClassVar[str | None] = "default"

    def __init__(
        self, polls: Sequence[StepType[Any]] = (), offer: object = None
    ) -> None:
        self._polls = tuple(polls)
        self._offer = offer

    def knowing(self, offer: object) -> StreamStep:
        """The same for steps of a source that offers this."""
        return StreamStep(self._polls, offer)

    def compile(self, section: Section, options: object) -> StreamTarget:
        asked = cast("StreamOptions", options)
        key = over_response(section, "key", asked.key)
        if asked.poll is not None:
            _check_keys(section, asked, _POLLING)
            call = polled(section, asked, self._fits(section.kind))
            return StreamTarget(call, _resumes(asked), key, asked.decode, states=True)
        own = _KEYS.get(section.kind or "redis", frozenset())
        if not _check_keys(section, asked, own):
            return StreamTarget(Named("channel", None))
        if asked.channel is not None and self._offer is False:
            message = "the source says everything on no channel"
            hint = "give the source a 'channel', or listen to all of it without"
            section.problem(("channel",), message, hint=hint)
        what = _what(section, asked, self._offer)
        resumes = _resumes(asked)
        if resumes and not _is_kept(section.kind, what):
            section.problem(
                ("from",),
                "nothing is kept of this, so no one can go on where he was",
                hint="listen to a stream that its source keeps, or remove 'from'",
            )
        return StreamTarget(what, resumes, key, asked.decode)

    def _fits(self, kind: str | None) -> StepType[Any] | None:
        """The type of the calls that a kind of source answers."""
        for each in self._polls:
            if kind in each.sources:
                knowing = getattr(each, "knowing", None)
                return each if knowing is None else cast("Any", knowing(self._offer))
        return None

    def shape(self, options: object) -> tuple[FieldShape, ...] | None:  # noqa: ARG002
        return None

    def rules(self, options: object) -> ReplyRules:
        return ReplyRules(success_if=cast("StreamOptions", options).filter, reads=True)

    def idempotent(self, options: object) -> bool:  # noqa: ARG002
        return True


def _resumes(asked: StreamOptions) -> bool:
    return isinstance(asked.from_, Resume) and asked.from_.resume


def _is_kept(kind: str | None, what: object) -> bool:
    if isinstance(what, Named):
        return what.way == "stream" or what.of is not None or kind in _RESUMED
    return kind in _RESUMED


def _said(asked: StreamOptions) -> list[str]:
    """The keys that say what is listened to, as far as they are written."""
    return sorted(key for key in _ALL if getattr(asked, key))


def _check_keys(section: Section, asked: StreamOptions, own: frozenset[str]) -> bool:
    """Whether every key that is written goes with the source; problems for others."""
    others = [key for key in _said(asked) if key not in own]
    for key in others:
        if own == _POLLING:
            message, hint = f"{key!r} does not go with 'poll'", "remove one of them"
        elif key in _POLLING:
            message = f"{key!r} is of no use without 'poll'"
            hint = "add poll: { ... }, the call that is made again and again"
        else:
            message = f"a source of type {section.kind!r} has no {key!r}"
            hint = _hint(key, own)
        section.problem((key,), message, hint=hint)
    return not others


def _hint(key: str, own: frozenset[str]) -> str:
    if not own:
        return "it is not listened to: write every: 5s and poll: { ... }"
    return did_you_mean(key, own) or f"write {' or '.join(sorted(own))}"


def _what(section: Section, asked: StreamOptions, offer: object) -> object:
    """What is listened to, of a source that says something by itself."""
    wanted = _WANTED.get(section.kind or "")
    if wanted is not None and getattr(asked, wanted) is None:
        hint = f"write {wanted}:, or every: and poll:"
        section.problem((), "this step does not say what it listens to", hint=hint)
        return Named("channel", "")
    if asked.endpoint is not None:
        return _events(section, asked)
    if asked.document is not None:
        return _subscribed(section, asked, offer)
    if section.kind == "nats":
        kept = (
            None if asked.stream is None else section.value(("stream",), asked.stream)
        )
        return _filled(section, "channel", asked.channel, kept)
    return _named(section, asked)


def _filled(section: Section, way: Way, text: JsonValue, of: object = None) -> Named:
    """A name, and which of it the author wrote where values are filled into it."""
    name = section.value((way,), text)
    has_values = isinstance(name, Slot) and isinstance(text, str)
    return Named(way, name, of, written_in(cast("str", text)) if has_values else None)


def _events(section: Section, asked: StreamOptions) -> Events:
    given = RestOptions(
        endpoint=cast("str", asked.endpoint), query=asked.query, headers=asked.headers
    )
    only = (asked.event,) if isinstance(asked.event, str) else asked.event
    return Events(
        RestStep().compile(section, given),
        None if only is None else frozenset(only),
        asked.idle or IDLE_SECONDS,
    )


def _subscribed(section: Section, asked: StreamOptions, offer: object) -> object:
    """A subscription of a GraphQL API; ``offer`` is its SDL, where that is known."""
    # Imported here: whoever listens to no GraphQL API does not pay for it.
    from gateway.connectors.graphql.documents import DocumentReader
    from gateway.connectors.graphql.listening import Subscribed
    from gateway.connectors.graphql.upstream import upstream_of

    known = upstream_of(offer) if isinstance(offer, str) else None
    schema = None if known is None else known.schema
    target = DocumentReader(section, schema, listens=True).read(asked)
    return Subscribed(target, asked.idle or IDLE_SECONDS)


def _named(section: Section, asked: StreamOptions) -> Named:
    """The one way that is written."""
    said = [way for way in _WAYS if getattr(asked, way) is not None]
    if not said:
        if section.kind != "webhook":
            ways = _KEYS.get(section.kind or "redis", frozenset())
            hint = _hint("", ways) if not ways else f"write {min(ways)}:"
            section.problem((), "this step does not say what it listens to", hint=hint)
        return Named("channel", None)
    first, *others = said
    for other in others:
        message = f"a step listens to one thing, and here is {first!r} already"
        section.problem((other,), message, hint="make a step of each")
    return _filled(section, first, getattr(asked, first))
