"""Bytes that a source said as an event, or as why it is none.

In charge of one meaning of a message for all kinds of sources. Pure. Must never end a
stream: one message that cannot be read says nothing about the next.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple, cast

import orjson

from gateway.connectors.base import Call, Section
from gateway.connectors.rendering import rejected, text_of
from gateway.connectors.rest_request import filled
from gateway.connectors.streams.base import StreamEvent
from gateway.connectors.streams.target import Decode, Named, StreamTarget
from gateway.expression import Expression, ExpressionSyntaxError, parse

_LARGE = "it is too large"
_NO_JSON = "it is not valid JSON"
_NO_TEXT = "it is neither JSON nor text in UTF-8"

NONE: Mapping[str, str] = MappingProxyType({})


class Reading(NamedTuple):
    """How messages of one step are read.

    ``limit`` is in bytes. ``decode`` None: JSON where it is JSON, else text.
    """

    limit: int
    decode: Decode | None = None


def event_of(
    content: bytes,
    reading: Reading,
    after: str | None = None,
    headers: Mapping[str, str] = NONE,
) -> StreamEvent:
    """A message as an event. ``after`` is the place behind it."""
    size = len(content)
    if size > reading.limit:
        return StreamEvent(None, after, headers, size, trouble=_LARGE)
    try:
        body = _decoded(content, reading.decode)
    except ValueError as error:
        return StreamEvent(None, after, headers, size, trouble=str(error))
    return StreamEvent(body, after, headers, size)


def event_of_fields(
    fields: Mapping[bytes, bytes], reading: Reading, after: str
) -> StreamEvent:
    """An entry of fields as an event: a map, its values text unless said otherwise."""
    size = sum(len(name) + len(value) for name, value in fields.items())
    if size > reading.limit:
        return StreamEvent(None, after, NONE, size, trouble=_LARGE)
    how: Decode = reading.decode or "text"
    try:
        pairs = {_text(n): _decoded(value, how) for n, value in fields.items()}
    except ValueError as error:
        return StreamEvent(None, after, NONE, size, trouble=str(error))
    return StreamEvent(pairs, after, NONE, size)


def _decoded(content: bytes, decode: Decode | None) -> object:
    """The value; ValueError with why there is none."""
    if decode != "text":
        try:
            found: object = orjson.loads(content)
        except ValueError:
            if decode == "json":
                raise ValueError(_NO_JSON) from None
        else:
            return found
    return _text(content)


def _text(content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise ValueError(_NO_TEXT) from None


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


def name_of(call: Call[StreamTarget]) -> str:
    """The name of what is listened to, filled in.

    Raises:
        UpstreamError: rejected, for a value that is no text, and for none.
    """
    what = cast("Named", call.target.what)
    name = text_of(filled(what.name, call.inputs), f"the {what.way}'s name")
    if not name:
        raise rejected(f"The {what.way} to listen to has no name.")
    return name


def stays(name: str, written: str, special: str) -> bool:
    """Whether the values in a name brought none of the characters that part it.

    ``written`` is what of the name is no value.
    """
    return all(name.count(each) == written.count(each) for each in special)
