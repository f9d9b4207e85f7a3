"""How the gateway proves who it is to a source, as written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.util import find_spec
from typing import Annotated, Literal, Self, TypeAlias

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, model_validator

from gateway.deployment.sources.tls import Tls
from gateway.deployment.words import Discreet, Number
from gateway.strict import Text, wrong, wrong_key

__all__ = ["Basic", "Exchange", "OAuth2", "SigV4", "SourceAuth", "Tls"]

_VISIBLE = re.compile(r"[\x21-\x7e]+")
_HTTP = re.compile(r"https?://[^/\s?#]+")
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")


def _token(written: SecretStr) -> SecretStr:
    """Text that may stand in a header; it is never shown."""
    if not _VISIBLE.fullmatch(written.get_secret_value()):
        raise wrong(
            "this is empty, or has a space, a line break or a letter beyond ASCII",
            hint="write the token alone, without 'Bearer'",
        )
    return written


def _said(written: SecretStr) -> SecretStr:
    if not written.get_secret_value():
        raise wrong("this secret is empty", hint="write ${file:...} or ${NAME}")
    return written


def _address(written: str) -> str:
    if not _HTTP.match(written):
        raise wrong("this is no http URL", hint="write https://idp.internal/token")
    return written


def _username(written: str) -> str:
    if ":" in written:
        raise wrong("a user name has no colon", hint="write what is before it")
    return written


def _header(written: str) -> str:
    if not _HEADER.fullmatch(written):
        raise wrong("this is no header's name", hint="write authorization")
    return written.lower()


Secret: TypeAlias = Annotated[SecretStr, AfterValidator(_said)]
_Url: TypeAlias = Annotated[Text, AfterValidator(_address)]


def _one_or_more(written: object) -> object:
    return written.split() if isinstance(written, str) else written


class OAuth2(Discreet):
    """Tokens by client credentials."""

    token_url: _Url = Field(description="Where tokens are given.")
    client_id: Text = Field(description="The client.")
    client_secret: Secret = Field(description="Its secret: `${file:...}`.")
    scopes: Annotated[tuple[Text, ...], BeforeValidator(_one_or_more)] = Field(
        default=(), description="Scopes asked for."
    )
    audience: Text | None = Field(
        default=None, description="Whom the tokens are for, where the server asks it."
    )
    client_auth: Literal["basic", "body"] = Field(
        default="basic",
        description="Where id and secret stand: in a header (`basic`) or in the form "
        "(`body`).",
    )
    tls: Tls | None = Field(
        default=None, description="Certificates towards the token server."
    )


class Exchange(OAuth2):
    """The caller's token in exchange for one that the source accepts (RFC 8693)."""

    header: Annotated[Text, AfterValidator(_header)] = Field(
        default="authorization", description="Header that the caller's token stands in."
    )
    subject_type: Literal["access_token", "id_token", "jwt"] = Field(
        default="access_token", description="What the caller's token is."
    )
    callers: Annotated[Number, Field(ge=1, le=1_000_000)] = Field(
        default=1_000, description="For how many callers tokens are remembered."
    )


class Basic(Discreet):
    """User name and password."""

    username: Annotated[Text, AfterValidator(_username)] = Field(
        description="User name."
    )
    password: Secret = Field(description="Password: `${file:...}`.")


class SigV4(Discreet):
    """AWS Signature Version 4. Needs `pip install headwater[aws]`."""

    region: Text = Field(description="The region: `eu-central-1`.")
    service: Text = Field(description="The service: `execute-api`, `states`, `s3`.")
    access_key: Secret | None = Field(
        default=None,
        description="Access key. Without keys they are looked for as AWS's tools do: "
        "environment, shared file, the role of the container or machine.",
    )
    secret_key: Secret | None = Field(default=None, description="Secret key.")
    session_token: Secret | None = Field(
        default=None, description="Session token, of temporary keys."
    )

    @model_validator(mode="after")
    def _pair(self) -> Self:
        if find_spec("botocore") is None:
            message = "signing needs a library that is not installed"
            raise wrong(message, hint="pip install 'headwater[aws]'")
        if (self.access_key is None) != (self.secret_key is None):
            key = "secret_key" if self.access_key is None else "access_key"
            other = "access_key" if key == "secret_key" else "secret_key"
            raise wrong_key(key, "one key is of no use alone", hint=f"add {other}")
        return self


class SourceAuth(Discreet):
    """How the gateway proves who it is to a source: one of these."""

    bearer: Annotated[SecretStr, AfterValidator(_token)] | None = Field(
        default=None, description="A fixed token."
    )
    basic: Basic | None = Field(default=None, description="User name and password.")
    oauth2: OAuth2 | None = Field(default=None, description="Client credentials.")
    exchange: Exchange | None = Field(
        default=None, description="Exchange of the caller's token."
    )
    sigv4: SigV4 | None = Field(default=None, description="AWS Signature Version 4.")

    @model_validator(mode="after")
    def _one(self) -> Self:
        said = tuple(self._written())
        if len(said) > 1:
            message = f"a source has one kind of auth, and here are {len(said)}"
            raise wrong_key(said[1], message, hint="remove the others")
        if not said:
            raise wrong(
                "this says nothing", hint=f"write one of {', '.join(_kinds(self))}"
            )
        return self

    def _written(self) -> Iterator[str]:
        return (name for name in _kinds(self) if getattr(self, name) is not None)

    @property
    def tls(self) -> Tls | None:
        """The certificates towards its token server."""
        asked = self.oauth2 or self.exchange
        return None if asked is None else asked.tls


def _kinds(auth: SourceAuth) -> tuple[str, ...]:
    return tuple(type(auth).model_fields)


def passed_on(named: tuple[str, ...], auth: SourceAuth | None) -> tuple[str, ...]:
    """The caller's headers that a source is told, or that its token is made of."""
    exchange = auth.exchange if auth else None
    return (*named, *((exchange.header,) if exchange else ()))


def is_for_callers(auth: SourceAuth | None) -> bool:
    """Whether each caller's token is exchanged for one of the source's."""
    return auth is not None and auth.exchange is not None
