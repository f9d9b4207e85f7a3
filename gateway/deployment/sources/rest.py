"""An HTTP API, as written."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, Self, TypeAlias

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Discriminator,
    Field,
    Tag,
    model_validator,
)

from gateway.deployment.sources.credentials import (
    SourceAuth,
    is_for_callers,
    passed_on,
)
from gateway.deployment.sources.every import AnySource
from gateway.deployment.sources.routes import (
    check_route,
    parted,
    proxy_url,
    unix_socket,
)
from gateway.deployment.sources.tls import Tls
from gateway.deployment.words import Discreet, Switch
from gateway.expression import ExpressionSyntaxError, Template, parse, template
from gateway.strict import Cel, Text, wrong, wrong_key

HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
FRAMING = frozenset(
    {"accept-encoding", "connection", "content-length", "keep-alive", "te"}
    | {"trailer", "transfer-encoding", "upgrade"}
)
"""Headers that belong to the connection; the transport alone writes them."""
_A_URL = re.compile(r"(https?|http\+unix)://[^/\s]")
_HTTPS_OWN = FRAMING | frozenset(
    {"accept", "authorization", "content-type", "cookie", "host", "user-agent"}
)


def _of_response(written: str) -> str:
    """An expression over a failed reply, and nothing else."""
    try:
        others = parse(written).roots - {"response"}
    except ExpressionSyntaxError as error:
        raise wrong(error.message, hint=error.hint) from None
    if others:
        raise wrong(
            f"{min(others)!r} cannot be read here",
            hint="it may read 'response' only: response.body.error.text",
        )
    return written


OfResponse: TypeAlias = Annotated[Cel, AfterValidator(_of_response)]


class SourceErrors(Discreet):
    """What a source's own failed replies say."""

    message: OfResponse | None = Field(
        default=None, description="CEL over `response`: what went wrong."
    )
    code: OfResponse | None = Field(
        default=None, description="CEL over `response`: its own code for it."
    )


def _url(written: object) -> str:
    return "<map>" if isinstance(written, Mapping) else "<text>"


def _http(written: object) -> object:
    if isinstance(written, str) and not _A_URL.match(written):
        raise wrong("this is no http URL", hint="write https://accounts.internal")
    return written


def _own_header(name: str) -> str:
    """A header that the gateway may write: a name, and none of HTTP's own."""
    if not HEADER_NAME.fullmatch(name):
        raise wrong("this is no header's name", hint="write x-request-timeout-ms")
    if name.lower() in _HTTPS_OWN:
        raise wrong(f"{name!r} means something else", hint="choose another name")
    return name.lower()


def _forwarded(name: str) -> str:
    """A header of the caller's that may travel: whom he asked is no one else's name."""
    if not HEADER_NAME.fullmatch(name):
        raise wrong("this is no header's name", hint="write x-request-id")
    if name.lower() in FRAMING or name.lower() == "host":
        message = f"{name!r} belongs to the caller's own connection"
        raise wrong(message, hint="remove it")
    return name.lower()


def _health(written: str) -> str:
    if not written.startswith("/") or written.startswith("//") or "#" in written:
        raise wrong("this is no path below the URL", hint="write /health")
    return written


_HealthPath: TypeAlias = Annotated[Text, AfterValidator(_health)]
_Socket: TypeAlias = Annotated[Text, AfterValidator(unix_socket)]
_Proxy: TypeAlias = Annotated[Text, AfterValidator(proxy_url)]
_Header: TypeAlias = Annotated[Text, AfterValidator(_forwarded)]
_OwnHeader: TypeAlias = Annotated[Text, AfterValidator(_own_header)]
_HttpUrl: TypeAlias = Annotated[str, BeforeValidator(_http)]
Url: TypeAlias = Annotated[
    Annotated[_HttpUrl, Tag("<text>")]
    | Annotated[Mapping[str, _HttpUrl], Tag("<map>")],
    Discriminator(_url),
]


