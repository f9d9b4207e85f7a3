"""Which media type a request is in, and which one its answer takes.

In charge of `Content-Type` and `Accept`, as "GraphQL over HTTP" reads them. Pure. What
it decides depends on the header's text alone, so the texts that clients really send
are decided once.
"""

from __future__ import annotations

from enum import Enum
from functools import lru_cache

from gateway.record import Model

_UTF8 = frozenset({"utf-8", "utf8"})
_EARLIER = "20220824"
_LONGEST = 8_000
"""A header beyond this is nobody's wish; reading it would only cost time."""

_KEPT = 500
"""What is remembered is short, so that nobody can fill the memory with headers."""


class Form(Enum):
    """How an answer is written. The value is its media type."""

    __hash__ = object.__hash__  # an enum's own is a call of Python's for every answer
    JSON = "application/json"
    GRAPHQL = "application/graphql-response+json"
    EVENTS = "text/event-stream"
    PARTS = "multipart/mixed"

    @property
    def streams(self) -> bool:
        """Whether one answer can follow another on the same request."""
        return self in _STREAMS


_STREAMS = (Form.EVENTS, Form.PARTS)
_DOCUMENTS = (Form.GRAPHQL, Form.JSON)
_WILD = frozenset({"*/*", "application/*"})


class MediaRange(Model, frozen=True):
    """One entry of `Accept`. ``quality`` 0 refuses."""

    type: str
    parameters: dict[str, str]
    quality: float


def choose_form(accept: str | None) -> Form | None:
    """The form of the answer; None where nothing fits (406).

    A document beats a stream wherever both will do: clients such as urql list both
    for every query. Missing and wild ranges mean JSON, as the specification has it
    for clients that know no better.
    """
    if accept is None or not accept.strip():
        return Form.JSON
    if len(accept) > _KEPT:
        return _choose(accept) if len(accept) <= _LONGEST else None
    return _known_form(accept)


class Parts(Enum):
    """How an answer is written that comes in parts. The value is its media type.

    EARLIER is the format of 2022, which says where each part belongs: Apollo Client
    asks for it by ``deferSpec``, urql reads it where nothing is said. CURRENT announces
    parts and speaks of them by their ids; EVENTS is the same in server-sent events.
    """

    EARLIER = 'multipart/mixed; boundary="-"; deferSpec=20220824'
    CURRENT = 'multipart/mixed; boundary="-"; incrementalSpec=v0.2'
    EVENTS = "text/event-stream"


def choose_parts(accept: str | None) -> Parts | None:
    """How an answer in parts is written; None where the client takes no parts.

    Parts of a multipart answer beat events, and a document that is wanted more beats
    both.
    """
    if accept is None or len(accept) > _KEPT:
        return None
    return _known_parts(accept)


@lru_cache(maxsize=512)
def _known_parts(accept: str) -> Parts | None:
    ranges = [_media_range(part) for part in accept.split(",")]
    documents = {form.value for form in _DOCUMENTS}
    least = max((one.quality for one in ranges if one.type in documents), default=0.0)
    wanted = [
        (one.quality, parts is not Parts.EVENTS, parts)
        for one in ranges
        if (parts := _parts_of(one)) is not None
        and one.quality > 0
        and one.quality >= least
    ]
    return max(wanted, key=lambda one: one[:2])[2] if wanted else None


def _parts_of(one: MediaRange) -> Parts | None:
    """The way that an entry asks for, where it is one that we write."""
    named = one.parameters
    if (
        named.get("charset", "utf-8").lower() not in _UTF8
        or "subscriptionspec" in named
    ):
        return None
    if one.type == Form.EVENTS.value:
        return Parts.EVENTS
    if one.type != Form.PARTS.value:
        return None
    if "incrementalspec" in named:
        return Parts.CURRENT if named["incrementalspec"] == "v0.2" else None
    return Parts.EARLIER if named.get("deferspec", _EARLIER) == _EARLIER else None


def _choose(accept: str) -> Form | None:
    ranges = [_media_range(part) for part in accept.split(",")]
    refused = {one.type for one in ranges if one.quality <= 0}
    wanted = [one for one in ranges if one.quality > 0 and _fits(one)]
    wanted.sort(key=lambda one: -one.quality)
    if wanted and _subscribes(wanted[0]):
        return Form.PARTS
    for forms in (_DOCUMENTS, _STREAMS):
        for one in wanted:
            for form in forms:
                if one.type == form.value:
                    return form
    if not any(one.type in _WILD for one in wanted):
        parts = len(accept) <= _KEPT and _known_parts(accept) is not None
        return Form.JSON if parts else None  # what has no parts is sent as it is
    return next((f for f in (Form.JSON, Form.GRAPHQL) if f.value not in refused), None)


def _subscribes(first: MediaRange) -> bool:
    """Whether a client wants answers one after the other.

    Apollo's clients name the subscription protocol for subscriptions alone: first, and
    a document besides, for a refusal.
    """
    return first.type == Form.PARTS.value and "subscriptionspec" in first.parameters


def _fits(one: MediaRange) -> bool:
    """Answers are in UTF-8; parts are those of the subscription protocol only."""
    if one.parameters.get("charset", "utf-8").lower() not in _UTF8:
        return False
    return one.type != Form.PARTS.value or "subscriptionspec" in one.parameters


_known_form = lru_cache(maxsize=512)(_choose)


def streams(accept: str) -> bool:
    """Whether a client that takes a document might take a stream as well."""
    return Form.PARTS.value in accept or Form.EVENTS.value in accept


def is_json(content_type: str) -> bool:
    """Whether a body is JSON in UTF-8: `application/json`, and nothing like it."""
    return len(content_type) <= _KEPT and _is_json(content_type)


@lru_cache(maxsize=512)
def _is_json(content_type: str) -> bool:
    one = _media_range(content_type)
    charset = one.parameters.get("charset", "utf-8").lower()
    return one.type == Form.JSON.value and charset in _UTF8


def _media_range(text: str) -> MediaRange:
    media_type, *rest = text.split(";")
    parameters = {}
    for part in rest:
        name, _, value = part.partition("=")
        parameters[name.strip().lower()] = value.strip().strip('"')
    return MediaRange(
        media_type.strip().lower(), parameters, _quality(parameters.get("q"))
    )


def _quality(text: str | None) -> float:
    try:
        return 1.0 if text is None else float(text)
    except ValueError:
        return 0.0
