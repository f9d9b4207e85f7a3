"""How the command line itself complains: in one line, like every command.

In charge of wrong options and arguments, which typer finds before a command runs.
"""

from __future__ import annotations

import sys
from typing import Any

import typer
from typer.core import TyperGroup

from gateway.cli.failures import Status, complain


class OneLineGroup(TyperGroup):
    """The top of the command line; ends the process with a status."""

    def main(self, *args: Any, standalone_mode: bool = True, **extra: Any) -> Any:
        """Run what was typed; wrong uses are one line on stderr, with status 2."""
        extra["standalone_mode"] = False
        if not standalone_mode:
            return super().main(*args, **extra)
        try:
            ended = super().main(*args, **extra)
        except typer.Abort:
            sys.exit(Status.PROBLEM)
        except Exception as error:
            message = _misuse(error)
            if message is None:
                raise
            if message:
                complain(message)
            sys.exit(Status.USAGE)
        sys.exit(ended if isinstance(ended, int) else Status.FINE)


def _misuse(error: Exception) -> str | None:
    """What typer has to say, None where the error is not typer's.

    Typer brings its own click, whose errors it does not export: they are known by
    what they can do. The text is empty where help was shown in its place.
    """
    format_message = getattr(error, "format_message", None)
    if format_message is None:
        return None
    message = " ".join(str(format_message()).split()).removesuffix(".")
    context = getattr(error, "ctx", None)
    if not message or context is None:
        return message
    return f"{message} — try {context.command_path} --help"
