"""How a command ends that cannot do what was asked: one clear line, one status.

In charge of exit statuses: 1 = a problem was found, 2 = the command was used wrongly.
Nobody who types a command ever sees a traceback, unless HEADWATER_DEBUG is set.
"""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable
from enum import IntEnum
from typing import ParamSpec

import typer

P = ParamSpec("P")
DEBUG = "HEADWATER_DEBUG"


class Status(IntEnum):
    """What the exit status means."""

    FINE = 0
    PROBLEM = 1
    USAGE = 2


class CommandError(Exception):
    """The command ends here; the text is for the person who typed it."""

    def __init__(
        self,
        message: str,
        *,
        hint: str | None = None,
        status: Status = Status.PROBLEM,
    ) -> None:
        super().__init__(f"{message} — {hint}" if hint else message)
        self.status = status


def misused(message: str, *, hint: str | None = None) -> CommandError:
    """What was typed cannot be meant."""
    return CommandError(message, hint=hint, status=Status.USAGE)


def command(function: Callable[P, None]) -> Callable[P, None]:
    """A command whose failures are one line on stderr and an exit status."""

    @functools.wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            function(*args, **kwargs)
        except CommandError as error:
            complain(str(error))
            raise typer.Exit(error.status) from None
        except BrokenPipeError:
            _hush()
            raise typer.Exit(Status.PROBLEM) from None
        except (typer.Exit, typer.Abort):
            raise
        except Exception as error:
            if os.environ.get(DEBUG):
                raise
            complain(_described(error))
            raise typer.Exit(Status.PROBLEM) from None

    return run


def complain(message: str) -> None:
    """One error on stderr."""
    typer.secho(f"error: {message}", err=True, fg=typer.colors.RED)


def _described(error: Exception) -> str:
    """An error that no command expects, as a line."""
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename}: {error.strerror}"
    from gateway.installed import PluginError

    if isinstance(error, PluginError):
        return f"{error.message} — repair that package, or remove it"
    return f"this is a bug ({type(error).__name__}: {error}); {DEBUG}=1 shows where"


def _hush() -> None:
    """Whoever read our output is gone: nothing more is written, not even at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
