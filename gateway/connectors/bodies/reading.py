"""A reply's body → values, by its media type or as the step says. Pure.

In charge of which reader is asked; what came and cannot be read is named, since the
usual reason is an error page. Must never guess by looking into the body.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from decimal import Decimal
from functools import partial
from typing import NamedTuple, Protocol

import orjson

from gateway.connectors.bodies.decoding import codec_named, invalid, text_of
from gateway.connectors.bodies.media import PAGES, VAGUE, Kind, MediaType, media_type
from gateway.connectors.bodies.rows import csv_rows, json_lines
from gateway.typed import Form, TypedRows

_BOM = b"\xef\xbb\xbf"
PLAIN_JSON = frozenset({"application/json", "application/json; charset=utf-8"})
"""What most replies say, known without looking."""
_ROWS = ("csv", "ndjson")
_UTF8 = frozenset({"utf-8", "ascii"})


class HowRead(Protocol):
    """How bodies are read, as a step's target says."""

    @property
    def reads(self) -> Kind | None:
        """The kind that is wanted; None goes by the reply."""

    @property
    def lists(self) -> Collection[str]:
        """Elements of XML that are lists even where one came."""

    @property
    def exact(self) -> bool:
        """Whether numbers of JSON are read as Decimals."""


class Reads(NamedTuple):
    """The same as a value."""

    reads: Kind | None = None
    lists: tuple[str, ...] = ()
    exact: bool = False


def body_of(content: bytes, headers: Mapping[str, str], how: HowRead) -> object:
    """What a body says.

    An empty one is null, and of a kind that is rows a list without any.

    Raises:
        UpstreamError: invalid, where it is not what it should be.
    """
    written = headers.get("content-type", "")
    wanted = how.reads
    if wanted is None and written in PLAIN_JSON:
        return decoded(content, exact=how.exact) if content else None
    came = media_type(written)
    if not content:
        return [] if (wanted or came.kind) in _ROWS else None
    return _read(content, came.charset, _kind(came, wanted), how)


def rows_of(
    content: bytes, headers: Mapping[str, str], how: HowRead, form: Form
) -> TypedRows | None:
    """The body's rows in a form; None where it has to be read as `body_of` does."""
    written = headers.get("content-type", "")
    if how.reads is not None or how.exact or written not in PLAIN_JSON:
        return None
    rows = form.read(content)
    if rows is None:
        return None
    return TypedRows(form, rows, partial(body_of, content, headers, how))


def _kind(came: MediaType, wanted: Kind | None) -> Kind:
    """What to read the body as.

    Raises:
        UpstreamError: invalid, where another kind came, or one that nobody reads.
    """
    if wanted is None:
        found = came.kind or ("json" if came.essence in VAGUE else None)
        if found is None:
            raise invalid(
                f"The source answered with {_named(came)}, which is not read."
            )
        return found
    other = came.kind not in (None, wanted) or came.essence in PAGES
    if wanted == "text" or came.essence in VAGUE or not other:
        return wanted
    raise invalid(f"The source answered with {_named(came)} in place of {wanted}.")


def _named(came: MediaType) -> str:
    """A media type, short enough and of harmless characters."""
    text = came.essence[:60]
    return text if text.isascii() and text.isprintable() else "an unreadable type"


def _read(content: bytes, charset: str | None, kind: Kind, how: HowRead) -> object:
    match kind:
        case "json":
            return decoded(_utf8(content, charset), exact=how.exact)
        case "ndjson":
            lines = _utf8(content, charset).removeprefix(_BOM)
            return json_lines(lines, lambda line: decoded(line, exact=how.exact))
        case "csv":
            return csv_rows(text_of(content, charset))
        case "xml":
            # Not all read it, and it is the one kind whose reader is a library.
            from gateway.connectors.bodies.xml import xml_value

            return xml_value(content, charset, how.lists)
        case "text":
            return text_of(content, charset)


def _utf8(content: bytes, charset: str | None) -> bytes:
    """JSON is UTF-8 (RFC 8259), unless its sender says otherwise."""
    if charset is None or codec_named(charset) in _UTF8:
        return content
    return text_of(content, charset).encode()


def decoded(content: bytes, *, exact: bool) -> object:
    """One strict JSON document as values, at most 1,024 deep. A leading BOM is let by.

    ``exact`` reads fractions as Decimals and integers of any size, for twice the time:
    orjson judges in both cases, so that what is valid does not depend on it.

    Raises:
        UpstreamError: invalid, where it is no JSON.
    """
    text = content.removeprefix(_BOM)
    try:
        loose: object = orjson.loads(text)
        return json.loads(text, parse_float=Decimal) if exact else loose
    except (ValueError, RecursionError) as error:
        raise invalid(
            "The source's answer is not valid JSON.", detail=type(error).__name__
        ) from None
