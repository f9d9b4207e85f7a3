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
from gateway.connectors.options import Paginate, RestOptions
from gateway.connectors.rendering import is_header_name, literal
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
            headers=_map(section, "headers", _sendable(section, asked.headers)),
            body=section.value(("body",), asked.body),
            form=None if asked.form is None else _map(section, "form", asked.form),
            accepts=frozenset(asked.on_status),
            exact=section.wants_exact(),
            follow=_follow(asked.paginate),
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
    for key, slot in (("param", PAGE), ("size_param", PAGE_SIZE)):
        name = getattr(pages, key, None)
        if name in query:
            section.problem(
                ("paginate", key),
                f"'query' has {name!r} already",
                hint="remove it there",
            )
        if name is not None:
            query[name] = slot
    return query or None


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
    return headers
