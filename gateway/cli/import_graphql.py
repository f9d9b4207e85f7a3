"""`headwater import graphql URL|FILE`: a project from a GraphQL API's schema.

In charge of the options and of asking an API for its schema, once. What is made of it
is `gateway.importing.graphql`'s. Must never show a header that was sent.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.failures import CommandError, command, misused
from gateway.cli.import_described import (
    Entities,
    Folder,
    Force,
    Mutations,
    Source,
    check_options,
    import_into,
)

if TYPE_CHECKING:
    from graphql import GraphQLSchema

_SECONDS = 30.0
_OK = 200
_SOMEWHERE = "http://127.0.0.1:8000/graphql"


@command
def graphql(  # noqa: PLR0913 - one parameter for each option
    where: Annotated[
        str,
        typer.Argument(
            metavar="URL|FILE",
            help="The API, or a file of its SDL or introspection.",
            show_default=False,
        ),
    ],
    source: Source = None,
    url: Annotated[
        str | None,
        typer.Option(
            metavar="URL", help="Where the API of a FILE is.", show_default=False
        ),
    ] = None,
    header: Annotated[
        list[str] | None,
        typer.Option(
            metavar="'NAME: VALUE'",
            help="A header to ask URL with; it is kept nowhere.",
            show_default=False,
        ),
    ] = None,
    into: Folder = Path(),
    *,
    mutations: Mutations = False,
    entities: Entities = False,
    force: Force = False,
) -> None:
    """Write SDL, profiles and a source from a GraphQL API's schema."""
    from gateway.importing.graphql.importing import Wishes, import_schema
    from gateway.importing.names import source_name

    remote = where.startswith(("http://", "https://"))
    if remote and "@" in where.partition("://")[2].partition("/")[0]:
        hint = "add --header 'authorization: ...'"
        raise misused("a URL with a password would be written down", hint=hint)
    check_options(Path() if remote else Path(where), source, url)
    at = where if remote else url or _SOMEWHERE
    title = f"{_shown(where)} (GraphQL)"
    name = source or source_name(_host(where) if remote else Path(where).stem)
    # Read anew for each round: making a project takes the schema apart.
    text = _asked(where, _headers(header or [])) if remote else None
    import_into(
        into,
        lambda besides: import_schema(
            _schema(where, text),
            title,
            Wishes(name, at, mutations, entities, besides),
        ),
        force=force,
    )


def _schema(where: str, text: str | None) -> GraphQLSchema:
    from gateway.importing.graphql.reading import schema_in
    from gateway.importing.made import ImportFailure

    if text is not None:
        return schema_in(text, _shown(where))
    try:
        return schema_in(Path(where).read_text("utf-8"), where)
    except (OSError, UnicodeDecodeError):
        raise ImportFailure(where, "this is no text") from None


def _headers(written: list[str]) -> dict[str, str]:
    found = {}
    for one in written:
        name, colon, value = one.partition(":")
        if not colon or not name.strip():
            raise misused("a header is a name and a value", hint="write 'x-key: 1'")
        found[name.strip()] = value.strip()
    return found


def _asked(url: str, headers: dict[str, str]) -> str:
    """The answer to an introspection.

    Raises:
        CommandError: there is none.
    """
    import httpx
    from graphql import get_introspection_query

    query = {"query": get_introspection_query(descriptions=True)}
    try:
        reply = httpx.post(url, json=query, headers=headers, timeout=_SECONDS)
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        why = type(error).__name__
        raise CommandError(f"{_shown(url)} cannot be asked: {why}") from None
    if reply.status_code != _OK:
        message = f"{_shown(url)} answered with status {reply.status_code}"
        hint = "add what it wants to see: --header 'authorization: ...'"
        raise CommandError(message, hint=hint)
    return reply.text


def _shown(where: str) -> str:
    """The place without credentials and query."""
    head, sep, rest = where.partition("://")
    if not sep:
        return where
    host, slash, path = rest.partition("?")[0].partition("/")
    return f"{head}{sep}{host.rpartition('@')[2]}{slash}{path}"


def _host(url: str) -> str:
    from urllib.parse import urlsplit

    parts = (urlsplit(url).hostname or "api").split(".")
    named = [part for part in parts if part not in ("www", "api")]
    return named[0] if named and not named[0].isdigit() else "api"
