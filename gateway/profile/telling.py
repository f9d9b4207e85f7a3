"""A merged profile as people read it: YAML, and the place of every key.

In charge of layout. Must never change a value, nor know what a key means.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

from gateway.profile.source import Document
from gateway.record import Model
from gateway.values import JsonValue


class Line(Model, frozen=True):
    """One key of the merged profile, as YAML, and the place that it is from."""

    text: str
    at: str


def origins_of(tree: Document) -> Iterator[tuple[str, str]]:
    """Each key by its path, in which steps stand under their names, and its place."""
    yield from _origins(tree.data, tree, ())


def _origins(
    value: JsonValue, tree: Document, trail: tuple[str | int, ...]
) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, below in value.items():
            path = (*trail, key)
            yield _path(path, tree), str(tree.span(path, key=True))
            yield from _origins(below, tree, path)
    elif isinstance(value, list | tuple):
        for number, below in enumerate(value):
            yield from _origins(below, tree, (*trail, number))


def _path(trail: Sequence[str | int], tree: Document) -> str:
    words: list[str] = []
    value: JsonValue = tree.data
    for part in trail:
        value = value[part]  # type: ignore[index]
        name = value.get("name") if isinstance(value, Mapping) else None
        is_step = isinstance(part, int) and isinstance(name, str)
        words.append(str(name) if is_step else str(part))
    return ".".join(words)


def lines_of(tree: Document) -> Iterator[Line]:
    """The profile as YAML, each line with the file and line that its key is from."""
    yield from _map(tree.data, tree, (), 0)


def _map(
    data: Mapping[str, JsonValue],
    tree: Document,
    trail: tuple[str | int, ...],
    indent: int,
) -> Iterator[Line]:
    for key, value in data.items():
        path = (*trail, key)
        at = str(tree.span(path, key=True)).rpartition(":")[0]
        head = f"{' ' * indent}{_key(key)}:"
        if isinstance(value, Mapping) and value:
            yield Line(head, at)
            yield from _map(value, tree, path, indent + 2)
        elif _has_maps(value):
            yield Line(head, at)
            assert isinstance(value, Sequence), "it has items"  # noqa: S101
            for number, item in enumerate(value):
                yield from _item(item, tree, (*path, number), indent + 2)
        else:
            yield Line(f"{head} {_scalar(value)}", at)


def _item(
    item: JsonValue, tree: Document, trail: tuple[str | int, ...], indent: int
) -> Iterator[Line]:
    if not isinstance(item, Mapping) or not item:
        at = str(tree.span(trail)).rpartition(":")[0]
        yield Line(f"{' ' * indent}- {_scalar(item)}", at)
        return
    for number, line in enumerate(_map(item, tree, trail, indent + 2)):
        first = f"{' ' * indent}- {line.text.lstrip()}"
        yield Line(line.text if number else first, line.at)


def _has_maps(value: JsonValue) -> bool:
    items = value if isinstance(value, list | tuple) else ()
    return any(isinstance(item, Mapping) for item in items)


def _key(key: str) -> str:
    plain = key.replace("_", "a").replace(".", "a").replace("-", "a")
    return key if plain.isalnum() and not key.isdigit() else json.dumps(key)


def _scalar(value: JsonValue) -> str:
    """A value as JSON, which YAML reads too; words stand without quotes."""
    if isinstance(value, str) and value.replace("_", "a").isalnum():
        plain = value[0].isalpha() and value.lower() not in _WORDS
        return value if plain else json.dumps(value)
    return json.dumps(value, ensure_ascii=False)


_WORDS = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})
