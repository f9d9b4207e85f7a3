"""What `headwater import` made, as text and as files.

In charge of printing types for people to own, and of never writing over a file that
nobody said may go.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from gateway.cli.failures import CommandError, misused
from gateway.record import Model

if TYPE_CHECKING:
    from gateway.profile.drafts import DraftType

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_TYPE_NAME = re.compile(r"(?!__)[A-Za-z_][A-Za-z0-9_]*")


class Place(Model, frozen=True):
    """Where the result goes: a folder of SDL, one file, or stdout where neither is."""

    into: Path | None
    output: str | None
    force: bool

    def check(self) -> None:
        """Refuse what cannot be meant, before anything is read.

        Raises:
            CommandError: two places are named.
        """
        if self.into is not None and self.output is not None:
            raise misused("--into and --output name two places", hint="choose one")

    @property
    def file(self) -> Path | None:
        """The one file that was named; None for a folder and for stdout."""
        return Path(self.output) if self.output and self.output != "-" else None


def sdl_of(types: Iterable[DraftType], heading: Sequence[str]) -> str:
    """The types as SDL; what the source left open stands above it as a comment."""
    head = "".join(f"# {line}\n" for line in heading)
    return head + "\n\n".join("\n".join(_type(each)) for each in types) + "\n"


def _type(made: DraftType) -> Iterator[str]:
    yield from (f"# {note}" for note in made.notes)
    yield f"type {made.name} {{"
    for each in made.fields:
        yield from (f"  # {note}" for note in each.draft.notes)
        yield f"  {each.name}: {each.draft.type}"
    if not made.fields:
        yield "  _empty: Boolean"
    yield "}"


def put(files: Mapping[Path, str], place: Place) -> None:
    """Write the files where they were asked for, or print them.

    Raises:
        CommandError: a file is there already, and nobody said it may go.
    """
    if place.into is None and place.file is None:
        several = len(files) > 1
        parts = (
            f"# {name}\n{text}" if several else text for name, text in files.items()
        )
        typer.echo("\n".join(parts), nl=False)
        return
    taken = [name for name in files if name.exists()]
    if taken and not place.force:
        raise CommandError(
            f"{taken[0]} is there already",
            hint="nothing was written; name another place, or add --force",
        )
    for name, text in files.items():
        name.parent.mkdir(parents=True, exist_ok=True)
        name.write_text(text, encoding="utf-8")
        typer.echo(f"wrote {name}")


def sdl_file(type_name: str, place: Place) -> Path:
    """Where the type's SDL goes: ``schema/risk_profile.graphql``."""
    if place.file is not None:
        return place.file
    stem = _HUMP.sub("_", type_name).lower()
    return (place.into or Path("schema")) / f"{stem}.graphql"


def check_type_name(name: str, option: str = "--type") -> str:
    """The name, where GraphQL takes it for a type's.

    Raises:
        CommandError: it does not.
    """
    if not name:
        raise misused("the type needs a name", hint=f"add {option} Account")
    if not _TYPE_NAME.fullmatch(name):
        raise misused(
            f"{name!r} is no name of a GraphQL type", hint=f"write {option} Account"
        )
    return name


def check_free(types: Iterable[DraftType], file: Path, place: Place) -> None:
    """No other file of the folder may define one of the types already.

    Raises:
        CommandError: one does.
    """
    folder = place.into or file.parent
    if (place.into is None and place.file is None) or not folder.is_dir():
        return
    from gateway.errors import Problems
    from gateway.loading.files import sdl_texts
    from gateway.schema.sdl import read_sdl

    texts = sdl_texts(folder, Problems())
    others = {
        n: t for n, t in texts.items() if t and Path(n).resolve() != file.resolve()
    }
    sdl = read_sdl(others, Problems())
    for each in types:
        found = sdl.shapes.get(each.name) if sdl else None
        if found is not None:
            raise CommandError(
                f"type {each.name} is defined already at {found.span}",
                hint="nothing was written; give yours another name with --type",
            )
