"""The risk warehouse is made once, whole, with exact types."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb

from gateway.demo.people import CUSTOMERS
from gateway.demo.records import risk_profile
from gateway.demo.warehouse import make_warehouse

if TYPE_CHECKING:
    from pathlib import Path


def test_the_warehouse_holds_every_customer_once(tmp_path: Path) -> None:
    """The file has one row a customer, equal to what the records say."""
    path = make_warehouse(tmp_path / "new" / "warehouse.duckdb")
    with duckdb.connect(path, read_only=True) as connection:
        rows = connection.execute("SELECT * FROM risk_profiles").fetchall()
    wanted = [tuple(risk_profile(str(n))) for n in range(1, CUSTOMERS + 1)]
    assert sorted(rows) == sorted(wanted)


def test_a_warehouse_that_is_there_stays_as_it_is(tmp_path: Path) -> None:
    """A second start changes nothing and leaves nothing beside the file."""
    path = make_warehouse(tmp_path / "warehouse.duckdb")
    before = path.stat()
    make_warehouse(path)
    after = path.stat()
    assert (after.st_mtime_ns, after.st_ino) == (before.st_mtime_ns, before.st_ino)
    assert [one.name for one in tmp_path.iterdir()] == ["warehouse.duckdb"]
