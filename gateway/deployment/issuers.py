"""`auth.jwt` of `headwater.yaml`, as written: whose tokens are believed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, model_validator

from gateway.deployment.sources.tls import Tls
from gateway.deployment.words import Discreet
from gateway.strict import Json, Text, wrong, wrong_key
from gateway.units import Duration

Algorithm = Literal[
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "ES512",
    "EdDSA",
    "Ed25519",
]
"""Signatures by a key pair alone: who can verify cannot sign."""
USUAL: tuple[Algorithm, ...] = ("RS256", "PS256", "ES256", "ES384", "EdDSA", "Ed25519")
ANY = "*"
_WEB = ("https", "http")


def _algorithm(written: object) -> object:
    if isinstance(written, str) and written.upper().startswith("HS"):
        raise wrong(
            "whoever could verify such tokens could make them",
            hint="have tokens signed by a key pair: RS256, ES256 or EdDSA",
        )
    if isinstance(written, str) and written.lower() == "none":
        raise wrong("tokens without a signature prove nothing", hint="write RS256")
    return written


def listed(written: object) -> object:
    return [written] if isinstance(written, str) else written


def _each(written: object) -> object:
    if not isinstance(written, Mapping):
        return written
    return {k: v if isinstance(v, list) else [v] for k, v in written.items()}


Listed = Annotated[tuple[Text, ...], BeforeValidator(listed), Field(min_length=1)]


class Jwt(Discreet):
    """An issuer of tokens."""

    issuer: Text = Field(description="The `iss` of its tokens.")
    jwks: Text = Field(
        default="",
        description="Where its keys are: a URL, or a file. Default: where its "
        "`/.well-known/openid-configuration` says.",
    )
    audience: Annotated[
        Listed, BeforeValidator(listed, json_schema_input_type=Text | tuple[Text, ...])
    ] = Field(
        description="The `aud` that its tokens name: one of these; `*` takes any token "
        "of the issuer, whoever it was made for."
    )
    algorithms: Annotated[
        tuple[Annotated[Algorithm, BeforeValidator(_algorithm)], ...],
        Field(min_length=1),
    ] = Field(default=USUAL, description="How tokens may be signed.")
    claims: Annotated[
        Mapping[str, tuple[Json, ...]],
        BeforeValidator(_each, json_schema_input_type=Mapping[str, Json]),
    ] = Field(
        default_factory=dict,
        description="What tokens must say besides, by claim: a value, or a list of "
        "which one is enough.",
    )
    leeway: Duration = Field(
        default=30.0, description="By how much clocks may differ: `30s`."
    )
    refresh: Duration = Field(
        default=600.0, description="After how long its keys are fetched anew: `10m`."
    )
    keep: Duration = Field(
        default=86_400.0,
        description="How long its last keys are believed while it is away: `1d`.",
    )
    tls: Tls | None = Field(
        default=None, description="Certificates towards it, as those of a source."
    )

    @model_validator(mode="after")
    def _reachable(self) -> Self:
        if not self.jwks and urlsplit(self.issuer).scheme not in _WEB:
            hint = "write jwks: https://HOST/PATH, or a file"
            raise wrong_key("issuer", "this is no URL to ask for its keys", hint=hint)
        if self.jwks and "://" not in self.jwks:
            return self
        key = "jwks" if self.jwks else "issuer"
        parts = urlsplit(self.jwks or self.issuer)
        if parts.scheme not in _WEB or not parts.hostname:
            hint = "write https://HOST/PATH, or a file"
            raise wrong_key(key, "this is no URL of http or https", hint=hint)
        if parts.username is not None:
            hint = "key sets are public: write the URL without a name and password"
            raise wrong_key(key, "this URL has a password in it", hint=hint)
        return self

    @property
    def file(self) -> Path | None:
        """Its keys, where they are in a file."""
        told = not self.jwks or "://" in self.jwks
        return None if told else Path(self.jwks)

    @property
    def discovery(self) -> str | None:
        """Where it says where its keys are, where nothing else does."""
        if self.jwks:
            return None
        return self.issuer.rstrip("/") + "/.well-known/openid-configuration"
