"""A dialect without its server: what its driver makes of a URL and a query."""

from __future__ import annotations

import pytest

from gateway.connectors.dialects.database import Database
from gateway.connectors.dialects.statement import Written
from gateway.connectors.settings import DialectSettings
from gateway.drivers import driver_of


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


@pytest.mark.parametrize(
    ("url", "names"),
    [
        ("sqlite:///x.db", ["SCORE", "updatedOn"]),
        ("trino://h/d", ["SCORE", "updatedOn"]),
        ("oracle://h/d", ["score", "updatedOn"]),
        ("snowflake://u:p@h/d", ["score", "updatedOn"]),
    ],
)
def test_columns_are_called_what_the_query_calls_them(
    url: str, names: list[str]
) -> None:
    """Where a database gives names without quotes in capitals, they are small again."""
    if driver_of(url).missing is not None:
        pytest.skip("its driver is not installed")
    database = Database.open(DialectSettings(url))
    assert [database.column(name) for name in ("SCORE", "updatedOn")] == names
    database.close()
