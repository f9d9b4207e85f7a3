"""What PostgreSQL says went wrong as `UpstreamError`, by its SQLSTATE.

In charge of whose fault it was. Must never put SQL, a value, a host or a password into
a message for clients: what the server said is `detail`, for those who may see it.
"""

from __future__ import annotations

import re

from gateway.connectors.acceptance import invalid
from gateway.connectors.unsaid import without_rows, without_values
from gateway.errors import ErrorClass, UpstreamError

_UNKNOWN = frozenset({"42P01", "42703", "3F000"})
"""No such table, column, schema."""
_NAMED = re.compile(r'(?:relation|column|schema) "?[\w.]+"? does not exist')
_PLAN_CHANGED = "0A000"
_OF_VALUES = frozenset({"22", "23", "P0"})
"""Classes of errors that quote data: in a value, in a row, in words of a function."""


class LostError(UpstreamError):
    """The connection ended, and the server had said nothing to the query."""


class PlanChangedError(UpstreamError):
    """A table changed under a prepared statement, which has to be prepared anew."""


def late() -> UpstreamError:
    """The call's time was up."""
    return UpstreamError("The query did not end in time.", kind=ErrorClass.TIMEOUT)


def lost(detail: str) -> LostError:
    """The connection ended while a query ran, or before it was sent."""
    message = "The database ended the connection."
    return LostError(message, kind=ErrorClass.RESET, detail=detail)


def unopened(detail: str, password: str | None) -> UpstreamError:
    """No connection came about; what libpq says, without the password."""
    said = detail.replace(password, "***") if password else detail
    refused = any(word in said for word in _REFUSALS)
    message = (
        "The database refuses the gateway's credentials."
        if refused
        else "The database cannot be reached."
    )
    return UpstreamError(message, kind=ErrorClass.CONNECT, detail=said.strip())


_REFUSALS = ("authentication failed", "does not exist", "pg_hba.conf", "no password")


def unbound(detail: str) -> UpstreamError:
    """A value that cannot be sent; which one is for the log."""
    message, said = "A value cannot be bound to the query.", without_values(detail)
    return UpstreamError(message, kind=ErrorClass.REJECTED, detail=said)


def unreadable(error: Exception) -> UpstreamError:
    """A value of an answer that Python has no like of."""
    if isinstance(error, UnicodeDecodeError):
        message = "The source answered with text that is not UTF-8."
        return invalid(message, detail=type(error).__name__)
    message = "The source answered with a value that cannot be read."
    return invalid(message, detail=without_values(str(error)))


def too_large(limit: int) -> UpstreamError:
    """More bytes than `limits.response` lets by."""
    return invalid(f"The source's answer is larger than {limit} bytes.")


def twice(name: str) -> UpstreamError:
    """Two columns of one name: a row has one value for each."""
    message = f"The query gives two columns named '{name}'."
    return UpstreamError(message, kind=ErrorClass.QUERY)


def query_error(state: str, said: str) -> UpstreamError:
    """A failed query by its SQLSTATE, and what the server said."""
    quotes = state[:2] in _OF_VALUES
    detail = f"{state}: {without_rows(said) if quotes else said}"
    if state == _PLAN_CHANGED and "cached plan" in said:
        message = "The query's tables changed."
        return PlanChangedError(message, kind=ErrorClass.QUERY, detail=detail)
    state = "08" if state.startswith("08") else state
    named = _NAMED.search(said) if state in _UNKNOWN else None
    if named is not None:
        message = f"The query cannot run: {named.group()}."
        return UpstreamError(message, kind=ErrorClass.QUERY, detail=detail)
    kind, message = _MEANINGS.get(state, (ErrorClass.QUERY, "The query failed."))
    return UpstreamError(message, kind=kind, detail=detail)


_MEANINGS = {
    "57014": (ErrorClass.TIMEOUT, "The query was stopped."),
    **dict.fromkeys(
        ("57P01", "57P02", "57P03", "57P05", "08"),
        (ErrorClass.RESET, "The database ended the connection."),
    ),
    **dict.fromkeys(
        ("53300", "53400"),
        (ErrorClass.CONNECT, "The database has no connection left."),
    ),
    **dict.fromkeys(
        ("28000", "28P01", "3D000", "42501"),
        (ErrorClass.QUERY, "The database refuses the query to this user."),
    ),
    **dict.fromkeys(
        ("42P18", "42725"),
        (ErrorClass.QUERY, "The query cannot run: a parameter needs a cast."),
    ),
    **dict.fromkeys(
        ("22P02", "22003", "22007", "22008", "22P03", "42804", "42883"),
        (
            ErrorClass.QUERY,
            "A value does not have the type that the query needs.",
        ),
    ),
    "25006": (ErrorClass.QUERY, "The query writes, and the source is read-only."),
    "22021": (
        ErrorClass.INVALID,
        "The source answered with text that is not UTF-8.",
    ),
}
"""By SQLSTATE, whose second half is PostgreSQL's own where it has letters."""
