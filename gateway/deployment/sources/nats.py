"""A NATS, as written."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from gateway.deployment.sources.credentials import Secret
from gateway.deployment.sources.every import AnySource
from gateway.deployment.sources.tls import Tls
from gateway.strict import Text, wrong, wrong_key

_SCHEMES = frozenset({"nats", "tls"})
_HINT = "write nats://bus.internal:4222"


def _url(written: str) -> str:
    """A URL of one server; never told back, since it may hold a password."""
    try:
        parts = urlsplit(written)
        fits = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        raise wrong("this is no URL of a NATS server", hint=_HINT) from None
    if parts.scheme not in _SCHEMES or not fits or parts.path.strip("/"):
        raise wrong("this is no URL of a NATS server", hint=_HINT)
    return written


class NatsSource(AnySource):
    """A NATS, with JetStream or without."""

    type: Literal["nats"] = Field(default="nats", description="Kind of source.")
    url: Annotated[Text, AfterValidator(_url)] = Field(
        description="`nats://host:4222`, or `tls://`; with user and password, or a "
        "token in their place."
    )
    user: Text | None = Field(default=None, description="Who the gateway is.")
    password: Secret | None = Field(
        default=None, description="The user's password: `${file:...}`."
    )
    token: Secret | None = Field(
        default=None, description="A token in place of user and password."
    )
    tls: Tls | None = Field(
        default=None, description="Certificates; the connection is by TLS then."
    )

    @model_validator(mode="after")
    def _one_proof(self) -> Self:
        if (self.user is None) is not (self.password is None):
            key = "user" if self.password is None else "password"
            message = "user and password go together"
            raise wrong_key(key, message, hint="write both")
        ways = [self.user, self.token, "@" in self.url or None]
        if sum(way is not None for way in ways) > 1:
            key = "token" if self.token is not None else "user"
            message = "there are two ways to say who the gateway is"
            raise wrong_key(key, message, hint="remove one of them")
        return self

    @property
    def reads(self) -> tuple[Path, ...]:
        return () if self.tls is None else self.tls.reads

    @property
    def content(self) -> str:
        return "" if self.tls is None else self.tls.content
