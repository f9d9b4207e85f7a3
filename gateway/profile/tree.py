"""A YAML file's nodes to plain values and their places, each checked on the way.

In charge of duplicate keys, merges, aliases and scalars. Takes nodes as they are, so
that `yaml` keeps its one door; must never know a key of the language.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from gateway.errors import Problems
from gateway.profile.scalars import scalar
from gateway.profile.spoiled import covers, requoted, truncated
from gateway.values import JsonValue, SourceSpan

LINE_BITS = 20
FILE_BITS = 48
"""Above them a place says which of several files it is in; see `layering`."""
PLAIN = "?"
QUOTED = "quoted"
COLLECTION = "collection"
"""What a node without a tag is: the tags that `source` resolves to."""
DEEPEST = 100
TOO_DEEP = f"values are nested more than {DEEPEST} levels deep"
_MOST_COPIED = 50_000
"""Values that aliases may add to a file; keeps an alias bomb from going off."""

Place: TypeAlias = (
    "int | tuple[int, Mapping[str, tuple[int, Place]]] | tuple[int, Sequence[Place]]"
)
"""Where a value stands: a packed line and column, and the places below it."""


def span_at(file: str, at: int) -> SourceSpan:
    line = (at & ((1 << FILE_BITS) - 1)) >> LINE_BITS
    return SourceSpan(file, line, at & ((1 << LINE_BITS) - 1))


def packed(mark: Any) -> int:
    line: int = mark.line + 1
    column: int = min(mark.column + 1, (1 << LINE_BITS) - 1)
    return line << LINE_BITS | column


_BREAK = re.compile("\r\n|[\r\n\x85\u2028\u2029]")
_HASH = re.compile("[ \t]#")


class TooMuchError(Exception):
    """The aliases of this file were followed far enough."""


class TreeReader:
    """Turns nodes into values and places; ``spoiled`` is where it could not."""

    def __init__(self, text: str, file: str, problems: Problems) -> None:
        self.file = file
        self.problems = problems
        self.spoiled: set[SourceSpan] = set()
        self._bangs = "! " in text
        self._lines = _BREAK.split(text)
        self._comments = {n for n, line in enumerate(self._lines) if _HASH.search(line)}
        self._known: dict[int, tuple[Any, Any, int]] = {}
        self._open: set[int] = set()
        self._count = 0
        self._copied = 0

    def value(self, node: Any) -> tuple[Any, Any]:
        if node.id == "scalar":
            self._count += 1
            return self.scalar(node), packed(node.start_mark)
        if node.id == "mapping":
            return self.mapping(node)
        return self.sequence(node)

    def scalar(self, node: Any) -> JsonValue:
        tag = node.tag
        if tag == QUOTED and node.style:
            return str(node.value)
        if tag != PLAIN:
            return self._tagged(node)
        if self._bangs and self._line(node.start_mark)[node.start_mark.column] == "!":
            return self._tagged(node)
        if self._comments and node.end_mark.line in self._comments:
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
            if key == "<<" and key_node.tag == PLAIN:
                merged.append(value_node)
                self._once(key, key_node, data if len(merged) < 2 else {key})  # noqa: PLR2004
                continue
            self._once(key, key_node, data)
            if node.flow_style and not value_node.value:
                self._check_braces(node, key_node, value_node)
            value, place = self.value(value_node)
            if key not in data:
                data[key] = value
                places[key] = (packed(key_node.start_mark), place)
        for other in merged:
            self._merge(other, data, places)
        return self._leave(node, data, (packed(node.start_mark), places), before)

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
        return self._leave(node, data, (packed(node.start_mark), places), before)

    def _enter(self, node: Any) -> tuple[Any, Any] | None:
        """The value of a node met before (an alias), or None."""
        self._count += 1
        if node.tag != COLLECTION:
            self._tagged(node)
        if id(node) in self._open:
            self.problems.add(
                span_at(self.file, packed(node.start_mark)),
                "this value contains an alias of itself",
                hint="remove the alias",
            )
            raise TooMuchError
        known = self._known.get(id(node))
        if known is None:
            self._open.add(id(node))
            if len(self._open) > DEEPEST:
                at = span_at(self.file, packed(node.start_mark))
                self.problems.add(at, TOO_DEEP, hint="flatten the file")
                raise TooMuchError
            return None
        self._count += known[2]
        self._copied += known[2]
        if self._copied > _MOST_COPIED:
            self.problems.add(
                span_at(self.file, packed(node.start_mark)),
                f"aliases of this value add more than {_MOST_COPIED} values",
                hint="write fewer aliases inside aliases",
            )
            raise TooMuchError
        return known[0], known[1]

    def _leave(self, node: Any, data: Any, place: Any, before: int) -> tuple[Any, Any]:
        self._open.discard(id(node))
        self._known[id(node)] = (data, place, self._count - before + 1)
        return data, place

    def _key(self, node: Any) -> str | None:
        """A key's text; what is no plain text is reported."""
        if node.id != "scalar":
            self._problem(node, "a key must be text", "put it in quotes")
            return None
        if node.tag not in {PLAIN, QUOTED}:
            self._tagged(node)
            return None
        key = str(node.value)
        if node.tag == PLAIN and " ? " in key:
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
            span_at(self.file, packed(node.start_mark)),
            f"the key {key!r} is written twice in one map",
            hint=hint or "remove one of them, or merge the two",
        )

    def _merge(self, node: Any, data: dict[str, Any], places: dict[str, Any]) -> None:
        """Take what ``<<`` brings, where the map has no key of that name yet."""
        several = node.id == "sequence"
        for each in node.value if several else [node]:
            if each.id != "mapping":
                self.problems.add(
                    span_at(self.file, packed(each.start_mark)),
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
        span = span_at(self.file, packed(node.start_mark))
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
        if between or len(node.value) != 1 or value.tag != PLAIN:
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
        line = self._lines[mark.line] if mark.line < len(self._lines) else ""
        return line if len(line) > mark.column else line.ljust(mark.column + 1)
