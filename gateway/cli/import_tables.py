"""`headwater import sql SOURCE`: all tables of a source as a part of the project.

In charge of finding the source, of having it described, and of where the files go.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import typer

from gateway.cli.failures import CommandError, misused
from gateway.cli.import_step import deployment_of
from gateway.cli.project import config_files
from gateway.record import replace

if TYPE_CHECKING:
    from gateway.connectors.settings import SourceSettings
    from gateway.connectors.tables import Tables

_PROOF: Mapping[str, Mapping[str, object]] = {
    "duckdb": {"type": "duckdb"},
    "postgres": {"url": "postgresql://nobody@nowhere/none"},
    "mysql": {"url": "mysql://nobody@nowhere/none"},
    "sqlite": {"url": "sqlite:///nothing"},
}
"""A source that speaks the same SQL, for trying the result; it is never opened."""


def import_all(
    source: str, schema: str | None, config: list[str] | None, *, force: bool
) -> None:
    """Write SDL, entity files and look-ups of every table, and tell of it.

    Raises:
        CommandError: it cannot be; nothing was written.
    """
    from rich.console import Console

    from gateway.cli.import_described import proven
    from gateway.cli.import_project import Project, written
    from gateway.cli.import_summary import print_summary
    from gateway.importing.made import Made
    from gateway.importing.sql.tables import import_tables

    settings = settings_named(source, deployment_of(config).sources)
    found = _described(source, settings, schema)
    proof = _PROOF.get(found.dialect, {"url": f"{found.dialect}://nowhere/none"})

    def make(besides: frozenset[str]) -> Made:
        return import_tables(source, found, proof, besides)

    made = proven(make)
    project = Project.at(config_files(config)[0].parent)
    first, *lines = written(replace(made, sources={}), project, force=force)
    for line in lines if first.startswith("wrote nothing") else (first, *lines):
        typer.echo(line)
    print_summary(made, Console(highlight=False))


def settings_named(source: str, sources: Mapping[str, object]) -> SourceSettings:
    """What opens the source of this name.

    Raises:
        CommandError: there is none.
    """
    from gateway.errors import did_you_mean
    from gateway.loading.settings import settings_of

    found = sources.get(source)
    if found is None:
        listed = f"there are: {', '.join(sorted(sources)) or 'none'}"
        raise misused(
            f"there is no source {source!r}",
            hint=did_you_mean(source, sources) or listed,
        )
    return settings_of(found)  # type: ignore[arg-type]


def _described(source: str, settings: SourceSettings, schema: str | None) -> Tables:
    from gateway.errors import UpstreamError

    try:
        return tables_of(source, settings, schema)
    except ValueError as error:
        raise CommandError(str(error), hint="nothing was written") from None
    except UpstreamError as error:
        said = f": {error.detail}" if error.detail else ""
        raise CommandError(f"source {source!r}: {error.message}{said}") from None


def tables_of(source: str, settings: SourceSettings, schema: str | None) -> Tables:
    """Every table of a source, by whatever describes them there.

    Raises:
        ValueError: there is no such schema.
        UpstreamError: the database cannot be reached, or does not tell.
        CommandError: the source has no tables.
    """
    from gateway.connectors.settings import (
        DialectSettings,
        DuckDBSettings,
        PostgresSettings,
    )

    match settings:
        case DuckDBSettings():
            from gateway.connectors.duckdb_tables import duckdb_tables

            return duckdb_tables(settings, schema)
        case PostgresSettings():
            from gateway.connectors.postgres.tables import postgres_tables

            return postgres_tables(settings, schema)
        case DialectSettings():
            from gateway.connectors.dialects.describing import described_tables

            return described_tables(settings, schema)
        case _:
            raise misused(
                f"source {source!r} has no tables",
                hint="name a source of type duckdb, postgres, mysql, mariadb or sqlite",
            )
