"""Keys of batches that can never find their rows.

In charge of what types and select lists tell of `batch.key` and `batch.by`. Must never
refuse what the source alone can decide.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from gateway.connectors.base import StepType
from gateway.errors import did_you_mean
from gateway.profile.document import BatchDocument, StepDocument
from gateway.profile.scope import NameScope, Written
from gateway.record import Model
from gateway.shape import Shapes, TypeRef
from gateway.values import JsonValue

_OWN = re.compile(r"\$\{\s*self\.([A-Za-z_]\w*)\s*\}")
_MAP = re.compile(r"\$\{\s*\{(.*)\}\s*\}", re.DOTALL)
_PART = re.compile(r"""(['"])(\w+)\1\s*:\s*(?:self\.([A-Za-z_]\w*)\s*(?=,|$))?""")


class Keyed(Model, frozen=True):
    """A batch and what is known of both ends.

    ``type`` is the parents', of which the step gives ``fields``; ``columns`` are all
    that a row has, None where they are not known; ``row`` is a row's type.
    """

    type: str
    fields: frozenset[str]
    columns: tuple[str, ...] | None
    row: TypeRef | None


class KeyCheck(Model, frozen=True):
    """Holds a batch's keys to what is known. ``written`` is the batch."""

    shapes: Shapes
    scope: NameScope
    written: Written

    def check(self, batch: BatchDocument, keyed: Keyed) -> None:
        parts = _parts(batch.key)
        self._parts(batch, parts)
        for name in sorted(filter(None, parts.values())):
            if name not in keyed.fields:
                self._key(name, keyed.type)
        for column in _columns(batch.by):
            self._by(column, keyed)

    def _parts(self, batch: BatchDocument, parts: Mapping[str, str | None]) -> None:
        """Both ends of a composite key have the same parts."""
        if "" in parts:
            return  # one value, or whatever an expression makes
        if isinstance(batch.by, str):
            self._add(
                ("by",),
                f"the key has the parts {', '.join(parts)}, and a row only one",
                f"write a map: {{ column: {next(iter(parts), 'part')} }}",
            )
        if not isinstance(batch.by, Mapping):
            return
        for part in batch.by.values():
            if part not in parts:
                near = did_you_mean(part, parts) or f"its parts are {', '.join(parts)}"
                self._add(("by",), f"'batch.key' has no part {part!r}", near)
        for part in parts:
            if part not in batch.by.values():
                self._add(
                    ("by",),
                    f"no key of a row stands for the part {part!r}",
                    f"add it: {{ column: {part} }}",
                )

    def _key(self, name: str, type_: str) -> None:
        """A field of the parent that is a key has one plain value."""
        what = self._no_key(self.shapes.field_type(type_, name))
        if what is not None:
            self._add(
                ("key",),
                f"{type_}.{name} is {what}, and a key is one plain value",
                f"read a field of it: self.{name}.id"
                if what == "an object"
                else "read a field that tells the objects apart",
            )

    def _by(self, column: str, keyed: Keyed) -> None:
        if keyed.columns is not None and column not in keyed.columns:
            near = did_you_mean(column, keyed.columns)
            self._add(
                ("by",),
                f"the rows have no {column!r}, so none would be found",
                near or f"they have {', '.join(keyed.columns)}",
            )
        elif keyed.row is not None:
            what = self._no_key(self.shapes.field_type(keyed.row.name, column))
            if what is not None:
                self.scope.problems.warn(
                    self.written.span(("by",)),
                    f"{keyed.row.name}.{column} is {what}, and keys join as text",
                    hint="name the key of a row that says whose it is",
                )

    def _no_key(self, type_: TypeRef) -> str | None:
        """What makes a type none of a key; None where it is fit."""
        if type_.is_list:
            return "a list"
        shape = self.shapes.get(type_.name)
        if shape is not None and shape.composite:
            return "an object"
        return "true or false" if type_.name == "Boolean" else None

    def _add(self, below: tuple[str, ...], message: str, hint: str) -> None:
        self.scope.problems.add(self.written.span(below), message, hint=hint)


def _columns(by: str | Mapping[str, str] | None) -> Iterator[str]:
    if isinstance(by, str):
        yield by
    elif by is not None:
        yield from by


def _parts(key: JsonValue) -> dict[str, str | None]:
    """The parts of a key, each with the field of ``self`` that it merely is.

    A key of one value is the part without a name, and so is what is not known.
    """
    if isinstance(key, Mapping):
        return {name: _field(value) for name, value in key.items()}
    found = _MAP.fullmatch(key.strip()) if isinstance(key, str) else None
    if found is None or "{" in found[1]:
        return {"": _field(key)}
    return {part[1]: part[2] or None for part in _PART.findall(found[1])}


def _field(value: JsonValue) -> str | None:
    found = _OWN.fullmatch(value.strip()) if isinstance(value, str) else None
    return found[1] if found else None


def known_columns(
    document: StepDocument, step_type: StepType[Any]
) -> tuple[str, ...] | None:
    """All that a row has; None where more is possible."""
    made = step_type.shape(document) if document.select is None else None
    return tuple(field.name for field in made) if made else None
