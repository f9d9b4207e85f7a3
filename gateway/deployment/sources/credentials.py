"""How the gateway proves who it is to a source, as written."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import Field, SecretStr

from gateway.deployment.words import Discreet
from gateway.strict import Text


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
