"""The key `admin` of `headwater.yaml`, as written: an API for operators."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr

from gateway.deployment.cors import HostNames
from gateway.deployment.words import Discreet, Number
from gateway.strict import Text, wrong

_SHORTEST = 16


def _token(written: SecretStr) -> SecretStr:
    text = written.get_secret_value()
    if len(text) < _SHORTEST or text != text.strip() or not text.isascii():
        raise wrong(
            f"a token has at least {_SHORTEST} characters of ASCII, and no blanks "
            "around them",
            hint="make one with: openssl rand -hex 32",
        )
    return written


class AdminSettings(Discreet):
    """Where operators ask, and who they are."""

    host: Text = Field(default="127.0.0.1", description="Address to listen on.")
    port: Annotated[Number, Field(ge=0, le=65535)] = Field(
        default=4001,
        description="Port of the first worker; the second one has the next. 0: free "
        "ones.",
    )
    hosts: HostNames = Field(
        default=(),
        description="Names under which it may be reached, as those of `server`.",
    )
    tokens: Annotated[
        Mapping[Text, Annotated[SecretStr, AfterValidator(_token)]],
        Field(min_length=1),
    ] = Field(
        description='Tokens by who has them: `{ ci: "${CI_TOKEN}" }`. The name is '
        "what the audit says."
    )
