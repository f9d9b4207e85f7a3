"""YAML text to plain values that remember where they stand. The only door to `yaml`.

In charge of reading strictly: one document, no duplicate keys, no tags, YAML 1.2
scalars, bounded aliases. Whatever is wrong becomes a `Problem` with its place and a
fix, never an exception. Must never know a key of the language.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import yaml

from gateway.errors import Problems
from gateway.profile.scalars import scalar
from gateway.profile.spoiled import covers, requoted, truncated
from gateway.profile.syntax import explain
from gateway.values import JsonValue, SourceSpan

_LINE_BITS = 20
_PLAIN = "?"
_QUOTED = "quoted"
_COLLECTION = "collection"
_DEEPEST = 100
_TOO_DEEP = f"values are nested more than {_DEEPEST} levels deep"
_SAFE_DEPTH = 4000
"""Levels that the C parser, which recurses, can take without an overflow."""
_MOST_COPIED = 50_000
"""Values that aliases may add to a file; keeps an alias bomb from going off."""

Place: TypeAlias = (
    "int | tuple[int, Mapping[str, tuple[int, Place]]] | tuple[int, Sequence[Place]]"
)
"""Where a value stands: a packed line and column, and the places below it."""


class _CoreTags:
    """Leaves YAML 1.1's guesses out: a scalar is plain or quoted, nothing more."""

    def resolve(self, kind: type[Any], _value: object, implicit: Any) -> str:
        if kind is not yaml.ScalarNode:
            return _COLLECTION
        return _PLAIN if implicit[0] else _QUOTED

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
    values between places (aliases): read it, never change it.
    """

    file: str
    data: Mapping[str, JsonValue]
    places: Place = field(repr=False, compare=False)
    spoiled: frozenset[SourceSpan] = frozenset()
    """Where a value could not be read and stands as null; reported already."""
    text: str = field(default="", repr=False, compare=False)

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
        return _span(self.file, key_at if key and key_at else at)


def _span(file: str, at: int) -> SourceSpan:
    return SourceSpan(file, at >> _LINE_BITS, at & ((1 << _LINE_BITS) - 1))


def _at(mark: Any) -> int:
    line: int = mark.line + 1
    column: int = min(mark.column + 1, (1 << _LINE_BITS) - 1)
    return line << _LINE_BITS | column


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
            _span(file, _at(root.start_mark)),
            "the file is not a map of keys",
            hint="start it with a key, such as 'operation: customer360'",
        )
        return None
    reader = _Reader(text, file, problems)
    try:
        data, place = reader.mapping(root)
    except _TooMuchError:
        return None
    kept = {key: value for key, value in data.items() if not key.startswith("x-")}
    if not kept:
        if not reader.spoiled:
            problems.add(_span(file, _at(root.start_mark)), "the file says nothing")
        return None
    return Document(file, kept, place, frozenset(reader.spoiled), text)


def _compose(text: str, file: str, problems: Problems) -> Any:
    """The root node of the file's only document, or None and a problem."""
    try:
        deep = _too_deep(text)
        root = None if deep else _Loader(text).get_single_node()
    except RecursionError:
        deep, root = 1 << _LINE_BITS | 1, None
    except (yaml.YAMLError, UnicodeError) as error:
        explain(error, text, file, problems)
        return None
    if deep is not None:
        problems.add(_span(file, deep), _TOO_DEEP, hint="flatten the file")
    elif root is None or (root.tag == _PLAIN and not root.value):
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
            if depth > _DEEPEST:
                return _at(event.start_mark)
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
    return None


_INDENTED = re.compile(r"^[ \t]*(?:[-?][ \t]+)*", re.MULTILINE)


def _indentation(text: str) -> int:
    """The widest indentation of a line, leading dashes included."""
    return max(map(len, _INDENTED.findall(text)), default=0)


class _TooMuchError(Exception):
    """The aliases of this file were followed far enough."""


