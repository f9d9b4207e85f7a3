"""`headwater draw`: the plan in an answer that was saved, as a picture."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.failures import CommandError, command, misused
from gateway.cli.pictures import Open, Out, check_form, picture, told

if TYPE_CHECKING:
    from gateway.values import JsonValue

_LARGEST = 50_000_000


@command
def draw(
    answer: Annotated[
        str,
        typer.Argument(
            metavar="FILE",
            help="An answer with extensions.plan, or the plan itself: JSON, or - for "
            "stdin.",
        ),
    ],
    out: Out = None,
    *,
    opens: Open = False,
) -> None:
    """Draw what a saved answer came of: its steps, their times, what is missing.

    The answer is that of a request with the header headwater-plan: include, or of
    headwater run --plan. It asks nothing and nobody.
    """
    from gateway.drawing.shown import UnreadableError

    check_form(out)
    found = _read(answer)
    extensions = found.get("extensions")
    extensions = extensions if isinstance(extensions, Mapping) else {}
    errors = found.get("errors")
    plan = extensions.get("plan", found if "steps" in found else None)
    if plan is None:
        hint = (
            "ask with the header 'headwater-plan: include', or by headwater run --plan"
        )
        raise CommandError(f"{answer} has no extensions.plan", hint=hint)
    try:
        path = picture(
            plan,
            out,
            completeness=extensions.get("completeness"),
            errors=errors if isinstance(errors, list) else (),
        )
    except UnreadableError as error:
        raise CommandError(f"{answer}: {error}") from None
    told(path, opens=opens)


def _read(name: str) -> Mapping[str, JsonValue]:
    """The JSON object in a file, or in stdin."""
    try:
        if name != "-" and Path(name).stat().st_size > _LARGEST:
            raise misused(f"{name} is larger than {_LARGEST // 1_000_000} MB")
        text = sys.stdin.read() if name == "-" else Path(name).read_text("utf-8")
        found = json.loads(text)
    except OSError as error:
        raise misused(f"{name} cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError):
        raise misused(f"{name} is not JSON") from None
    if not isinstance(found, dict):
        raise misused(f"{name} is no JSON object")
    return found
