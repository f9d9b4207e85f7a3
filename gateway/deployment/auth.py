"""The key `auth` of `headwater.yaml`, as written: how callers are known.

In charge of shapes, and of what cannot be meant. Whether keys can be had is seen when
somebody asks.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from datetime import datetime
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

from gateway.deployment.issuers import ANY, Jwt, listed
from gateway.deployment.words import Discreet, Switch
from gateway.expression import ExpressionSyntaxError, parse
from gateway.strict import Cel, Json, Text, wrong, wrong_key

_HASH = re.compile(r"(sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})")
_HEADER = re.compile(r"[a-z0-9!#$%&'*+.^_`|~-]{1,64}")
_TAKEN = frozenset({"authorization", "cookie", "host", "content-length"})


def _header(written: str) -> str:
    name = written.lower()
    if not _HEADER.fullmatch(name) or name in _TAKEN:
        raise wrong("this is no name of a header of its own", hint="write x-api-key")
    return name


def _of_claims(written: str) -> str:
    try:
        read = parse(written).references
    except ExpressionSyntaxError as error:
        raise wrong(error.message, hint=error.hint) from None
    for one in read:
        if one.root != "request" or one.path[:1] != ("claims",):
            named = ".".join((one.root, *one.path[:1]))
            hint = "write request.claims.tenant"
            raise wrong(f"{named!r} cannot be read here: only claims are", hint=hint)
    return written


def _hash(written: str) -> str:
    if not _HASH.fullmatch(written):
        raise wrong(
            "this is no hash of a key",
            hint="make a key and its hash with: headwater key NAME",
        )
    return written


def network(written: str) -> str:
    """Addresses, as written."""
    try:
        ipaddress.ip_network(written)
    except ValueError:
        raise wrong(
            "this is no network of addresses", hint="write 10.0.0.0/8, or 10.1.2.3"
        ) from None
    return written


def _time(written: object) -> object:
    """YAML reads a time by itself; a time without a zone is in UTC."""
    return written.isoformat() if isinstance(written, datetime) else written


HeaderName = Annotated[Text, AfterValidator(_header)]
OfClaims = Annotated[Cel, AfterValidator(_of_claims)]


class KeyWritten(Discreet):
    """An API key, by its hash: the key itself is with who holds it alone."""

    hash: Annotated[Text, AfterValidator(_hash)] = Field(
        description="`sha256:` or `sha512:` and the digits that `headwater key` prints."
    )
    tenant: Text | None = Field(default=None, description="The tenant of its holder.")
    claims: Mapping[str, Json] = Field(
        default_factory=dict, description="What is read as `request.claims`."
    )
    roles: tuple[Text, ...] = Field(
        default=(), description="What is read as `request.claims.roles`."
    )
    expires: Annotated[datetime | None, BeforeValidator(_time)] = Field(
        default=None, description="When it ends: `2027-01-31T00:00:00Z`."
    )


class ProxySettings(Discreet):
    """Headers that only a proxy of ours may send: who it saw a certificate of."""

    networks: Annotated[
        tuple[Annotated[Text, AfterValidator(network)], ...],
        BeforeValidator(listed, json_schema_input_type=Text | tuple[Text, ...]),
        Field(min_length=1, alias="from"),
    ] = Field(alias="from", description="Addresses of the proxies: `[10.0.0.0/8]`.")
    header: HeaderName = Field(
        description="The header that names the caller; it is read as "
        "`request.claims.sub`."
    )
    tenant: HeaderName | None = Field(
        default=None, description="The header that names the caller's tenant."
    )
    claims: HeaderName | None = Field(
        default=None, description="The header with further claims, a JSON object."
    )


def _keys(written: object) -> object:
    return "<file>" if isinstance(written, str) else "<map>"


Keys: TypeAlias = Annotated[
    Annotated[Path, Tag("<file>")] | Annotated[Mapping[Text, KeyWritten], Tag("<map>")],
    Discriminator(_keys),
]


class AuthSettings(Discreet):
    """Who a caller is."""

    trust_headers: Switch = Field(
        default=False,
        description="Take tenant (`x-tenant`) and claims (`x-claims`) from headers: "
        "only on loopback or with --dev.",
    )
    jwt: tuple[Jwt, ...] = Field(default=(), description="Issuers of bearer tokens.")
    keys: Keys | None = Field(
        default=None,
        description="API keys by the name of who holds them: a map, or a YAML file "
        "with one.",
    )
    key_header: HeaderName = Field(
        default="x-api-key",
        description="The header of API keys; as bearer tokens they are taken too.",
    )
    proxy: ProxySettings | None = Field(
        default=None, description="Callers whom a proxy vouches for."
    )
    anonymous: Switch = Field(
        default=False,
        description="Whether requests without credentials are answered too.",
    )
    tenant: OfClaims | None = Field(
        default=None, description="CEL over `request.claims`: the caller's tenant."
    )
    roles: OfClaims | None = Field(
        default=None,
        description="CEL over `request.claims`: the caller's roles, read as "
        "`request.claims.roles`.",
    )
    tenants: Annotated[tuple[Text, ...], Field(min_length=1)] | None = Field(
        default=None,
        description="The tenants that are served; callers of any other, or of none, "
        "are refused.",
    )

    @property
    def proves(self) -> bool:
        """Whether callers have a way to prove who they are."""
        return bool(self.jwt) or self.keys is not None or self.proxy is not None

    @model_validator(mode="after")
    def _meant(self) -> Self:
        if self.trust_headers and self.proves:
            raise wrong_key(
                "trust_headers",
                "headers that anybody can send would stand beside proofs",
                hint="remove it; claims come from tokens, keys or the proxy",
            )
        if not self.trust_headers and not self.proves:
            raise wrong(
                "nobody could prove who he is",
                hint="write jwt, keys or proxy; or auth: none",
            )
        issuers = [one.issuer for one in self.jwt]
        if len(set(issuers)) < len(issuers):
            hint = "write one entry with all its audiences"
            raise wrong_key("jwt", "an issuer is named twice", hint=hint)
        return self

    @property
    def reads(self) -> tuple[Path, ...]:
        """The files that it is made of."""
        sets = (one.file for one in self.jwt if one.file is not None)
        trusts = (path for one in self.jwt if one.tls for path in one.tls.reads)
        keys = (self.keys,) if isinstance(self.keys, Path) else ()
        return (*sets, *trusts, *keys)


def _auth(written: object) -> str:
    return "<text>" if isinstance(written, str) else "<map>"


Auth: TypeAlias = Annotated[
    Annotated[Literal["none"], Tag("<text>")] | Annotated[AuthSettings, Tag("<map>")],
    Discriminator(_auth),
]
__all__ = ["ANY", "Auth", "AuthSettings", "Jwt", "KeyWritten", "ProxySettings"]
