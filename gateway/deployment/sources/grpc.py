"""A gRPC system, as written."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, Self, TypeAlias

from pydantic import BeforeValidator, Field, model_validator

from gateway.deployment.sources.credentials import (
    SourceAuth,
    is_for_callers,
    passed_on,
)
from gateway.deployment.sources.every import AnySource
from gateway.deployment.sources.tls import Tls
from gateway.expression import Template, template
from gateway.strict import Text, wrong, wrong_key
from gateway.tls import TlsFiles
from gateway.units import Duration

_URL = re.compile(r"grpcs?://(?P<host>[^/?#@\s]+:\d{1,5})/?")
_SECURE = "grpcs://"


def _url(written: object) -> object:
    """Whose URL is of no use is told without showing it: it may hold a password."""
    if isinstance(written, str) and _URL.fullmatch(written) is None:
        if "@" in written:
            why = "a gRPC URL has no credentials in it"
            raise wrong(why, hint="write them under 'auth'")
        raise wrong("this is no gRPC URL", hint="write grpc://accounts.internal:50051")
    return written


def _several(written: object) -> object:
    return [written] if isinstance(written, str) else written


_Protos: TypeAlias = Annotated[tuple[Path, ...], BeforeValidator(_several)]


class GrpcSource(AnySource):
    """A gRPC system."""

    type: Literal["grpc"] = Field(default="grpc", description="Kind of source.")
    url: Annotated[Text, BeforeValidator(_url)] = Field(
        description="Where it listens: `grpc://host:port`, with TLS `grpcs://`."
    )
    descriptors: Path | None = Field(
        default=None,
        description="File of its descriptors, as `protoc --include_imports "
        "--descriptor_set_out` writes it. Without it and `proto` the server is asked, "
        "by reflection, at the first call.",
    )
    proto: _Protos = Field(
        default=(),
        description="Its .proto files in place of descriptors; needs `grpcio-tools`.",
    )
    auth: SourceAuth | None = Field(
        default=None, description="How the gateway proves who it is, in metadata."
    )
    tls: Tls | None = Field(default=None, description="Certificates.")
    headers: Mapping[str, str] = Field(
        default_factory=dict,
        description="Metadata of every call; values may hold `${ cel }` over "
        "`request`.",
    )
    forward_headers: tuple[Annotated[Text, BeforeValidator(str.lower)], ...] = Field(
        default=(), description="Headers of the caller that are passed on as metadata."
    )
    keepalive: Duration = Field(
        default=300.0,
        description="Time without a word after which the connection is tried, while "
        "calls wait. Many servers end connections that are tried more often than "
        "every 5 minutes.",
    )

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.descriptors is not None and self.proto:
            why = "'descriptors' and 'proto' say the same in two ways"
            raise wrong_key("proto", why, hint="keep one of them")
        if self.tls is not None and not self.secure:
            raise wrong_key("tls", "the URL is without TLS", hint="write grpcs://")
        if self.tls is not None and self.tls.password is not None:
            why = "gRPC takes no key that a password opens"
            raise wrong_key("tls", why, hint="name a key without one, for us only")
        return self

    @model_validator(mode="after")
    def _one_proof(self) -> Self:
        """Who calls is said once, in a way that fits metadata."""
        auth = self.auth
        if auth is None:
            return self
        if auth.sigv4 is not None:
            hint = "use bearer, basic, oauth2 or exchange"
            raise wrong_key("auth", "AWS signs HTTP, and no gRPC", hint=hint)
        own = {"authorization", auth.exchange.header if auth.exchange else ""}
        if not own.isdisjoint(self.forward_headers):
            message = "the caller's own credential is not passed on beside 'auth'"
            named = " or ".join(sorted(filter(None, own)))
            hint = f"remove {named} here, or remove 'auth'"
            raise wrong_key("forward_headers", message, hint=hint)
        if "authorization" in map(str.lower, self.headers):
            message = "'authorization' is written by 'auth' already"
            raise wrong_key("headers", message, hint="remove one of the two")
        return self

    @property
    def secure(self) -> bool:
        """Whether it is spoken to over TLS."""
        return self.url.startswith(_SECURE)

    @property
    def target(self) -> str:
        """Host and port."""
        return self.url.partition("://")[2].rstrip("/")

    @property
    def reads(self) -> tuple[Path, ...]:
        """The files of its descriptors and certificates."""
        own = self.proto if self.descriptors is None else (self.descriptors,)
        return (*own, *(path for tls in self._certificates() for path in tls.reads))

    @property
    def content(self) -> str:
        """A digest of the certificates."""
        return "".join(tls.content for tls in self._certificates())

    def _certificates(self) -> tuple[Tls, ...]:
        found = (self.tls, self.auth.tls if self.auth else None)
        return tuple(each for each in found if each is not None)

    @property
    def tls_files(self) -> TlsFiles | None:
        """The certificates as they were read; None where none are named."""
        return None if self.tls is None else self.tls.files

    @property
    def header_template(self) -> Template | None:
        """The metadata of its calls over a request; None where there is none."""
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
    def deadline_told_in(self) -> str:
        """GRPC's own word for it; the source makes a deadline of it."""
        return "grpc-timeout"
