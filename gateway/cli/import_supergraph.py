"""`headwater import supergraph FILE`: a project that serves a federated graph.

In charge of the options. What is made of the file is `gateway.importing.supergraph`'s.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.failures import command, misused
from gateway.cli.import_described import (
    Description,
    Folder,
    Force,
    check_options,
    import_into,
)

if TYPE_CHECKING:
    from gateway.importing.supergraph.model import Supergraph


@command
def supergraph(
    file: Description,
    url: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=URL",
            help="Where a subgraph is; by default where the file says.",
            show_default=False,
        ),
    ] = None,
    into: Folder = Path(),
    *,
    without_policies: Annotated[
        bool,
        typer.Option(
            "--without-policies",
            help="Serve what @authenticated, @requiresScopes and @policy protect, too; "
            "nobody checks them here.",
        ),
    ] = False,
    force: Force = False,
) -> None:
    """Write SDL, profiles, entity files and sources from a supergraph's SDL."""
    from gateway.importing.supergraph.importing import Wishes, import_supergraph

    check_options(file, None, None)
    urls = _urls(url or [])
    import_into(
        into,
        lambda besides: import_supergraph(
            _read(file, urls),
            f"{file} (supergraph)",
            Wishes(urls, not without_policies, besides),
        ),
        force=force,
    )


def _urls(written: list[str]) -> dict[str, str]:
    found = {}
    for one in written:
        name, equals, url = one.partition("=")
        if not equals or not url.startswith(("http://", "https://")):
            hint = "write --url accounts=http://127.0.0.1:4001/graphql"
            raise misused(f"{one!r} does not say where a subgraph is", hint=hint)
        if "@" in url.partition("://")[2].partition("/")[0]:
            hint = "write it without, and 'auth' into the source afterwards"
            raise misused("a URL with a password would be written down", hint=hint)
        found[name] = url
    return found


def _read(file: Path, urls: dict[str, str]) -> Supergraph:
    from gateway.importing.made import ImportFailure
    from gateway.importing.supergraph.reading import read_supergraph

    try:
        text = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        raise ImportFailure(str(file), "this is no text") from None
    graph = read_supergraph(text, str(file))
    known = {one.name for one in graph.graphs.values()}
    for name in sorted(urls):
        if name not in known:
            hint = f"there are {', '.join(sorted(known))}"
            raise ImportFailure(str(file), f"there is no subgraph {name!r}", hint)
    return graph
