"""The key `release` of `headwater.yaml`, as written: what is served comes from a store.

In charge of shapes. Whether a store can be asked is seen when it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Self

from pydantic import AfterValidator, Field, SecretStr, model_validator

from gateway.deployment.words import Discreet, Switch
from gateway.strict import Text, wrong, wrong_key
from gateway.units import Duration

DEFAULT_CHANNEL = "stable"
_CHANNEL = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_SHORTEST_SECRET = 16


def channel_name(written: str) -> str:
    """A name that can be a file's and a key's.

    Raises:
        PydanticCustomError: it is none.
    """
    if not _CHANNEL.fullmatch(written):
        raise wrong(
            "this is no name of a channel",
            hint="write small letters, digits, '-', '_' and '.', such as bank-eu",
        )
    return written


def _secret(written: SecretStr | None) -> SecretStr | None:
    if written and len(written.get_secret_value()) < _SHORTEST_SECRET:
        raise wrong(
            f"a secret of less than {_SHORTEST_SECRET} characters can be guessed",
            hint="make one with: openssl rand -hex 32",
        )
    return written


Channel = Annotated[Text, AfterValidator(channel_name)]
Guarded = Annotated[SecretStr | None, AfterValidator(_secret)]


class ReleaseKey(Discreet):
    """What proves who signed a release: one of both."""

    ed25519: Text | None = Field(
        default=None,
        description="A public key of Ed25519, in PEM: `${file:./release.pub}`.",
    )
    hmac: Guarded = Field(
        default=None,
        description="A secret that signer and gateway share: `${RELEASE_SECRET}`.",
    )

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.ed25519 is None) == (self.hmac is None):
            raise wrong("a key is of one kind", hint="write either 'ed25519' or 'hmac'")
        return self


class ReleaseSettings(Discreet):
    """Where the release that is to be served is looked for."""

    store: Text = Field(
        description="A directory, `redis://HOST:PORT/0`, or a URL that fsspec knows."
    )
    channel: Channel = Field(
        default=DEFAULT_CHANNEL,
        description="The line of activations that is followed.",
    )
    follow: Switch = Field(
        default=True,
        description="Whether a release that is activated later is taken over.",
    )
    poll: Duration = Field(
        default=2.0,
        description="How often the store is asked besides its own word: `2s`.",
    )
    require_signature: Switch = Field(
        default=False,
        description="Whether a release serves only if one of `keys` signed it.",
    )
    keys: Mapping[str, ReleaseKey] = Field(
        default_factory=dict, description="Keys that may have signed, by name."
    )

    @model_validator(mode="after")
    def _provable(self) -> Self:
        if self.require_signature and not self.keys:
            raise wrong_key(
                "require_signature",
                "there is no key that could have signed",
                hint="write keys: { ci: { ed25519: ... } }",
            )
        return self
