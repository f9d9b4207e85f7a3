"""``data`` with lists in it whose JSON is written already.

In charge of looking like any other ``data`` to whoever reads it. Must never be read on
the way to a client, which would undo what it is for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import cast

import orjson

from gateway.typed import TypedRows
from gateway.values import JsonValue


class Written(Mapping[str, JsonValue]):
    """The ``data`` of an answer. ``shown`` has `TypedRows` in it, in place of lists."""

    __slots__ = ("_values", "shown")

    def __init__(self, shown: Mapping[str, object]) -> None:
        self.shown = shown
        self._values: Mapping[str, JsonValue] | None = None

    @property
    def values_only(self) -> Mapping[str, JsonValue]:
        """The same as plain values."""
        if self._values is None:
            self._values = cast("Mapping[str, JsonValue]", _plain(self.shown))
        return self._values

    def __getitem__(self, key: str) -> JsonValue:
        return self.values_only[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.shown)

    def __len__(self) -> int:
        return len(self.shown)

    def __eq__(self, other: object) -> bool:
        return self.values_only == other

    __hash__ = None  # type: ignore[assignment]


def _plain(value: object) -> object:
    if isinstance(value, TypedRows):
        return orjson.loads(value.written())
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value
