"""REST at load time: `type: api` steps.

In charge of what of a call is fixed when a profile is loaded. How a request is written
is `rest_request`; who answers is `rest`. Must never do I/O.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import ClassVar, cast

from gateway.connectors.base import (
    PAGE,
    PAGE_LINK,
    PAGE_SIZE,
    ReplyRules,
    Section,
    Slot,
)
from gateway.connectors.bodies.media import ACCEPTS
from gateway.connectors.options import Paginate, RestOptions
from gateway.connectors.rendering import is_header_name, is_header_value, literal
from gateway.connectors.rest_request import (
    RestTarget,
)
from gateway.shape import FieldShape
from gateway.values import JsonValue

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})
_READING_METHODS = frozenset({"GET", "HEAD"})
_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
FRAMING = frozenset(
    {"connection", "content-length", "keep-alive", "te", "trailer"}
    | {"transfer-encoding", "upgrade", "accept-encoding"}
)
"""Headers that belong to the connection; the transport alone writes them."""


class RestStep:
    """Load time of ``type: api``."""

    names: ClassVar[tuple[str, ...]] = ("api", "rest")
    options: ClassVar[type[RestOptions]] = RestOptions
    sources: ClassVar[frozenset[str]] = frozenset({"rest"})
    default_source: ClassVar[str | None] = "default"

    def compile(self, section: Section, options: object) -> RestTarget:
        asked = cast("RestOptions", options)
        if asked.form is not None and asked.body is not None:
            section.problem(
                ("form",), "a call has a 'body' or a 'form'", hint="remove one of them"
            )
        return RestTarget(
            method=asked.method,
            url=_endpoint(section, asked.endpoint),
            query=_query(section, asked),
            headers=_headers(section, asked),
            body=section.value(("body",), asked.body),
            form=None if asked.form is None else _map(section, "form", asked.form),
            accepts=frozenset(asked.on_status),
            exact=section.wants_exact(),
            follow=_follow(asked.paginate),
            paged=_paged(section, asked),
            reads=asked.reads,
            lists=asked.lists,
        )

    def shape(self, options: object) -> tuple[FieldShape, ...] | None:  # noqa: ARG002
        return None

    def rules(self, options: object) -> ReplyRules:
        asked = cast("RestOptions", options)
        reads = asked.method in _READING_METHODS
        pages = asked.paginate.rules() if asked.paginate else None
        return ReplyRules(dict(asked.on_status), asked.success_if, reads, pages)

    def idempotent(self, options: object) -> bool:
        asked = cast("RestOptions", options)
        if asked.idempotent is not None:
            return asked.idempotent
        return asked.method in SAFE_METHODS


def _endpoint(section: Section, text: str) -> tuple[str | Slot, ...]:
    if _ABSOLUTE.match(text):
        section.problem(
            ("endpoint",),
            "an endpoint is a path below its source's URL, not a URL",
            hint="declare a source with that host in headwater.yaml, and name it here",
        )
    if "#" in text:
        section.problem(
            ("endpoint",),
            "a '#' part is never sent",
            hint="write %23 for the character",
        )
    parts = section.url("endpoint", text)
    written = tuple(literal(p) if isinstance(p, str) else p for p in parts)
    if written and isinstance(written[0], str) and written[0][:1] in ("/", "?"):
        return written
    return ("/", *written)


def _map(
    section: Section, key: str, entries: Mapping[str, JsonValue]
) -> Mapping[str, object] | None:
    made = {name: section.value((key, name), entries[name]) for name in entries}
    return made or None


def _query(section: Section, asked: RestOptions) -> Mapping[str, object] | None:
    """The query as written, and where it says which page is wanted."""
    query = dict(_map(section, "query", asked.query) or {})
    pages = asked.paginate
    for key, name, slot in _places(pages, "query"):
        if name in query:
            section.problem(
                ("paginate", key),
                f"'query' has {name!r} already",
                hint="remove it there",
            )
        query[name] = slot
    return query or None


def _places(pages: Paginate | None, where: str) -> list[tuple[str, str, Slot]]:
    """The keys of `paginate` that name a place in a call, if it is there."""
    if pages is None or pages.in_ != where:
        return []
    keys = (("param", PAGE), ("size_param", PAGE_SIZE))
    found = ((key, getattr(pages, key), slot) for key, slot in keys)
    return [(key, name, slot) for key, name, slot in found if name is not None]


def _paged(section: Section, asked: RestOptions) -> tuple[tuple[str, Slot], ...]:
    """Where the body says which page is wanted."""
    places = _places(asked.paginate, "body")
    pages = asked.paginate
    if pages is not None and pages.in_ == "body":
        if asked.form is not None:
            message = "a form has no place for the page that is wanted"
            hint = "write a 'body' in place of 'form'"
            section.problem(("paginate", "in"), message, hint=hint)
        if pages.style == "link":
            message = "a link is followed, and says nothing in a body"
            section.problem(("paginate", "in"), message, hint="remove 'in'")
    for key, name, _ in places:
        if isinstance(asked.body, Mapping) and name in asked.body:
            message = f"'body' has {name!r} already"
            section.problem(("paginate", key), message, hint="remove it there")
    return tuple((name, slot) for _, name, slot in places)


def _headers(section: Section, asked: RestOptions) -> Mapping[str, object] | None:
    """The headers as written, and what is asked for where a kind is wanted."""
    if asked.lists and asked.reads not in (None, "xml"):
        message = f"'lists' are elements of XML, and this step reads {asked.reads}"
        section.problem(("lists",), message, hint="remove it, or write reads: xml")
    found = _map(section, "headers", _sendable(section, asked.headers))
    named = {name.lower() for name in asked.headers}
    if asked.reads in (None, "json") or "accept" in named:
        return found
    return {"accept": ACCEPTS[asked.reads], **(found or {})}


def _follow(pages: Paginate | None) -> Slot | None:
    """Where a whole link is followed; of one with a parameter only that is taken."""
    whole = pages is not None and pages.style == "link" and pages.param is None
    return PAGE_LINK if whole else None


def _sendable(
    section: Section, headers: Mapping[str, JsonValue]
) -> Mapping[str, JsonValue]:
    for name in headers:
        if not is_header_name(name):
            section.problem(("headers", name), f"{name!r} is not a header's name")
        elif name.lower() in FRAMING:
            message = f"{name!r} belongs to the connection and is set by the gateway"
            section.problem(("headers", name), message, hint="remove it")
        elif name.lower() == "host":
            message = "the host is its source's, which no profile can change"
            hint = "declare a source for it in headwater.yaml, and name it here"
            section.problem(("headers", name), message, hint=hint)
        elif not is_header_value(headers[name]):
            message = f"the value of {name!r} holds a line break or control character"
            hint = "write it in one line"
            section.problem(("headers", name), message, hint=hint)
    return headers
