"""A dialect without its server: what its driver makes of a URL and a query."""

from __future__ import annotations

from gateway.connectors.dialects.database import Database
from gateway.connectors.dialects.statement import Written
from gateway.connectors.settings import DialectSettings


def test_a_query_is_written_for_trino() -> None:
    """Its driver counts question marks, and waits in a thread."""
    database = Database.open(DialectSettings("trino://reader@127.0.0.1:9/tpch/tiny"))
    assert (database.dialect, database.style, database.waits) == (
        "trino",
        "qmark",
        False,
    )
    made = Written(("SELECT a FROM t WHERE b = ", "b", ""), database.style, "trino")
    assert made.bound({"b": 1}) == ("SELECT a FROM t WHERE b = ?", (1,))
    database.close()
