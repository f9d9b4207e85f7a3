"""A GraphQL response → the answer, with what is missing in it told in its place.

In charge of one rule: an error takes away just what it names. Where it names a null of
the data, that null becomes a `PartError`; where nothing is left of the answer, or it
names no place, the call has failed. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from gateway.connectors.acceptance import invalid
from gateway.connectors.graphql.target import (
    REPRESENTATIONS,
    GraphqlTarget,
    parts_of,
)
from gateway.connectors.graphql.telling import SAID, is_errors, refused, told
from gateway.errors import ErrorClass, PartError, UpstreamError
from gateway.wanted import InTurn

_ENTITIES = "_entities"
_Error: TypeAlias = Mapping[str, object]


def answered(
    target: GraphqlTarget, step: str, body: object, inputs: Mapping[str, object]
) -> tuple[object, bool]:
    """The answer in a response, and whether parts of it are missing.

    Raises:
        UpstreamError: rejected, where errors are all that came or name no place in the
            data; invalid, where it is no GraphQL response.
    """
    data, errors = _parts(target, body, inputs)
    unplaced = [
        error
        for error in errors
        if not _place(error, data, lambda one: _part(target, step, one, inputs))
    ]
    if unplaced:
        raise refused(target, unplaced, inputs)
    partial = bool(errors)
    if target.entity is not None:
        rows = _rows(target, step, data, inputs)
        return rows, partial or rows.lacks
    if target.root is None:
        return data, partial
    if target.root not in data:
        raise invalid(f"The source's answer has no {target.root!r}.")
    value = data[target.root]
    if isinstance(value, PartError):
        raise refused(target, errors, inputs)
    return value, partial


def _parts(
    target: GraphqlTarget, body: object, inputs: Mapping[str, object]
) -> tuple[Mapping[str, object], Sequence[_Error]]:
    """The data and the errors of a response that has data."""
    if not isinstance(body, Mapping):
        raise invalid("The source's answer is no GraphQL response.")
    errors, data = body.get("errors") or [], body.get("data")
    if not is_errors(errors):
        raise invalid("The source's answer has errors that are none of GraphQL.")
    if data is None and errors:
        raise refused(target, errors, inputs)
    if data is None:
        raise invalid("The source's answer has neither data nor errors.")
    if not isinstance(data, Mapping):
        raise invalid("The source's answer has data that is no object.")
    return data, errors


def _part(
    target: GraphqlTarget, step: str, error: _Error, inputs: Mapping[str, object]
) -> PartError:
    return PartError(SAID, step, told(target, [error], inputs))


def _place(error: _Error, data: object, part: Callable[[_Error], PartError]) -> bool:
    """Put an error where it names a null; False where it names nothing there is."""
    path = error.get("path")
    if not isinstance(path, list) or not path:
        return False
    holder = data
    for key in path:
        value = _at(holder, key)
        if value is _NOWHERE:
            return False
        if value is None:
            holder[key] = part(error)  # type: ignore[index]
            return True
        if isinstance(value, PartError):
            return True
        holder = value
    return True  # the value is there all the same


_NOWHERE = object()


def _at(holder: object, key: object) -> object:
    if isinstance(holder, dict) and isinstance(key, str):
        return holder.get(key, _NOWHERE)
    in_list = isinstance(holder, list) and isinstance(key, int)
    if in_list and 0 <= key < len(holder):  # type: ignore[operator, arg-type]
        return holder[key]  # type: ignore[index]
    return _NOWHERE


def _rows(
    target: GraphqlTarget,
    step: str,
    data: Mapping[str, object],
    inputs: Mapping[str, object],
) -> InTurn:
    """Each entity with the keys it was asked for by; those that are not there left out.

    One that failed has the failure under every key that is wanted of it; so has one
    that lacks a key, as an object of another type does.
    """
    found, keys = data.get(_ENTITIES), inputs.get(REPRESENTATIONS)
    asked = keys if isinstance(keys, list | tuple) else ()
    if isinstance(found, PartError):
        raise UpstreamError(SAID, kind=ErrorClass.REJECTED, detail=found.detail)
    if not isinstance(found, list) or len(found) != len(asked):
        raise invalid("The source's answer has not as many entities as were asked for.")
    rows = InTurn()
    assert target.entity is not None, "only entities have rows"  # noqa: S101
    for key, row in zip(asked, found, strict=True):
        if isinstance(row, PartError):
            row = dict.fromkeys(target.keys, row)  # noqa: PLW2901 - as it is read
        elif isinstance(row, Mapping):
            lacking = [name for name in target.keys if name not in row]
            rows.lacks = rows.lacks or bool(lacking)
            row = {**row, **{n: _lacking(n, step) for n in lacking}}  # noqa: PLW2901
        elif row is not None:
            raise invalid("The source's answer has an entity that is no object.")
        else:
            continue
        rows.add(key, {**parts_of(target.entity, key), **row})
    return rows


def _lacking(name: str, step: str) -> PartError:
    said = f"an entity of another type, or without {name!r}"
    return PartError("The source's answer lacks a part.", step, said)
