"""An embedded DuckDB database, as written."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, WithJsonSchema

from gateway.deployment.sources.every import AnySource
from gateway.deployment.words import Number
from gateway.strict import Text, wrong_key
from gateway.units import Size

_TAKEN = frozenset({"memory", "system", "temp", "main"})


def _names(written: Mapping[str, str]) -> Mapping[str, str]:
    """Names that queries can call an attached file."""
    for name in written:
        if not (name.isascii() and name.isidentifier()) or name in _TAKEN:
            message = f"{name!r} is no name that a query can call a database"
            raise wrong_key(name, message, hint="write letters, digits and _")
    return written


class DuckDbSource(AnySource):
    """An embedded DuckDB database, opened read-only."""

    type: Literal["duckdb"] = Field(description="Kind of source.")
    path: Annotated[str, WithJsonSchema({"type": "string"})] = Field(
        default=":memory:", description="The database file; `:memory:` for none."
    )
    files: tuple[Path, ...] = Field(
        default=(), description="Directories whose Parquet, CSV and JSON may be read."
    )
    attach: Annotated[
        Mapping[Text, Annotated[str, Field(min_length=1)]], AfterValidator(_names)
    ] = Field(
        default_factory=dict,
        description="Further DuckDB files by the name that queries call them: "
        "`{ crm: ./crm.duckdb }` is read as `crm.contacts`.",
    )
    connections: Annotated[Number, Field(ge=1)] = Field(
        default=8, description="Queries at a time; further ones wait for their turn."
    )
    max_rows: Annotated[Number, Field(ge=1)] = Field(
        default=10_000,
        description="Rows of one answer; more make the step fail, and are not read.",
    )
    memory: Size | None = Field(
        default=None,
        description="Memory that the engine may take: `2GB`. Default: the engine's "
        "own, most of the machine's.",
    )
    threads: Annotated[Number, Field(ge=1)] | None = Field(
        default=None,
        description="Cores that the engine may use for all queries together. Default: "
        "all of them.",
    )

    @property
    def dialect(self) -> str | None:
        """DuckDB's own."""
        return "duckdb"
