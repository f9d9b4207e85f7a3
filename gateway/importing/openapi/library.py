"""The files of a description, and what its references lead to.

In charge of reading JSON and YAML, and of following `$ref` within a file and to files
beside it. Must never read what stands elsewhere: no address, no path out of the folder.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias, TypeGuard
from urllib.parse import unquote

from gateway.errors import Problems
from gateway.importing.made import ImportFailure
from gateway.profile.source import Document, read
from gateway.record import Model
from gateway.values import JsonValue

Raw: TypeAlias = Mapping[str, JsonValue]
_MOST_STEPS = 30
"""References that lead to references; more of them are a circle."""


def is_map(value: object) -> TypeGuard[Raw]:
    """Whether it is an object of JSON."""
    return isinstance(value, Mapping)


def text_of(raw: Raw, key: str) -> str:
    """The text under a key; empty where there is none."""
    value = raw.get(key)
    return value if isinstance(value, str) else ""


def map_of(raw: Raw, key: str) -> Raw:
    """The object under a key; empty where there is none."""
    value = raw.get(key)
    return value if is_map(value) else {}


def list_of(raw: Raw, key: str) -> Sequence[JsonValue]:
    """The list under a key; empty where there is none."""
    value = raw.get(key)
    return value if isinstance(value, list) else ()


class Found(Model, frozen=True):
    """A value, the file it stands in, and where: ``#/components/schemas/Pet``.

    ``pointer`` is empty for what no reference leads to.
    """

    raw: JsonValue
    file: str
    pointer: str = ""

    @property
    def name(self) -> str:
        """What a reference to it calls it; empty where none does."""
        if not self.pointer:
            return ""
        last = self.pointer.rpartition("/")[2]
        return _unescaped(last) or Path(self.file).name.partition(".")[0]


@dataclass(slots=True)
class Library:
    """The files of one description; ``main`` is the first of them."""

    main: Path
    _files: dict[str, Raw] = field(default_factory=dict)
    _texts: dict[str, str] = field(default_factory=dict)
    _places: dict[str, Document | None] = field(default_factory=dict)

    def open(self) -> Raw:
        """What the main file says.

        Raises:
            ImportFailure: it cannot be read, or is no map of keys.
        """
        return self._open(str(self.main))

    def place(self, file: str, trail: Sequence[str | int]) -> str:
        """``file:line:column`` of a value; the file alone where that is not known."""
        if file not in self._places:
            self._places[file] = read(self._texts.get(file, ""), file, Problems())
        document = self._places[file]
        return str(document.span(trail, key=True)) if document else file

    def follow(self, raw: JsonValue, file: str) -> Found | None:
        """What a value is, its references followed; None where one leads nowhere."""
        found = Found(raw, file)
        for _ in range(_MOST_STEPS):
            if not is_map(found.raw) or not isinstance(found.raw.get("$ref"), str):
                return found
            target = self._target(text_of(found.raw, "$ref"), found.file)
            if target is None:
                return None
            found = target
        return None

    def _target(self, reference: str, file: str) -> Found | None:
        name, _, pointer = reference.partition("#")
        if "://" in name:
            return None
        other = file
        if name:
            path = (Path(file).parent / unquote(name)).resolve()
            if not path.is_relative_to(self.main.resolve().parent):
                return None
            other = str(path)
        try:
            value: JsonValue = self._open(other)
        except ImportFailure:
            return None
        for part in pointer.split("/")[1:]:
            key = _unescaped(part)
            if is_map(value) and key in value:
                value = value[key]
            elif isinstance(value, list) and key.isdigit() and int(key) < len(value):
                value = value[int(key)]
            else:
                return None
        return Found(value, other, f"#{pointer}")

    def _open(self, file: str) -> Raw:
        if file not in self._files:
            text = _text(Path(file))
            self._texts[file] = text
            self._files[file] = _parsed(text, file)
        return self._files[file]


def _unescaped(part: str) -> str:
    return unquote(part).replace("~1", "/").replace("~0", "~")


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise ImportFailure(str(path), "this is no UTF-8 text") from None
    except OSError as error:
        raise ImportFailure(str(path), error.strerror or "cannot be read") from None


def _parsed(text: str, file: str) -> Raw:
    """JSON where the text starts like it, else YAML."""
    if text.lstrip().startswith(("{", "[")):
        return _json(text, file)
    problems = Problems()
    document = read(text, file, problems)
    if document is None or problems.errors:
        first = problems.errors[0]
        raise ImportFailure(str(first.span), first.message, first.hint)
    return document.data


def _json(text: str, file: str) -> Raw:
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        place = f"{file}:{error.lineno}:{error.colno}"
        raise ImportFailure(place, f"this is no JSON: {error.msg}") from None
    except RecursionError:
        raise ImportFailure(file, "values are nested too deeply") from None
    if not is_map(value):
        raise ImportFailure(f"{file}:1:1", "the file is not a map of keys")
    return value
