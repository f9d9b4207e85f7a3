"""An embedded DuckDB database, as written."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, WithJsonSchema

from gateway.deployment.sources.every import AnySource


class DuckDbSource(AnySource):
    """An embedded DuckDB database, opened read-only."""

    type: Literal["duckdb"] = Field(description="Kind of source.")
    path: Annotated[str, WithJsonSchema({"type": "string"})] = Field(
        default=":memory:", description="The database file; `:memory:` for none."
    )
    files: tuple[Path, ...] = Field(
        default=(), description="Directories whose Parquet, CSV and JSON may be read."
    )

    @property
    def dialect(self) -> str | None:
        """DuckDB's own."""
        return "duckdb"
