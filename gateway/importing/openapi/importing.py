"""The way of an import: a file → a `Made`. The room's only entry."""

from __future__ import annotations

from pathlib import Path

from gateway.importing.made import ImportFailure, Made, Told
from gateway.importing.names import source_name
from gateway.importing.openapi.document import read_description
from gateway.importing.openapi.joining import joins
from gateway.importing.openapi.library import Library
from gateway.importing.openapi.operations import Drafter
from gateway.importing.openapi.security import source_of, variables
from gateway.importing.openapi.types import Types
from gateway.importing.openapi.writing import Result
from gateway.record import Model


class Wishes(Model, frozen=True):
    """What the person asked for. ``source`` and ``url``: the description's own."""

    source: str | None = None
    url: str | None = None
    mutations: bool = False
    entities: bool = False
    besides: frozenset[str] = frozenset()
    """Operations, as they would be called here, that are not wanted."""


def import_openapi(file: Path, wishes: Wishes) -> Made:
    """What a description promises, as a project.

    Raises:
        ImportFailure: it cannot be read, or there is nothing in it to import.
    """
    told = Told()
    library = Library(file)
    description = read_description(library, told)
    name = wishes.source or source_name(description.title or file.stem)
    types = Types(library, told)
    drafter = Drafter(description, types, name, wishes.mutations)
    drafts = [d for d in drafter.drafted() if d.field.name not in wishes.besides]
    types.finish()
    drafts = [drafter.completed(each) for each in drafts]
    if not drafts:
        hint = "add --mutations for what changes something"
        raise ImportFailure(str(file), "no operation of it can be imported", hint)
    found = joins(drafts, types.made)
    result = Result(name, drafts, types, found if wishes.entities else ())
    source = source_of(description, name, wishes.url, told)
    needed = result.needed
    words = {e: w for e, w in types.words.items() if e in needed}
    if words:
        source["enums"] = words
    files = result.files()
    more = () if wishes.entities else tuple(f"--entities would give {j}" for j in found)
    return Made(
        f"{description.title or file.name} (OpenAPI {description.version})",
        files,
        {name: source},
        told,
        {"operations": len(drafts), "types": len(needed), "files": len(files)},
        (*variables(source), *more),
    )
