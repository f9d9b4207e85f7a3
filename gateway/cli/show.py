"""JSON on stdout: coloured on a terminal, plain where a program reads it."""

from __future__ import annotations

import json
import sys

import typer

from gateway.schema.encoding import to_json


def print_json(value: object) -> None:
    """The value as indented JSON, exact numbers and dates as an answer writes them."""
    text = json.dumps(json.loads(to_json(value)), indent=2, ensure_ascii=False)
    if sys.stdout.isatty():
        from rich.console import Console

        Console().print_json(text)
        return
    typer.echo(text.encode("utf-8", "backslashreplace"))
