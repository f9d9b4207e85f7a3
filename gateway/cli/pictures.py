"""Pictures of plans as files: written where an option says so, and shown.

In charge of the file and of the browser. Must never open a browser in a terminal, nor
write over anything but a file of the name that was given.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
import webbrowser
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from gateway.cli.failures import misused

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gateway.drawing.model import Estimate
    from gateway.values import JsonValue

_PAGE, _SVG = ".html", ".svg"
Out: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--out",
        metavar="FILE",
        help="Write it as one .html or .svg file that stands by itself.",
        show_default=False,
    ),
]
Open: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--open", help="Show it in the browser; where there is none, say where it is."
    ),
]


def check_form(out: Path | None) -> None:
    """Refuse a file that could be neither form, before anything is asked."""
    if out is not None and out.suffix.lower() not in (_PAGE, _SVG):
        raise misused(f"{out} is neither .html nor .svg")


def picture(  # noqa: PLR0913 - everything that a page tells
    plan: JsonValue,
    out: Path | None,
    *,
    query: str = "",
    completeness: JsonValue = None,
    estimate: Estimate | None = None,
    steps: Mapping[str, JsonValue] | None = None,
    errors: Sequence[JsonValue] = (),
) -> Path:
    """The file of a plan or a run; a new one where no name was given.

    Raises:
        UnreadableError: it is no plan.
    """
    from gateway.drawing.drawn import drawn, file_of
    from gateway.drawing.page import Report, page_of

    if out is not None and out.suffix.lower() == _SVG:
        text = file_of(plan, estimate)
    else:
        made = drawn(plan, completeness, estimate)
        title = made.drawing.attributes["aria-label"]
        report = Report(str(title), query, _made(), steps or {}, errors)
        text = page_of(made, report)
    return _written(text, out)


def told(path: Path, *, opens: bool) -> None:
    """Say where a picture is, and show it where that is wished."""
    shown = opens and _shown(path)
    typer.echo(f"{path} is open in the browser" if shown else str(path), err=not opens)


def _made() -> str:
    from importlib.metadata import version

    now = datetime.now(UTC)
    return f"headwater {version('headwater')}, {now:%Y-%m-%d %H:%M:%S} UTC"


def _written(text: str, out: Path | None) -> Path:
    if out is not None:
        out.write_text(text, encoding="utf-8")
        return out
    handle, name = tempfile.mkstemp(_PAGE, "headwater-plan-")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    return Path(name)


def _shown(path: Path) -> bool:
    """Whether a browser with a window has it now."""
    with contextlib.suppress(webbrowser.Error, OSError):
        browser = webbrowser.get()
        texts = type(browser) is webbrowser.GenericBrowser
        return not texts and browser.open(path.absolute().as_uri())
    return False