class RestSource(AnySource):
    """An HTTP API."""

    type: Literal["rest"] = Field(default="rest", description="Kind of source.")
    url: Url = Field(description="Base URL; `endpoint`s are appended to it.")
    pick: Cel | None = Field(
        default=None, description="CEL that picks one of several URLs by name."
    )
    auth: SourceAuth | None = Field(
        default=None, description="How the gateway proves who it is."
    )
    tls: Tls | None = Field(default=None, description="Certificates.")
    health: _HealthPath | None = Field(
        default=None,
        description="A path that `headwater check --live` may ask for with GET. By "
        "default it opens a connection and asks for nothing.",
    )
    headers: Mapping[str, str] = Field(
        default_factory=dict,
        description="Headers of every call; values may hold `${ cel }` over `request`.",
    )
    forward_headers: tuple[_Header, ...] = Field(
        default=(), description="Headers of the caller that are passed on."
    )
    deadline_header: _OwnHeader | None = Field(
        default=None,
        description="Header that tells it how many milliseconds are left of each "
        "attempt: `x-request-timeout-ms`. Not sent by default.",
    )
    idempotency_header: _OwnHeader | None = Field(
        default=None,
        description="Header by which it knows a repeated call again: "
        "`idempotency-key`. Steps of mutations that change something carry a key in "
        "it, and may then be retried.",
    )
    unwrap: Text | None = Field(
        default=None, description="Key of the body that holds the answer: `data`."
    )
    transport: Literal["lean", "httpx"] = Field(
        default="lean",
        description="Who speaks HTTP/1.1 with it: `lean` is the gateway's own pool; "
        "`httpx` is slower, and there if a source does not get on with it.",
    )
    socket: _Socket | None = Field(
        default=None,
        description="Unix socket that it listens on: `/run/api.sock`. `url` then says "
        "what it is called; `http+unix://%2Frun%2Fapi.sock/` says both.",
    )
    proxy: _Proxy | None = Field(
        default=None,
        description="HTTP proxy on the way to it: `http://proxy.internal:3128`. That "
        "of the environment is never taken.",
    )
    http2: Switch = Field(
        default=False,
        description="Speak HTTP/2 with it; needs `headwater[http2]`. On an http URL "
        "from the start, on https where it agrees.",
    )
    errors: SourceErrors | None = Field(
        default=None,
        description="What its failed replies say, for those who may see plans.",
    )

    @property
    def header_template(self) -> Template | None:
        """The headers over a request; None where there are none."""
        return template(self.headers) if self.headers else None

    @property
    def forwarded(self) -> tuple[str, ...]:
        """Headers of the caller that are passed on, or that a token is made of."""
        return passed_on(self.forward_headers, self.auth)

    @property
    def speaks_for(self) -> bool:
        """Whether the caller's token is exchanged for it."""
        return is_for_callers(self.auth)

    @property
    def reads(self) -> tuple[Path, ...]:
        """Its certificates."""
        return tuple(path for tls in self._certificates() for path in tls.reads)

    @property
    def content(self) -> str:
        """A digest of its certificates; a connection is opened with new ones anew."""
        return "".join(tls.content for tls in self._certificates())

    def _certificates(self) -> tuple[Tls, ...]:
        found = (self.tls, self.auth.tls if self.auth else None)
        return tuple(each for each in found if each is not None)

    @property
    def base(self) -> str:
        """Its URL, as it is spoken over whatever leads to it."""
        return parted(str(self.url))[0]

    @property
    def unix_socket(self) -> str | None:
        """The path of the socket that it listens on; None for a port of a host."""
        return self.socket or parted(str(self.url))[1]

    @model_validator(mode="after")
    def _one_route(self) -> Self:
        check_route(self)
        return self

    @model_validator(mode="after")
    def _one_proof(self) -> Self:
        """Who calls is said once, and certificates only where they are shown."""
        if self.tls is not None and str(self.url).startswith("http://"):
            message = "'tls' has no effect on an http URL"
            raise wrong_key("tls", message, hint="write https://, or remove it")
        exchange = self.auth.exchange if self.auth else None
        own = {"authorization", exchange.header if exchange else "authorization"}
        if self.auth is not None and not own.isdisjoint(self.forward_headers):
            message = "the caller's own credential is not passed on beside 'auth'"
            hint = f"remove {' or '.join(sorted(own))} here, or remove 'auth'"
            raise wrong_key("forward_headers", message, hint=hint)
        if self.auth is not None and "authorization" in map(str.lower, self.headers):
            message = "'authorization' is written by 'auth' already"
            raise wrong_key("headers", message, hint="remove one of the two")
        return self

    @property
    def deadline_told_in(self) -> str | None:
        """The header that tells it how long it has."""
        return self.deadline_header

    @property
    def known_again_by(self) -> str | None:
        """The header by which it knows a repeated call again."""
        return self.idempotency_header
