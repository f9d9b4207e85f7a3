"""Who the gateway is to a source, as plain frozen values. No secret in any repr."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from gateway.record import Model
from gateway.tls import TlsFiles


@dataclass(frozen=True, slots=True)
class BearerSettings:
    """A fixed token."""

    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class BasicSettings:
    """User name and password."""

    username: str = field(repr=False)
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class OAuth2Settings:
    """Tokens by client credentials (RFC 6749, 4.4).

    ``client_auth`` is where id and secret stand: in a header, or in the form.
    """

    token_url: str
    client_id: str = field(repr=False)
    client_secret: str = field(repr=False)
    scopes: tuple[str, ...] = ()
    audience: str | None = None
    client_auth: Literal["basic", "body"] = "basic"
    tls: TlsFiles | None = None


class ExchangeSettings(Model, frozen=True):
    """Tokens in exchange for the caller's own (RFC 8693).

    ``header`` is where the caller's token stands, lower-case; ``callers`` is for how
    many of them tokens are remembered.
    """

    client: OAuth2Settings
    header: str = "authorization"
    callers: int = 1_000
    subject_type: str = "urn:ietf:params:oauth:token-type:access_token"


@dataclass(frozen=True, slots=True)
class SigV4Settings:
    """AWS Signature Version 4. Without keys they are looked for as AWS's tools do."""

    region: str
    service: str
    access_key: str | None = field(default=None, repr=False)
    secret_key: str | None = field(default=None, repr=False)
    session_token: str | None = field(default=None, repr=False)


AuthSettings: TypeAlias = (
    BearerSettings | BasicSettings | OAuth2Settings | ExchangeSettings | SigV4Settings
)
