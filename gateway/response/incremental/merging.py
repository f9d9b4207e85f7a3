"""What a client makes of payloads: the whole answer, part by part.

Copies what it changes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

from gateway.values import JsonValue, ResponseKey

_Data = Mapping[str, JsonValue] | None


def merged(
    data: _Data, path: Sequence[ResponseKey], patch: JsonValue | Sequence[JsonValue]
) -> _Data:
    """The data with the fields of an object added at a path, or a list's items."""
    return cast("_Data", _at(data, path, patch))


def _at(value: JsonValue, path: Sequence[ResponseKey], patch: object) -> JsonValue:
    if not path:
        return _both(value, patch)
    key, rest = path[0], path[1:]
    if isinstance(value, list) and isinstance(key, int):
        return [*value[:key], _at(value[key], rest, patch), *value[key + 1 :]]
    if isinstance(value, dict) and isinstance(key, str):
        return {**value, key: _at(value.get(key), rest, patch)}
    return value


def _both(value: JsonValue, patch: object) -> JsonValue:
    """Two parts of one object, or of one list, where the second has what follows."""
    if isinstance(value, list) and isinstance(patch, list):
        return [*value, *patch]
    if isinstance(value, dict) and isinstance(patch, dict):
        new = {k: _deep(value[k], v) if k in value else v for k, v in patch.items()}
        return {**value, **new}
    return cast("JsonValue", patch)


def _deep(value: JsonValue, patch: object) -> JsonValue:
    """An object of which more has come; lists here have the same items."""
    if isinstance(value, list) and isinstance(patch, list):
        return [_deep(a, b) for a, b in zip(value, patch, strict=True)]
    if isinstance(value, dict) and isinstance(patch, dict):
        return _both(value, patch)
    return cast("JsonValue", patch)
