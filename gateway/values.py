"""The small words every room speaks: JSON values, paths, coordinates, places.

In charge of the vocabulary only. Must never import another module of the gateway.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from math import isfinite
from typing import NamedTuple, TypeAlias

import orjson

JsonValue: TypeAlias = (
    "None | bool | int | float | str | Sequence[JsonValue] | Mapping[str, JsonValue]"
)
"""What JSON can say. Inside the gateway the word for "any value of a source"."""

ResponseKey: TypeAlias = str | int
Path: TypeAlias = tuple[str, ...]
"""Response keys from the operation's root, without list indices."""


class Coordinate(NamedTuple):
    """A field of a type, written ``Account.branch``."""

    type: str
    field: str

    def __str__(self) -> str:
        return f"{self.type}.{self.field}"


class StepId(NamedTuple):
    """One step at one place of the answer.

    ``path`` is the response path without list indices, so that aliases, nested and
    recursive entity steps stay apart.
    """

    path: Path
    step: str

    def __str__(self) -> str:
        return ".".join((*self.path, self.step))


@dataclass(frozen=True, slots=True, order=True)
class SourceSpan:
    """A place in a file a person wrote. Lines and columns count from 1."""

    file: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


NOWHERE = SourceSpan("<gateway>")


def digest(*parts: str | bytes) -> str:
    """A short content digest of the parts, stable over processes (128 bits, hex)."""
    sha = hashlib.blake2b(digest_size=16)
    for part in parts:
        raw = part.encode() if isinstance(part, str) else part
        sha.update(len(raw).to_bytes(8, "big"))
        sha.update(raw)
    return sha.hexdigest()


_CANONICAL = orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS


def canonical(value: object) -> bytes:
    """The value as bytes that are equal exactly where the values are."""
    try:
        made = orjson.dumps(value, default=_marked, option=_CANONICAL)
    except TypeError:  # an integer of more than 64 bits, half a character
        return _slowly(value)
    # orjson has no other word for them, and who sends one must not choose what is
    # kept for null
    return _slowly(value) if b"null" in made and _has_no_number(value) else made


def _slowly(value: object) -> bytes:
    return json.dumps(value, default=_marked_slowly, sort_keys=True).encode()


def _has_no_number(value: object) -> bool:
    """Whether NaN or an infinity is in it."""
    left = [value]
    while left:
        one = left.pop()
        if isinstance(one, float) and not isfinite(one):
            return True
        if isinstance(one, Mapping):
            left += one.values()
        elif isinstance(one, list | tuple):
            left += one
    return False


def _marked(value: object) -> orjson.Fragment:
    """Exact values orjson does not know, behind a sign that begins no JSON."""
    return orjson.Fragment(b"@" + orjson.dumps(_told(value)))


def _marked_slowly(value: object) -> Mapping[str, str]:
    """The same as JSON, under half a character: nothing that was read has one."""
    return {"\ud800": _told(value)}


def _told(value: object) -> str:
    if isinstance(value, Decimal | date | timedelta | bytes | frozenset):
        return f"{type(value).__name__} " + str(value)
    raise TypeError(f"{type(value).__name__} is not a value a call can depend on")


class TracedId(str):
    """A request's id that knows the ``trace`` that the request is part of.

    Whoever is told the id can tell the trace, which most requests have none of.
    """

    __slots__ = ("trace",)
    trace: str

    @classmethod
    def of(cls, request_id: str, trace: str) -> TracedId:
        """The id of a request that is part of this trace."""
        made = cls(request_id)
        made.trace = trace
        return made
