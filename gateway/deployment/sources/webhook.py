"""Systems that tell by calling us, as written."""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self, TypeAlias

from pydantic import AfterValidator, Field, model_validator

from gateway.deployment.sources.credentials import Secret
from gateway.deployment.sources.every import AnySource
from gateway.deployment.words import Discreet
from gateway.expression import ExpressionSyntaxError, parse
from gateway.strict import Cel, Text, wrong, wrong_key
from gateway.units import Duration, Size

_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
_PART = re.compile(r"\{(\w*)\}")
_PARTS = frozenset({"body", "timestamp", "delivery"})
_READ = frozenset({"body", "headers"})


def _name(written: str) -> str:
    if not _HEADER.fullmatch(written):
        raise wrong("this is no header's name", hint="write x-signature")
    return written.lower()


def _signed(written: str) -> str:
    """What is signed: the body, and what stands around it."""
    found = _PART.findall(written)
    for part in found:
        if part not in _PARTS:
            message = f"nothing is called {part!r} here"
            raise wrong(message, hint="write {timestamp}.{body}")
    if found.count("body") != 1:
        raise wrong("the body is not signed", hint="write {timestamp}.{body}")
    return written


def _channel(written: str) -> str:
    try:
        others = parse(written).roots - _READ
    except ExpressionSyntaxError as error:
        raise wrong(error.message, hint=error.hint or "write body.type") from None
    if others:
        message = f"{min(others)!r} cannot be read here"
        raise wrong(message, hint="it reads the delivery alone: body, headers")
    return written


_Header: TypeAlias = Annotated[Text, AfterValidator(_name)]


class Timestamp(Discreet):
    """When a delivery was signed."""

    header: _Header = Field(description="The header with the time, in Unix seconds.")
    tolerance: Duration = Field(
        default=300.0, description="How far from now that time may be."
    )


class Hmac(Discreet):
    """A signature that only who knows the secret can make."""

    header: _Header = Field(description="The header with the signature.")
    secret: Secret = Field(description="The shared secret: `${file:...}`.")
    algorithm: Literal["sha256", "sha512", "sha1"] = Field(
        default="sha256", description="The hash."
    )
    format: Literal["hex", "base64", "prefixed"] = Field(
        default="hex",
        description="How it is written; `prefixed` is hex after a word and `=`: "
        "`sha256=...`.",
    )
    timestamp: Timestamp | None = Field(
        default=None, description="Refuse what was signed too long ago."
    )
    signed: Annotated[Text, AfterValidator(_signed)] | None = Field(
        default=None,
        description="What is signed, of `{body}`, `{timestamp}` and `{delivery}`. "
        "Default: `{body}`, with a timestamp `{timestamp}.{body}`.",
    )

    @model_validator(mode="after")
    def _covers(self) -> Self:
        parts = _PART.findall(self.signed or "")
        if self.timestamp is None and "timestamp" in parts:
            raise wrong_key("signed", "there is no timestamp", hint="add 'timestamp'")
        if self.signed and self.timestamp is not None and "timestamp" not in parts:
            message = "a timestamp that is not signed can be changed by anybody"
            raise wrong_key("signed", message, hint="write {timestamp}.{body}")
        return self


class Token(Discreet):
    """A secret that is sent along."""

    header: _Header = Field(description="The header with the token.")
    value: Secret = Field(description="What it has to be: `${file:...}`.")


class WebhookSource(AnySource):
    """A system that posts what happens to `/webhooks/NAME`."""

    type: Literal["webhook"] = Field(description="Kind of source.")
    hmac: Hmac | None = Field(
        default=None, description="Deliveries are signed with a shared secret."
    )
    token: Token | None = Field(
        default=None, description="Deliveries bring a secret token."
    )
    verify: Literal["none"] | None = Field(
        default=None, description="`none`: whoever reaches the port is believed."
    )
    channel: Annotated[Cel, AfterValidator(_channel)] | None = Field(
        default=None,
        description="CEL over `body` and `headers`: the channel that a delivery is "
        "said on: `body.account`. Without it steps listen to everything.",
    )
    delivery: _Header | None = Field(
        default=None,
        description="The header with a delivery's own id: one that comes again is "
        "accepted and said once.",
    )
    body: Size = Field(default=1_000_000, description="Size of a delivery: `1MB`.")

    @model_validator(mode="after")
    def _verified(self) -> Self:
        ways = [name for name in ("hmac", "token", "verify") if getattr(self, name)]
        if not ways:
            message = "nothing says how deliveries are verified"
            hint = "add hmac: { header: ..., secret: ... }, or verify: none"
            raise wrong(message, hint=hint)
        if len(ways) > 1:
            message = f"{ways[0]!r} verifies deliveries already"
            raise wrong_key(ways[1], message, hint="remove one of them")
        if self.hmac and "{delivery}" in (self.hmac.signed or "") and not self.delivery:
            message = "no header has the delivery's id"
            raise wrong_key("delivery", message, hint="add 'delivery'")
        return self
