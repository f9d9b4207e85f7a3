"""A Redis, as written."""

from __future__ import annotations

from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from gateway.deployment.sources.every import AnySource
from gateway.strict import Text, wrong

_SCHEMES = frozenset({"redis", "rediss", "unix"})
_HINT = "write redis://user:${REDIS_PASSWORD}@kv.internal:6379/0"


def _url(written: str) -> str:
    """A URL of Redis; never told back, since it may hold a password."""
    try:
        parts = urlsplit(written)
        number = parts.path.strip("/")
        fits = parts.port is None or parts.port > 0
    except ValueError:
        raise wrong("this is no URL of a Redis", hint=_HINT) from None
    if parts.scheme not in _SCHEMES or not fits:
        raise wrong("this is no URL of a Redis", hint=_HINT)
    if parts.scheme != "unix" and number and not number.isdigit():
        raise wrong("a Redis's databases are numbers", hint=_HINT)
    return written


class RedisSource(AnySource):
    """A Redis, or what speaks like one."""

    type: Literal["redis"] = Field(default="redis", description="Kind of source.")
    url: Annotated[Text, AfterValidator(_url)] = Field(
        description="`redis://`, `rediss://` for TLS, or `unix://`; with user, "
        "password and number of the database."
    )
