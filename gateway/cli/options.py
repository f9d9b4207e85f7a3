"""Options that several commands have, with one meaning each."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import typer

Config: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--config",
        "-c",
        metavar="FILE",
        help="Deployment file; repeat it, later ones override. "
        "Else HEADWATER_CONFIG, else ./headwater.yaml.",
        show_default=False,
    ),
]
Query: TypeAlias = Annotated[
    str,
    typer.Argument(
        metavar="QUERY",
        help="GraphQL text, a *.graphql file, @FILE, or - for stdin.",
        show_default=False,
    ),
]
Variables: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--variables",
        "-v",
        metavar="JSON",
        help="Values of the variables: a JSON object, or @FILE.",
        show_default=False,
    ),
]
Operation: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--operation",
        "-o",
        metavar="NAME",
        help="Which of the document's operations.",
        show_default=False,
    ),
]
Tenant: TypeAlias = Annotated[
    str | None,
    typer.Option("--tenant", metavar="NAME", help="Ask as this tenant."),
]
Client: TypeAlias = Annotated[
    str | None,
    typer.Option("--client", metavar="NAME", help="Ask as this client."),
]
Flags: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--flag",
        metavar="NAME=VALUE",
        help="Ask with a feature flag: on, off or JSON. Repeat it.",
        show_default=False,
    ),
]
Claims: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--claims",
        metavar="JSON",
        help="Ask as a caller with these claims: a JSON object, or @FILE.",
        show_default=False,
    ),
]
Headers: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--header",
        metavar="NAME=VALUE",
        help="A header that says who asks. Repeat it.",
        show_default=False,
    ),
]
HERE = "http://127.0.0.1:4000"
"""Where a gateway listens whose deployment says nothing else."""
