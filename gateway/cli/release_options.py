"""Options that several commands of `headwater release` have."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

Found: TypeAlias = Annotated[
    str | None,
    typer.Argument(
        metavar="ID",
        help="A release's id, or its beginning; else that of the files here.",
        show_default=False,
    ),
]
Store: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="URL",
        help="The store: a directory or redis://...; else the deployment's.",
        show_default=False,
    ),
]
Channel: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="The line of activations; else the deployment's, else stable.",
        show_default=False,
    ),
]
Reason: TypeAlias = Annotated[
    str, typer.Option(metavar="TEXT", help="Why, for those who ask later.")
]
By: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="NAME", help="Who does it; else the user here.", show_default=False
    ),
]
Note: TypeAlias = Annotated[
    str, typer.Option(metavar="TEXT", help="What is in it, for those who ask later.")
]
Key: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="Sign with this: a private key of Ed25519 in PEM, or a shared secret.",
        show_default=False,
    ),
]
KeyName: TypeAlias = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="What the key is called; else its file's name."),
]
Admin: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="URL",
        help="Ask a gateway's admin API instead of the store: http://127.0.0.1:4001.",
        show_default=False,
    ),
]
Token: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--token-file",
        metavar="FILE",
        help="The token for --admin; else HEADWATER_ADMIN_TOKEN.",
        show_default=False,
    ),
]
Json: TypeAlias = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Unchecked: TypeAlias = Annotated[
    bool,
    typer.Option("--unchecked", help="Without loading it under the deployment first."),
]
