"""A driver's exceptions as `UpstreamError`: one meaning for every database.

In charge of whose fault it was, as far as drivers agree on it. Must never put SQL, a
value or a password into a message for clients, or a value into what is logged.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote_plus

from gateway.connectors.acceptance import invalid
from gateway.connectors.masking import MASK
from gateway.connectors.unsaid import without_values
from gateway.errors import ErrorClass, UpstreamError

_STOPPED = frozenset({1317, 1969, 3024, 70100})
"""MySQL and MariaDB: killed, and ended by a limit of time."""
_REFUSED = frozenset({1044, 1045, 1049, 1130, 1698})
"""MySQL and MariaDB: no such user, password, database, or not from here."""

_NAMING = frozenset({1054, 1146, 1305})
"""MySQL and MariaDB: no such column, table, function. They name it, and no value."""
_NAMED = re.compile(
    r"^no such |name=(SYNTAX_ERROR|(TABLE|COLUMN|SCHEMA|CATALOG|FUNCTION)_NOT_FOUND)"
)
"""SQLite and Trino, of the same."""


def stopped(error: BaseException | None = None) -> UpstreamError:
    """The query was ended before it had answered."""
    detail = None if error is None else str(error)
    return UpstreamError(
        "The query was stopped.", kind=ErrorClass.TIMEOUT, detail=detail
    )


def late() -> UpstreamError:
    """The call's time was up."""
    return UpstreamError("The query did not end in time.", kind=ErrorClass.TIMEOUT)


def unopened(error: BaseException, url: str) -> UpstreamError:
    """No connection came about; what the driver says, without the URL's password."""
    number = _number(error)
    if number in _REFUSED:
        message = "The database refuses the gateway's credentials."
    else:
        message = "The database cannot be reached."
    detail = without_password(f"{type(error).__name__}: {error}", url)
    return UpstreamError(message, kind=ErrorClass.CONNECT, detail=detail)


def unbound(error: BaseException) -> UpstreamError:
    """A value that the driver cannot send; which one is for the log."""
    message, said = "A value cannot be bound to the query.", without_values(str(error))
    return UpstreamError(message, kind=ErrorClass.REJECTED, detail=said)


def gone(error: BaseException) -> UpstreamError:
    """The connection ended while the query ran."""
    message = "The database ended the connection."
    return UpstreamError(message, kind=ErrorClass.RESET, detail=str(error))


def query_error(error: BaseException, dbapi: Any) -> UpstreamError:
    """What a failed query means, by the driver's classes and its few known numbers."""
    said = str(error)
    if _number(error) in _STOPPED or said == "interrupted":
        return stopped(error)
    if isinstance(error, UnicodeDecodeError) or "Could not decode to UTF-8" in said:
        detail = type(error).__name__
        return invalid(
            "The source answered with text that is not UTF-8.", detail=detail
        )
    if isinstance(error, TypeError | ValueError | OverflowError):
        return unbound(error)
    if said.startswith("Error binding parameter"):  # SQLite's, of no class of its own
        return unbound(error)
    message = "The query failed."
    if isinstance(error, getattr(dbapi, "DataError", ())):
        message = "A value does not have the type that the query needs."
    return UpstreamError(message, kind=ErrorClass.QUERY, detail=_said(error))


def _said(error: BaseException) -> str:
    """What the database says; of a value no more than what is wrong with it."""
    number, said = _number(error), str(error)
    if number in _NAMING or _NAMED.search(said):
        return said
    if isinstance(number, int) and len(error.args) > 1:
        return f"{number}: {without_values(str(error.args[1]))}"
    return without_values(said)


def without_password(text: str, url: str) -> str:
    """The text with the URL's password taken out, as written and as decoded."""
    login = url.partition("://")[2].rpartition("@")[0]
    written = login.partition(":")[2]
    for secret in {written, unquote_plus(written)} - {""}:
        text = text.replace(secret, MASK)
    return text


def _number(error: BaseException) -> object:
    """The database's own number of an error, where the driver tells."""
    return error.args[0] if error.args else None
