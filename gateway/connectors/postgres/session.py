"""What a session says once, so that every query in it means the same.

In charge of the settings of a PostgreSQL session. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.connectors.settings import PostgresSettings

_FORMS = (
    "SET TimeZone = 'UTC'",
    "SET DateStyle = 'ISO, YMD'",
    "SET IntervalStyle = 'postgres'",
    "SET bytea_output = 'hex'",
    "SET extra_float_digits = 1",
    "SET standard_conforming_strings = on",
)
"""The spellings that values are read from, whatever the server's own defaults are."""
_WATCHED = (
    "SELECT pg_catalog.set_config(name, '2s', false) FROM pg_catalog.pg_settings "
    "WHERE name = 'client_connection_check_interval'"
)
"""From PostgreSQL 14 on the server ends the query of a gateway that is gone."""
_SHORTEST = 1_000
_LONGEST = 86_400.0


def opening(settings: PostgresSettings) -> str:
    """The statements that a new session begins with."""
    said = [*_FORMS, _WATCHED]
    if settings.read_only:
        said.append("SET default_transaction_read_only = on")
    if settings.search_path:
        path = ", ".join(map(quoted, settings.search_path))
        said.append(f"SET search_path = {path}")
    return "; ".join(said)


def said_to_libpq(
    settings: PostgresSettings, address: Mapping[str, object], patience: int
) -> dict[str, Any]:
    """What a connection is made from: the URL's own words first, UTF-8 always.

    ``address`` is the URL as libpq reads it, ``patience`` seconds for each host.
    """
    usual: dict[str, Any] = {
        "application_name": settings.application_name,
        "connect_timeout": patience,
    }
    if settings.password is not None:
        usual["password"] = settings.password
    return {**usual, **address, "client_encoding": "UTF8"}


def quoted(name: str) -> str:
    """A name as SQL reads it, whatever it holds."""
    return '"' + name.replace('"', '""') + '"'


def server_limit(left: float) -> int:
    """The server's own limit for a statement that has ``left`` seconds, in ms.

    Twice the time or less, in powers of two from a second: the gateway stops a query
    in time by itself, and this is for the case that it is gone. So it is said to a
    session once, not with every query.
    """
    wanted = max(_SHORTEST, int(min(left, _LONGEST) * 1_000))
    return 1 << (wanted - 1).bit_length()


def fits(limit: int, left: float) -> bool:
    """Whether what was said last is right for a statement with this time left."""
    return server_limit(left) <= limit <= 2 * server_limit(left)
