"""The key `cache` of `headwater.yaml`, as written: where replies are kept."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import parse_qsl, urlsplit

from pydantic import AfterValidator, Field

from gateway.deployment.words import Discreet, OfRequest
from gateway.strict import Text, wrong
from gateway.units import Duration, Size

_SCHEMES = ("redis", "rediss")
DEFAULT_MEMORY = 64_000_000
"""Bytes of replies that a process keeps where nothing is said."""
LONGEST_NEAR = 10.0
"""Seconds that an invalidation may have to wait for copies in other processes."""


def _redis(written: str) -> str:
    """A URL that can be connected to; what is wrong with it never shows its text."""
    hint = "write redis://HOST:PORT/0, or rediss:// with TLS"
    try:
        url = urlsplit(written)
        _ = url.port
    except ValueError:
        raise wrong("this is no URL", hint=hint) from None
    if url.scheme not in _SCHEMES or not url.hostname:
        raise wrong("this is no URL of a Redis", hint=hint)
    number = url.path.strip("/")
    if number and not number.isdecimal():
        raise wrong("the path of a Redis URL is the number of a database", hint=hint)
    for name, _value in parse_qsl(url.query, keep_blank_values=True):
        if url.scheme != "rediss" or not name.startswith("ssl_"):
            raise wrong(
                f"the option {name[:40]!r} is not known in a Redis URL",
                hint="TLS options such as ?ssl_ca_certs=/path/ca.pem go with rediss://",
            )
    return written


def _short(seconds: float) -> float:
    if seconds > LONGEST_NEAR:
        raise wrong("this is longer than 10s", hint="an invalidation waits as long")
    return seconds


NearTime = Annotated[Duration, AfterValidator(_short)]


class InvalidateSettings(Discreet):
    """Who may take replies out of the cache."""

    when: OfRequest = Field(description="CEL over `request`; with --dev everybody may.")


class CacheSettings(Discreet):
    """Where replies are kept between requests."""

    url: Annotated[Text, AfterValidator(_redis)] | None = Field(
        default=None,
        description="A Redis that all processes share: `redis://...`, `rediss://...`. "
        "Without it each process has its own memory.",
    )
    memory: Size = Field(
        default=DEFAULT_MEMORY,
        description="How much a process keeps in memory at most: `64MB`.",
    )
    near: NearTime = Field(
        default=1.0,
        description="How long a process gives again what the Redis gave it, without "
        "asking: `500ms`, at most 10s. An invalidation takes as long.",
    )
    invalidate: InvalidateSettings | None = Field(
        default=None, description="Who may call `POST /-/cache/invalidate`."
    )
