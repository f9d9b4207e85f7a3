"""The keys of a source, as written: REST services and embedded DuckDB."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Discriminator,
    Field,
    SecretStr,
    Tag,
    WithJsonSchema,
)

from gateway.conversion import FORMATS, PatternError, format_of
from gateway.deployment.bounds import Breaker, SourceLimits
from gateway.deployment.words import Discreet, Switch
from gateway.expression import ExpressionSyntaxError, Template, parse, template
from gateway.strict import Cel, Text, wrong, wrong_key
from gateway.units import Duration, Percent

_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
_HTTPS_OWN = frozenset(
    {"accept", "accept-encoding", "authorization", "connection", "content-length"}
    | {"content-type", "cookie", "host", "keep-alive", "te", "trailer"}
    | {"transfer-encoding", "upgrade", "user-agent"}
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


class OAuth2(Discreet):
    """A token by client credentials."""

    token_url: Text = Field(description="Where tokens are given.")
    client_id: Text = Field(description="The client.")
    client_secret: SecretStr = Field(description="Its secret.")
    scopes: tuple[Text, ...] = Field(default=(), description="Scopes asked for.")


class Basic(Discreet):
    """User name and password."""

    username: Text = Field(description="User name.")
    password: SecretStr = Field(description="Password.")


class SourceAuth(Discreet):
    """How the gateway proves who it is to a source."""

    bearer: SecretStr | None = Field(default=None, description="A fixed token.")
    basic: Basic | None = Field(default=None, description="User name and password.")
    oauth2: OAuth2 | None = Field(default=None, description="Client credentials.")
    exchange: Mapping[str, Any] | None = Field(
        default=None, description="Exchange of the caller's token."
    )
    sigv4: Mapping[str, Any] | None = Field(
        default=None, description="AWS Signature Version 4."
    )


class Tls(Discreet):
    """Certificates towards a source."""

    ca: Path | None = Field(default=None, description="Authorities, PEM.")
    cert: Path | None = Field(default=None, description="Own certificate, PEM.")
    key: Path | None = Field(default=None, description="Its key, PEM.")


class SourceErrors(Discreet):
    """What a source's own failed replies say."""

    message: OfResponse | None = Field(
        default=None, description="CEL over `response`: what went wrong."
    )
    code: OfResponse | None = Field(
        default=None, description="CEL over `response`: its own code for it."
    )


class Allow(Discreet):
    """Who may use a source and its credential."""

    profiles: tuple[Text, ...] = Field(default=(), description="Profiles, as globs.")
    methods: tuple[Text, ...] = Field(default=(), description="HTTP methods.")


class SourceOwner(Discreet):
    """Who is asked about a source."""

    team: Text | None = Field(default=None, description="The team.")
    runbook: Text | None = Field(default=None, description="Where to read what to do.")
    contact: Text | None = Field(default=None, description="Where to reach the team.")


def _formats(written: Mapping[str, str]) -> Mapping[str, str]:
    """Formats of scalars that have a promised spelling, each one that is known."""
    for scalar, text in written.items():
        if scalar not in FORMATS:
            message = f"{scalar!r} has no spelling of its own to convert"
            raise wrong_key(scalar, message, hint=f"they are {', '.join(FORMATS)}")
        try:
            format_of(scalar, text)
        except PatternError as error:
            raise wrong_key(scalar, str(error), hint=error.hint) from None
    return written


def _url(written: object) -> str:
    return "<map>" if isinstance(written, Mapping) else "<text>"


def _http(written: object) -> object:
    if isinstance(written, str) and not re.match(r"https?://[^/\s]", written):
        raise wrong("this is no http URL", hint="write https://accounts.internal")
    return written


def _own_header(name: str) -> str:
    """A header that the gateway may write: a name, and none of HTTP's own."""
    if not _HEADER_NAME.fullmatch(name):
        raise wrong("this is no header's name", hint="write x-request-timeout-ms")
    if name.lower() in _HTTPS_OWN:
        raise wrong(f"{name!r} means something else", hint="choose another name")
    return name.lower()


_Header: TypeAlias = Annotated[Text, AfterValidator(str.lower)]
_OwnHeader: TypeAlias = Annotated[Text, AfterValidator(_own_header)]
_HttpUrl: TypeAlias = Annotated[str, BeforeValidator(_http)]
Url: TypeAlias = Annotated[
    Annotated[_HttpUrl, Tag("<text>")]
    | Annotated[Mapping[str, _HttpUrl], Tag("<map>")],
    Discriminator(_url),
]


class AnySource(Discreet):
    """What all kinds of source may say."""

    timeout: Duration | None = Field(
        default=None, description="How long one attempt may take: `500ms`."
    )
    names: Literal["verbatim", "snake"] = Field(
        default="verbatim",
        description="snake: `partyId` reads `party_id`, arguments likewise.",
    )
    limits: SourceLimits = Field(
        default=SourceLimits(), description="How much is asked and answered at once."
    )
    breaker: Breaker = Field(
        default=Breaker(),
        description="When an endpoint that keeps failing is left alone.",
    )
    retry_budget: Percent | None = Field(
        default=None,
        description="Further attempts that it sees at most, as a share of calls; ten "
        "more at any time. Default 20%; 0% allows none.",
    )
    metered: Switch = Field(
        default=False, description="Its calls are billed: never made without need."
    )
    allow: Allow | None = Field(default=None, description="Who may use it.")
    owner: SourceOwner | None = Field(default=None, description="Who is asked.")
    enums: Mapping[str, Mapping[str, Text]] = Field(
        default_factory=dict, description="Its words for enum values; `*` is any other."
    )
    formats: Annotated[Mapping[str, Text], AfterValidator(_formats)] = Field(
        default_factory=dict,
        description="How it writes `Date`, `DateTime` and `Decimal`: `dd.MM.yyyy`, "
        "`epoch_ms`.",
    )


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
    unwrap: Text | None = Field(
        default=None, description="Key of the body that holds the answer: `data`."
    )
    transport: Literal["lean", "httpx"] = Field(
        default="lean",
        description="Who speaks HTTP/1.1 with it: `lean` is the gateway's own pool; "
        "`httpx` is slower, and there if a source does not get on with it.",
    )
    errors: SourceErrors | None = Field(
        default=None,
        description="What its failed replies say, for those who may see plans.",
    )

    @property
    def header_template(self) -> Template | None:
        """The headers over a request; None where there are none."""
        return template(self.headers) if self.headers else None


class DuckDbSource(AnySource):
    """An embedded DuckDB database, opened read-only."""

    type: Literal["duckdb"] = Field(description="Kind of source.")
    path: Annotated[str, WithJsonSchema({"type": "string"})] = Field(
        default=":memory:", description="The database file; `:memory:` for none."
    )
    files: tuple[Path, ...] = Field(
        default=(), description="Directories whose Parquet, CSV and JSON may be read."
    )

    @property
    def header_template(self) -> Template | None:
        """None: it is asked without HTTP."""
        return None

    @property
    def forward_headers(self) -> tuple[str, ...]:
        """None: it is asked without HTTP."""
        return ()

    @property
    def deadline_header(self) -> None:
        """None: it is asked without HTTP."""
        return


SourceDocument: TypeAlias = RestSource | DuckDbSource
SOURCE_TYPES: Mapping[str, type[RestSource | DuckDbSource]] = {
    "rest": RestSource,
    "duckdb": DuckDbSource,
}
PLANNED_SOURCES = frozenset(
    {"sql", "postgresql", "postgres", "mysql", "sqlite", "graphql", "grpc", "stream"}
)
"""Kinds of source of the language that this version does not have yet."""
