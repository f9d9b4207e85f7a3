"""Two answers to one request, held against each other field by field. Pure.

In charge of what differs, where, and what it was before and after: of values, of
order, and of errors. Must never judge whether a difference matters.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import NamedTuple

from gateway.values import JsonValue, canonical

Place = tuple[str | int, ...]
"""Response keys and indices from the answer's root."""


class Differs(StrEnum):
    """How an answer differs at a place.

    ORDER: a list has the same items in another order. ERROR: ``before`` and ``after``
    are codes, null where there was none.
    """

    VALUE = "value"
    GONE = "gone"
    NEW = "new"
    ORDER = "order"
    ERROR = "error"


class Difference(NamedTuple):
    """One place where two answers differ."""

    how: Differs
    place: Place
    before: JsonValue
    after: JsonValue

    @property
    def path(self) -> str:
        """The place without indices: ``customer.accounts[].name``."""
        return pattern_of(self.place)


def pattern_of(place: Place) -> str:
    """A place as text, the same for all items of a list; ``(answer)`` is the root."""
    text = ""
    for key in place:
        text += "[]" if isinstance(key, int) else f".{key}"
    return text.removeprefix(".") or "(answer)"


def is_allowed(path: str, allowed: Sequence[str]) -> bool:
    """Whether a path is one of these, or below one; ``*`` stands for anything."""
    plain = path.replace("[]", "")
    return any(
        fnmatchcase(plain, one) or fnmatchcase(plain, f"{one}.*")
        for one in (each.replace("[]", "") for each in allowed)
    )


def data_differences(
    before: JsonValue, after: JsonValue, place: Place = ()
) -> Iterator[Difference]:
    """Where two values of ``data`` differ: the deepest places, in their order."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        yield from _of_maps(before, after, place)
    elif _is_list(before) and _is_list(after):
        yield from _of_lists(list(before), list(after), place)  # type: ignore[arg-type]
    elif not _same(before, after):
        yield Difference(Differs.VALUE, place, before, after)


def error_differences(
    before: Sequence[Mapping[str, JsonValue]], after: Sequence[Mapping[str, JsonValue]]
) -> Iterator[Difference]:
    """Errors that only one answer has: by path and code, whatever their words.

    Entries are ``{"path": [...], "code": ...}``.
    """
    then, now = Counter(map(_error, before)), Counter(map(_error, after))
    for (place, code), number in sorted((then - now).items(), key=repr):
        others = [key for key in now - then if key[0] == place]
        for _ in range(number):
            new = others.pop() if others else None
            if new is not None:
                now[new] -= 1
            after_code = new[1] if new is not None else None
            yield Difference(Differs.ERROR, place, code, after_code)
    for (place, code), number in sorted((now - then).items(), key=repr):
        for _ in range(number):
            yield Difference(Differs.ERROR, place, None, code)


def _of_maps(
    before: Mapping[str, JsonValue], after: Mapping[str, JsonValue], place: Place
) -> Iterator[Difference]:
    for key in (*before, *(key for key in after if key not in before)):
        here = (*place, key)
        if key not in after:
            yield Difference(Differs.GONE, here, before[key], None)
        elif key not in before:
            yield Difference(Differs.NEW, here, None, after[key])
        else:
            yield from data_differences(before[key], after[key], here)


def _of_lists(
    before: list[JsonValue], after: list[JsonValue], place: Place
) -> Iterator[Difference]:
    if len(before) == len(after) and _reordered(before, after):
        yield Difference(Differs.ORDER, place, before, after)
        return
    for n, (old, new) in enumerate(zip(before, after, strict=False)):
        yield from data_differences(old, new, (*place, n))
    for n in range(len(after), len(before)):
        yield Difference(Differs.GONE, (*place, n), before[n], None)
    for n in range(len(before), len(after)):
        yield Difference(Differs.NEW, (*place, n), None, after[n])


def _reordered(before: list[JsonValue], after: list[JsonValue]) -> bool:
    old, new = list(map(canonical, before)), list(map(canonical, after))
    return old != new and Counter(old) == Counter(new)


def _is_list(value: JsonValue) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _same(before: JsonValue, after: JsonValue) -> bool:
    """Equal as JSON: 1 is 1.0, and neither is true."""
    if isinstance(before, bool) or isinstance(after, bool):
        return before is after
    return before == after


def _error(entry: Mapping[str, JsonValue]) -> tuple[Place, JsonValue]:
    path = entry.get("path")
    keys = path if isinstance(path, list | tuple) else ()
    return tuple(k for k in keys if isinstance(k, str | int)), entry.get("code")
