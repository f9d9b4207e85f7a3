"""A Kafka, as written."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from gateway.deployment.sources.credentials import Secret
from gateway.deployment.sources.every import AnySource
from gateway.deployment.sources.tls import Tls
from gateway.strict import Text, wrong, wrong_key

_HOST = r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(:[1-9]\d{0,4})?"
_URL = re.compile(rf"kafka://{_HOST}(,{_HOST})*/?")
_LAST_PORT = 65_535
_PORT = 9092


def _url(written: str) -> str:
    """A URL of brokers; never told back, since somebody may write a password there."""
    if not _URL.fullmatch(written):
        hint = "write kafka://a.internal:9092,b.internal:9092; user and password beside"
        raise wrong("this is no URL of Kafka's brokers", hint=hint)
    if any(_port(host) > _LAST_PORT for host in _hosts(written)):
        raise wrong("a port is too large", hint=f"the largest is {_LAST_PORT}")
    return written


def _hosts(url: str) -> tuple[str, ...]:
    """Each with its port."""
    found = url.removeprefix("kafka://").rstrip("/").split(",")
    return tuple(
        h if re.search(r":\d+$", h.split("]")[-1]) else f"{h}:{_PORT}" for h in found
    )


def _port(host: str) -> int:
    return int(host.rpartition(":")[2])


class KafkaSource(AnySource):
    """Topics of a Kafka."""

    type: Literal["kafka"] = Field(default="kafka", description="Kind of source.")
    url: Annotated[Text, AfterValidator(_url)] = Field(
        description="`kafka://a:9092,b:9092`: brokers to ask first; port 9092 where "
        "none is written."
    )
    user: Text | None = Field(
        default=None, description="Who the gateway is, by SASL PLAIN."
    )
    password: Secret | None = Field(
        default=None, description="The user's password: `${file:...}`."
    )
    tls: Tls | None = Field(
        default=None, description="Certificates; connections are by TLS then."
    )

    @model_validator(mode="after")
    def _whole_proof(self) -> Self:
        if (self.user is None) is not (self.password is None):
            key = "user" if self.password is None else "password"
            message = "user and password go together"
            raise wrong_key(key, message, hint="write both")
        return self

    @property
    def hosts(self) -> tuple[str, ...]:
        """The brokers, each with its port."""
        return _hosts(self.url)

    @property
    def reads(self) -> tuple[Path, ...]:
        return () if self.tls is None else self.tls.reads

    @property
    def content(self) -> str:
        return "" if self.tls is None else self.tls.content
