"""The demo's risk warehouse: one table, as a DuckDB file or as SQL for a server.

In charge of making it. The gateway only ever reads it. ``python -m
gateway.demo.warehouse FILE`` writes the SQL, which PostgreSQL takes, too.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.demo.people import CUSTOMERS
from gateway.demo.records import RiskProfile, risk_profile

if TYPE_CHECKING:
    from collections.abc import Iterator

_CREATE = """
CREATE TABLE risk_profiles (
    customer_id VARCHAR PRIMARY KEY,
    score DOUBLE PRECISION NOT NULL,
    segment VARCHAR NOT NULL,
    updated_on DATE NOT NULL,
    exposure DECIMAL(12, 2) NOT NULL
)
"""


def make_warehouse(path: Path) -> Path:
    """Write the warehouse to ``path`` unless it is there already.

    The file appears whole or not at all: it is made beside its place and moved, so a
    demo that is stopped half-way leaves nothing broken behind.
    """
    if path.exists():
        return path
    import duckdb  # a tenth of a second that only the first start needs

    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    aside.unlink(missing_ok=True)
    rows = [risk_profile(str(number)) for number in range(1, CUSTOMERS + 1)]
    columns = {
        name: [getattr(row, name) for row in rows] for name in RiskProfile._fields
    }
    with duckdb.connect(aside) as connection:
        connection.execute(_CREATE)
        marks = ", ".join("unnest(?)" for _ in columns)
        connection.execute(
            f"INSERT INTO risk_profiles SELECT {marks}",
            list(columns.values()),
        )
    aside.replace(path)
    return path


def as_sql() -> Iterator[str]:
    """The same table as statements of standard SQL."""
    yield _CREATE.strip() + ";"
    for number in range(1, CUSTOMERS + 1):
        row = risk_profile(str(number))
        values = ", ".join(f"'{value}'" for value in row)
        yield f"INSERT INTO risk_profiles VALUES ({values});"  # noqa: S608 - our words


if __name__ == "__main__":
    Path(sys.argv[1]).write_text("\n".join([*as_sql(), ""]), "utf-8")
