"""REST: `type: api` steps, and the HTTP sources that answer them.

In charge of what is fixed at load time (`RestStep`) and of one call with its deadline
(`RestSource`). How a request is written is `rest_request`; how it travels is
`transport`. Must never follow a redirect, keep a cookie, or name a host to a client.
"""

from __future__ import annotations

import asyncio
import base64
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar, cast
from urllib.parse import unquote, urlsplit, urlunsplit

from gateway.connectors.acceptance import answer, check_status
from gateway.connectors.base import (
    PAGE,
    PAGE_LINK,
    PAGE_SIZE,
    Begun,
    Call,
    NeverArrivedError,
    Reply,
    ReplyRules,
    Section,
    Slot,
    Wire,
)
from gateway.connectors.masking import masked, masked_headers, masked_url
from gateway.connectors.options import Paginate, RestOptions
from gateway.connectors.rendering import header, is_header_name, literal
from gateway.connectors.rest_request import (
    Request,
    RestTarget,
    filled,
    link_of,
    render,
)
from gateway.connectors.running import Running
from gateway.connectors.settings import RestSettings
from gateway.connectors.transport.base import (
    Asking,
    StaleError,
    Transport,
    WireReply,
)
from gateway.connectors.transport.inflaters import accept_encoding
from gateway.errors import ErrorClass, UpstreamError
from gateway.shape import FieldShape
from gateway.values import JsonValue

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})
_READING_METHODS = frozenset({"GET", "HEAD"})
_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_FRAMING = frozenset(
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
        return asked.method in _SAFE_METHODS


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
        elif name.lower() in _FRAMING:
            message = f"{name!r} belongs to the connection and is set by the gateway"
            section.problem(("headers", name), message, hint="remove it")
    return headers


class RestSource:
    """One HTTP API at run time. Owns its connections.

    Concurrency is bounded by the engine, not here.
    """

    __slots__ = ("_headers", "_query", "_running", "_settings", "_transport", "_url")

    def __init__(
        self, settings: RestSettings, transport: Transport | None = None
    ) -> None:
        self._settings = settings
        self._url, self._query, credentials = _base(settings.url)
        self._headers = {
            "accept": "application/json",
            "accept-encoding": accept_encoding(),
            "user-agent": "headwater",
            **credentials,
            **{name.lower(): value for name, value in settings.headers.items()},
        }
        self._transport = transport or _default_transport(settings, self._url)
        self._running = Running()

    def render(self, call: Call[RestTarget]) -> Wire:
        request, target = self._request(call), call.target
        read_as = (target.accepts, target.exact, self._settings.unwrap)
        asked = (self._url, request.method, request.url, request.content)
        return Wire((asked, tuple(sorted(request.headers.items())), read_as), request)

    async def call(self, call: Call[RestTarget]) -> Reply:
        wire = call.wire or self.render(call)
        request = cast("Request", wire.request)
        if call.passing:
            request = replace(request, headers={**request.headers, **call.passing})
        with self._running:
            try:
                async with asyncio.timeout_at(call.deadline.at):
                    reply = await self._transport.send(
                        request, self._settings.response_limit
                    )
            except TimeoutError:
                message = "The source did not answer in time."
                raise UpstreamError(message, kind=ErrorClass.TIMEOUT) from None
        return self._read(call.target, reply)

    def begin(self, call: Call[RestTarget]) -> Begun | None:
        """Send a call on a connection that is open and free; None without one.

        Raises:
            UpstreamError: rejected, where the request is none.
        """
        ask = getattr(self._transport, "begin", None)
        if ask is None:
            return None
        wire = call.wire or self.render(call)
        request = cast("Request", wire.request)
        if call.passing:
            request = replace(request, headers={**request.headers, **call.passing})
        asked: Asking | None = ask(request, self._settings.response_limit)
        if asked is None:
            return None
        future, leave = asked
        running = self._running
        running.enter()

        def read(done: asyncio.Future[WireReply]) -> Reply:
            running.leave()
            try:
                return self._read(call.target, done.result())
            except StaleError as error:
                if request.method in _SAFE_METHODS:
                    raise NeverArrivedError from error
                raise

        def left() -> None:
            running.leave()
            leave()

        return Begun(future, read, left)

    def _read(self, target: RestTarget, reply: WireReply) -> Reply:
        check_status(reply.status, target.accepts, reply.headers, reply.content)
        body = answer(
            reply.status,
            reply.content,
            unwrap=self._settings.unwrap,
            exact=target.exact,
        )
        return Reply(body, reply.status, reply.headers, reply.size)

    def describe(self, call: Call[RestTarget]) -> Mapping[str, JsonValue]:
        request = self._request(call)
        target = call.target
        sent = target.form if target.form is not None else target.body
        return {
            "method": request.method,
            "url": masked_url(self._url + request.url),
            "headers": masked_headers(request.headers),
            "body": cast("JsonValue", masked(filled(sent, call.inputs))),
        }

    async def close(self) -> None:
        await self._running.ended()
        await self._transport.close()

    def _request(self, call: Call[RestTarget]) -> Request:
        """The step's request with the source's own headers under it."""
        made = render(call.target, call.inputs, self._url)
        passed = {
            name: header(name, value)
            for name, value in call.headers.items()
            if name not in _FRAMING
        }
        headers = self._headers
        if passed or made.headers:
            headers = {**headers, **passed, **made.headers}
        url = made.url
        linked = link_of(call.target, call.inputs) is not None
        if self._query and not (linked and self._query in url):
            url += f"{'&' if '?' in url else '?'}{self._query}"
        return Request(made.method, url, headers, made.content)


def _base(url: str) -> tuple[str, str, Mapping[str, str]]:
    """The base without a trailing slash, its query, and the credentials in it."""
    parts = urlsplit(url)
    user, at, host = parts.netloc.rpartition("@")
    bare = urlunsplit((parts.scheme, host, parts.path.rstrip("/"), "", ""))
    if not at:
        return bare, parts.query, {}
    token = base64.b64encode(unquote(user).encode()).decode()
    return bare, parts.query, {"authorization": f"Basic {token}"}


def _default_transport(settings: RestSettings, base: str) -> Transport:
    """Our own HTTP/1.1, or httpx where a source asks for it.

    Imported when a source is opened: neither `check` nor `--help` should pay for it.
    """
    if settings.transport == "httpx":
        from gateway.connectors.transport.over_httpx import HttpxTransport

        return HttpxTransport(base, connections=settings.connections)
    from gateway.connectors.transport.lean import Keeping, LeanTransport

    return LeanTransport(base, Keeping(settings.connections))
