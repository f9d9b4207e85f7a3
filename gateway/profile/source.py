"""YAML text to plain values that remember where they stand. The only door to `yaml`.

In charge of reading strictly: one document, no duplicate keys, no tags, YAML 1.2
scalars, bounded aliases. Whatever is wrong becomes a `Problem` with its place and a
fix, never an exception. Must never know a key of the language.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml

from gateway.errors import Problems
from gateway.profile.syntax import explain
from gateway.profile.tree import (
    COLLECTION,
    DEEPEST,
    FILE_BITS,
    LINE_BITS,
    PLAIN,
    QUOTED,
    TOO_DEEP,
    Place,
    TooMuchError,
    TreeReader,
    packed,
    span_at,
)
from gateway.values import JsonValue, SourceSpan

_SAFE_DEPTH = 4000
"""Levels that the C parser, which recurses, can take without an overflow."""


class _CoreTags:
    """Leaves YAML 1.1's guesses out: a scalar is plain or quoted, nothing more."""

    def resolve(self, kind: type[Any], _value: object, implicit: Any) -> str:
        if kind is not yaml.ScalarNode:
            return COLLECTION
        return PLAIN if implicit[0] else QUOTED

    def descend_resolver(self, _parent: object, _index: object) -> None: ...

    def ascend_resolver(self) -> None: ...

    def check_resolver_prefix(self, *_: object) -> bool:
        return False


class _PurePython(_CoreTags, yaml.SafeLoader):
    """For machines whose PyYAML was built without libyaml."""


_Loader: Any = _PurePython
if yaml.__with_libyaml__:

    class _Libyaml(_CoreTags, yaml.CSafeLoader):
        """Ten times as fast."""

    _Loader = _Libyaml


@dataclass(frozen=True, slots=True)
class Document:
    """One YAML file: plain values, and the place of each.

    Keys are the text of the YAML key (``404:`` is ``"404"``). ``data`` may share
    values between places (aliases): read it, never change it. Where it was layered of
    several files, ``layers`` has them, the lowest first, and ``file`` is the uppermost.
    """

    file: str
    data: Mapping[str, JsonValue]
    places: Place = field(repr=False, compare=False)
    spoiled: frozenset[SourceSpan] = frozenset()
    """Where a value could not be read and stands as null; reported already."""
    text: str = field(default="", repr=False, compare=False)
    layers: tuple[Document, ...] = field(default=(), repr=False, compare=False)

    def text_of(self, file: str) -> str:
        """The text of one of the files that this was made of."""
        found = (layer.text for layer in self.layers if layer.file == file)
        return next(found, self.text)

    def span(self, trail: Sequence[str | int], *, key: bool = False) -> SourceSpan:
        """The place of the value (or of its key) at a trail of keys and indices.

        Where the trail leads nowhere it is the place of the nearest value on it.
        """
        place, key_at = self.places, 0
        for step in trail:
            below = place[1] if isinstance(place, tuple) else None
            if isinstance(below, Mapping) and step in below:
                key_at, place = below[str(step)]
            elif (
                isinstance(below, list)
                and isinstance(step, int)
                and 0 <= step < len(below)
            ):
                place = below[step]
                key_at = 0
            else:
                break
        at = place[0] if isinstance(place, tuple) else place
        found = key_at if key and key_at else at
        layers = self.layers
        file = layers[found >> FILE_BITS].file if layers else self.file
        return span_at(file, found)


def read(text: str, file: str, problems: Problems) -> Document | None:
    """The file's document, or None where it cannot be read as one map of keys.

    Top-level keys that start with ``x-`` are the author's own and are left out;
    anchors in them can be used. Never raises.
    """
    text = text.removeprefix("\ufeff")
    root = _compose(text, file, problems)
    if root is None:
        return None
    if not isinstance(root, yaml.MappingNode):
        problems.add(
            span_at(file, packed(root.start_mark)),
            "the file is not a map of keys",
            hint="start it with a key, such as 'operation: customer360'",
        )
        return None
    reader = TreeReader(text, file, problems)
    try:
        data, place = reader.mapping(root)
    except TooMuchError:
        return None
    kept = {key: value for key, value in data.items() if not key.startswith("x-")}
    if not kept:
        if not reader.spoiled:
            problems.add(
                span_at(file, packed(root.start_mark)), "the file says nothing"
            )
        return None
    return Document(file, kept, place, frozenset(reader.spoiled), text)


def read_data(text: str, file: str, problems: Problems) -> JsonValue:
    """A file of data, which may be a list too; null and problems where it is none."""
    root = _compose(text.removeprefix("\ufeff"), file, problems)
    if root is None:
        return None
    try:
        data: JsonValue = TreeReader(text, file, problems).value(root)[0]
    except TooMuchError:
        return None
    return data


def _compose(text: str, file: str, problems: Problems) -> Any:
    """The root node of the file's only document, or None and a problem."""
    try:
        deep = _too_deep(text)
        root = None if deep else _Loader(text).get_single_node()
    except RecursionError:
        deep, root = 1 << LINE_BITS | 1, None
    except (yaml.YAMLError, UnicodeError) as error:
        explain(error, text, file, problems)
        return None
    if deep is not None:
        problems.add(span_at(file, deep), TOO_DEEP, hint="flatten the file")
    elif root is None or (root.tag == PLAIN and not root.value):
        problems.add(
            SourceSpan(file),
            "the file is empty",
            hint="remove the file to remove what it configured",
        )
        return None
    return root


def _too_deep(text: str) -> int | None:
    """Where nesting would endanger the C parser's stack, or None.

    Each level needs a bracket of its own or an indentation, so that events have to be
    looked at only in files no person writes.
    """
    if text.count("[") + text.count("{") + _indentation(text) <= _SAFE_DEPTH:
        return None
    depth = 0
    loader = _Loader(text)
    while loader.check_event():
        event = loader.get_event()
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > DEEPEST:
                return packed(event.start_mark)
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
    return None


_INDENTED = re.compile(r"^[ \t]*(?:[-?][ \t]+)*", re.MULTILINE)


def _indentation(text: str) -> int:
    """The widest indentation of a line, leading dashes included."""
    return max(map(len, _INDENTED.findall(text)), default=0)
