"""The key `cors` of `headwater.yaml`, as written, and names of hosts."""

from __future__ import annotations

import re
from typing import Annotated, TypeAlias
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from gateway.deployment.words import Discreet, Switch
from gateway.strict import Text, wrong, wrong_key
from gateway.units import Duration

_NAME = re.compile(r"(\*\.)?[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*")
_ANY = "*"


def _host(written: str) -> str:
    if written != _ANY and _NAME.fullmatch(written) is None:
        raise wrong(
            "this is no name of a host",
            hint="write api.example.com, *.example.com or '*', without a port",
        )
    return written.lower()


def _origin(written: str) -> str:
    hint = "write https://app.example.com, or '*' for any"
    if written == _ANY:
        return written
    try:
        url = urlsplit(written)
        _ = url.port
    except ValueError:
        raise wrong("this is no origin", hint=hint) from None
    whole = f"{url.scheme}://{url.netloc}" == written
    if url.scheme not in {"http", "https"} or not url.hostname or not whole:
        raise wrong("this is no origin", hint=hint)
    return written.lower()


def _listed(written: object) -> object:
    """One alone stands for the list that has it."""
    return [written] if isinstance(written, str) else written


HostName: TypeAlias = Annotated[Text, AfterValidator(_host)]
HostNames: TypeAlias = Annotated[
    tuple[HostName, ...],
    BeforeValidator(_listed, json_schema_input_type=tuple[str, ...] | str),
]
"""Names under which a listener may be reached."""


class CorsSettings(Discreet):
    """Which pages of other origins may ask, and read the answers."""

    origins: Annotated[
        tuple[Annotated[Text, AfterValidator(_origin)], ...],
        BeforeValidator(_listed, json_schema_input_type=tuple[str, ...] | str),
        Field(min_length=1),
    ] = Field(
        description="Their origins, as `https://app.example.com`; `*` for any. With "
        "--dev those of the own machine may, too."
    )
    credentials: Switch = Field(
        default=False,
        description="Whether their browsers may send cookies and certificates.",
    )
    max_age: Duration = Field(
        default=600.0,
        description="How long browsers remember what they may: `10m`.",
    )

    @model_validator(mode="after")
    def _safe(self) -> CorsSettings:
        if self.credentials and _ANY in self.origins:
            raise wrong_key(
                "credentials",
                "with any origin, every page could ask in its reader's name",
                hint="list the origins",
            )
        return self
