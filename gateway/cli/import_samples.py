"""Samples on disk, on stdin or in a step → what all of them show together.

In charge of reading JSON whose digits count, and of saying which file is wrong where.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from gateway.cli.failures import CommandError, misused
from gateway.record import Model

if TYPE_CHECKING:
    from gateway.profile.drafts import DraftType

_LINES = (".jsonl", ".ndjson")
_SUFFIXES = (".json", *_LINES)


class Samples(Model, frozen=True):
    """Values of one type, what the type is called, and where they are from."""

    values: tuple[object, ...]
    name: str
    origin: str


def read_samples(paths: Sequence[str], at: str | None) -> Samples:
    """The samples of files, of the files in folders, and of stdin (``-``).

    A list stands for its items. ``at`` is the part of each reply that is meant:
    ``data.items``.

    Raises:
        CommandError: something cannot be read, or holds no object.
    """
    from gateway.profile.samples import pascal

    texts = [pair for path in paths for pair in _texts(path)]
    bodies = [(file, body) for file, text in texts for body in _parsed(file, text)]
    values = [v for file, body in bodies for v in _rows(_below(file, body, at))]
    if not any(isinstance(value, Mapping) for value in values):
        raise CommandError(
            f"{_origin(_names(texts))} has no JSON object to make a type of",
            hint="name the part that holds them with --at" if bodies else None,
        )
    stem = Path(paths[0]).resolve().name.partition(".")[0] if paths[0] != "-" else ""
    name = pascal(stem.replace("-", "_").replace(" ", "_"))
    return Samples(tuple(values), name, _origin(_names(texts)))


def drafted(samples: Samples) -> tuple[DraftType, ...]:
    """The types that the samples show, the outermost first.

    Raises:
        CommandError: they are not all objects.
    """
    from gateway.profile.drafts import Drafts, Manner
    from gateway.profile.samples import seen

    drafts = Drafts(Manner.OWNED)
    found = seen(each for each in samples.values if each is not None)
    made = drafts.draft(found, samples.name)
    if made.type.name not in drafts.types:
        raise CommandError(
            f"these samples make no object type: {', '.join(made.notes)}",
            hint="keep samples of one kind together, or read the field as JSON",
        )
    return tuple(drafts.types.values())


def heading(samples: Samples) -> tuple[str, ...]:
    """What a reader of the file should know of how it came about."""
    number = sum(isinstance(value, Mapping) for value in samples.values)
    counted = "1 sample" if number == 1 else f"{number} samples"
    first = (
        f"From {counted} ({samples.origin}) by 'headwater import samples'; yours now."
    )
    if number == 1:
        return (
            first,
            "One sample says nothing of what may be missing: few '!' stand here.",
        )
    return (
        first,
        "A '!' says that no sample lacked the field; the source may promise less.",
    )


def _names(texts: Sequence[tuple[str, str]]) -> Sequence[str]:
    return list(dict.fromkeys(file for file, _ in texts))


def _origin(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"


def _texts(path: str) -> Iterator[tuple[str, str]]:
    """Each file's name and text."""
    if path == "-":
        yield "stdin", sys.stdin.read()
        return
    folder = Path(path)
    if not folder.exists():
        raise misused(f"there is no {path}")
    inside = sorted(folder.iterdir()) if folder.is_dir() else [folder]
    files = [f for f in inside if f == folder or f.suffix.lower() in _SUFFIXES]
    if not files:
        raise misused(f"{path} has no samples", hint=f"they end in {_listed()}")
    for file in files:
        try:
            yield str(file), file.read_text(encoding="utf-8-sig")
        except UnicodeDecodeError:
            raise CommandError(f"{file} is no UTF-8 text") from None


def _listed() -> str:
    return f"{', '.join(_SUFFIXES[:-1])} or {_SUFFIXES[-1]}"


def _parsed(file: str, text: str) -> Iterator[object]:
    """The JSON values of a file: one, or one a line."""
    if not file.lower().endswith(_LINES):
        yield _value(file, text, 0)
        return
    for number, line in enumerate(text.splitlines()):
        if line.strip():
            yield _value(file, line, number)


def _value(file: str, text: str, above: int) -> object:
    try:
        return json.loads(text, parse_float=Decimal, parse_constant=_no_number)
    except json.JSONDecodeError as error:
        place = f"{file}:{error.lineno + above}:{error.colno}"
        raise CommandError(f"{place}: this is no JSON: {error.msg}") from None
    except ValueError as error:
        raise CommandError(f"{file}: this is no JSON: {error}") from None
    except RecursionError:
        raise CommandError(f"{file}: values are nested too deeply") from None


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number of JSON")


def _below(file: str, body: object, at: str | None) -> object:
    """The part of a reply that is meant."""
    for key in at.split(".") if at else ():
        if not isinstance(body, Mapping) or key not in body:
            raise CommandError(f"{file} has nothing at {at!r}")
        body = body[key]
    return body


def _rows(body: object) -> Sequence[object]:
    return body if isinstance(body, list) else (body,)