class _Reader:
    """Turns nodes into values and places; ``spoiled`` is where it could not."""

    def __init__(self, text: str, file: str, problems: Problems) -> None:
        self.file = file
        self.problems = problems
        self.spoiled: set[SourceSpan] = set()
        self._text = text
        self._bangs = "! " in text
        self._comments = " #" in text or "\t#" in text
        self._lines: list[str] | None = None
        self._known: dict[int, tuple[Any, Any, int]] = {}
        self._open: set[int] = set()
        self._count = 0
        self._copied = 0

    def value(self, node: Any) -> tuple[Any, Any]:
        if isinstance(node, yaml.ScalarNode):
            self._count += 1
            return self.scalar(node), _at(node.start_mark)
        if isinstance(node, yaml.MappingNode):
            return self.mapping(node)
        return self.sequence(node)

    def scalar(self, node: Any) -> JsonValue:
        tag = node.tag
        if tag == _QUOTED and node.style:
            return str(node.value)
        if tag != _PLAIN:
            return self._tagged(node)
        if self._bangs and self._line(node.start_mark)[node.start_mark.column] == "!":
            return self._tagged(node)
        if self._comments:
            self._check_comment(node)
        return scalar(node.value)

    def mapping(self, node: Any) -> tuple[dict[str, Any], Any]:
        seen = self._enter(node)
        if seen is not None:
            return seen
        before = self._count
        data: dict[str, Any] = {}
        places: dict[str, tuple[int, Place]] = {}
        merged: list[Any] = []
        for key_node, value_node in node.value:
            key = self._key(key_node)
            if key is None:
                continue
            if key == "<<" and key_node.tag == _PLAIN:
                merged.append(value_node)
                self._once(key, key_node, data if len(merged) < 2 else {key})  # noqa: PLR2004
                continue
            self._once(key, key_node, data)
            if node.flow_style and not value_node.value:
                self._check_braces(node, key_node, value_node)
            value, place = self.value(value_node)
            if key not in data:
                data[key] = value
                places[key] = (_at(key_node.start_mark), place)
        for other in merged:
            self._merge(other, data, places)
        return self._leave(node, data, (_at(node.start_mark), places), before)

    def sequence(self, node: Any) -> tuple[list[Any], Any]:
        seen = self._enter(node)
        if seen is not None:
            return seen
        before = self._count
        data: list[Any] = []
        places: list[Place] = []
        for item in node.value:
            value, place = self.value(item)
            data.append(value)
            places.append(place)
        return self._leave(node, data, (_at(node.start_mark), places), before)

    def _enter(self, node: Any) -> tuple[Any, Any] | None:
        """The value of a node met before (an alias), or None."""
        self._count += 1
        if node.tag != _COLLECTION:
            self._tagged(node)
        if id(node) in self._open:
            self.problems.add(
                _span(self.file, _at(node.start_mark)),
                "this value contains an alias of itself",
                hint="remove the alias",
            )
            raise _TooMuchError
        known = self._known.get(id(node))
        if known is None:
            self._open.add(id(node))
            if len(self._open) > _DEEPEST:
                at = _span(self.file, _at(node.start_mark))
                self.problems.add(at, _TOO_DEEP, hint="flatten the file")
                raise _TooMuchError
            return None
        self._count += known[2]
        self._copied += known[2]
        if self._copied > _MOST_COPIED:
            self.problems.add(
                _span(self.file, _at(node.start_mark)),
                f"aliases of this value add more than {_MOST_COPIED} values",
                hint="write fewer aliases inside aliases",
            )
            raise _TooMuchError
        return known[0], known[1]

    def _leave(self, node: Any, data: Any, place: Any, before: int) -> tuple[Any, Any]:
        self._open.discard(id(node))
        self._known[id(node)] = (data, place, self._count - before + 1)
        return data, place

    def _key(self, node: Any) -> str | None:
        """A key's text; what is no plain text is reported."""
        if not isinstance(node, yaml.ScalarNode):
            self._problem(node, "a key must be text", "put it in quotes")
            return None
        if node.tag not in {_PLAIN, _QUOTED}:
            self._tagged(node)
            return None
        key = str(node.value)
        if node.tag == _PLAIN and " ? " in key:
            self._problem(
                node, "YAML takes the ':' in this expression for the end of a key"
            )
            return None
        return key

    def _once(self, key: str, node: Any, known: Any) -> None:
        if key not in known:
            return
        hint = "merge several maps as '<<: [*a, *b]'" if key == "<<" else None
        self.problems.add(
            _span(self.file, _at(node.start_mark)),
            f"the key {key!r} is written twice in one map",
            hint=hint or "remove one of them, or merge the two",
        )

    def _merge(self, node: Any, data: dict[str, Any], places: dict[str, Any]) -> None:
        """Take what ``<<`` brings, where the map has no key of that name yet."""
        several = isinstance(node, yaml.SequenceNode)
        for each in node.value if several else [node]:
            if not isinstance(each, yaml.MappingNode):
                self.problems.add(
                    _span(self.file, _at(each.start_mark)),
                    "'<<' merges maps, and this is none",
                    hint="name the anchor of a map: '<<: *defaults'",
                )
                continue
            other, place = self.mapping(each)
            for key, value in other.items():
                if key not in data:
                    data[key] = value
                    places[key] = place[1][key]

    def _tagged(self, node: Any) -> JsonValue:
        self._problem(
            node,
            "YAML takes a value that starts with '!' for a tag",
            "put the value in quotes",
        )
        return None

    def _problem(self, node: Any, message: str, hint: str | None = None) -> None:
        """A problem whose fix is the line with the value in quotes."""
        span = _span(self.file, _at(node.start_mark))
        self.spoiled.add(span)
        line = self._line(node.start_mark)
        fixed = requoted(line, covers(node.start_mark.column))
        self.problems.add(
            span,
            message,
            hint=f"write {fixed[1]}" if fixed else hint,
        )

    def _check_braces(self, node: Any, key: Any, value: Any) -> None:
        """``{id}`` is a map to YAML; nobody means one with a key and nothing else."""
        between = value.start_mark.column - key.end_mark.column
        if between or len(node.value) != 1 or value.tag != _PLAIN:
            return
        if value.start_mark.line == key.end_mark.line:
            self._problem(node, "YAML takes a value that starts with '{' for a map")

    def _check_comment(self, node: Any) -> None:
        line = self._line(node.end_mark)
        rest = line[node.end_mark.column :]
        if rest.lstrip().startswith("#") and truncated(node.value, rest):
            self._problem(
                node, "YAML takes the rest of this value, from '#', for a comment"
            )

    def _line(self, mark: Any) -> str:
        if self._lines is None:
            self._lines = re.split("\r\n|[\r\n\x85\u2028\u2029]", self._text)
        line = self._lines[mark.line] if mark.line < len(self._lines) else ""
        return line if len(line) > mark.column else line.ljust(mark.column + 1)
