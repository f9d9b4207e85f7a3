"""A batch's reply → the rows of each key, joined by value.

Decides whose row is whose, by text and never by position. Must never wait, and must
never let one key's rows say anything of another's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from itertools import repeat
from operator import itemgetter
from typing import Any

from gateway.errors import Code, PartError
from gateway.execution.calls.asked import KeyText, Outcomes
from gateway.execution.calls.keyed import plain_text
from gateway.execution.model import Failed, Failure, Ok, Provenance, StepResult
from gateway.held import Fields
from gateway.profile.model import Batch
from gateway.values import canonical
from gateway.wanted import InTurn

Rows = Mapping[KeyText, Sequence[object]]
_OBJECT, _TEXT = frozenset({dict}), frozenset({str})
_LONGEST = 40
"""Digits up to which a number is written out, so that no exponent fills memory."""


def key_text(key: object) -> KeyText:
    """A key as text: ``1``, ``1.0`` and ``"1"`` are one key, as sources mix them."""
    if isinstance(key, Mapping):
        return canonical({name: _text(part) for name, part in key.items()}).decode()
    return _text(key)


def _text(part: object) -> str:
    """Equal numbers have one text, whatever a database or JSON made of them."""
    if not isinstance(part, float | Decimal):
        return plain_text(part)
    number = Decimal(repr(part)) if isinstance(part, float) else part
    if not number.is_finite() or abs(number.adjusted()) > _LONGEST:
        return str(part)
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def rows_by_key(value: object, batch: Batch) -> Rows | Failed:
    """A reply's rows by the key they belong to; a map without ``by`` has them as is."""
    found: dict[KeyText, list[object]] = {}
    if value is None:
        return found
    if batch.by is None and isinstance(value, Mapping):
        return {
            key_text(key): rows if isinstance(rows, list) and batch.many else [rows]
            for key, rows in value.items()
            if rows is not None
        }
    if isinstance(value, InTurn):
        for key, row in zip(value.keys, value, strict=True):
            found.setdefault(key_text(key), []).append(row)
        return found
    if batch.by is None or not isinstance(value, list | tuple):
        message = "The source's answer is no list of rows with a key."
        return Failed(Failure(Code.UPSTREAM_INVALID, message, attempts=1))
    for row in value:
        key = _row_key(row, batch.by) if isinstance(row, Mapping) else None
        if key is not None:
            found.setdefault(key, []).append(row)
    return found


def founds(
    keys: Iterable[KeyText], rows: Rows, batch: Batch, provenance: Provenance
) -> dict[KeyText, StepResult]:
    """What each of the keys comes to."""
    return {text: outcome_of(rows.get(text), batch, provenance) for text in keys}


def founds_by_text(
    keys: Iterable[KeyText], result: StepResult, batch: Batch
) -> Outcomes | None:
    """The same in a few steps, where all rows say by a text whose they are.

    None where they do not, or a key may have several rows.
    """
    rows = result.value if isinstance(result, Ok) else None
    if batch.many or batch.by.__class__ is not str or rows.__class__ is not list:
        return None
    texts = texts_at(rows, batch.by)
    if texts is None or not isinstance(result, Ok):
        return None
    texts.reverse()  # of several rows of a key the first counts
    first = dict(zip(texts, reversed(rows), strict=True))
    came = map(Ok, first.values(), repeat(result.provenance))
    found: dict[KeyText, StepResult] = dict(zip(first, came, strict=True))
    missing = set(keys) - found.keys()
    if missing:
        found.update(founds(missing, {}, batch, result.provenance))
    return found


def texts_at(rows: Sequence[Any], key: str) -> list[str] | None:
    """A key of all rows; None unless all are maps that have a text there."""
    if not _OBJECT.issuperset(map(type, rows)):
        return None
    try:
        found = list(map(itemgetter(key), rows))
    except KeyError:
        return None
    return found if _TEXT.issuperset(map(type, found)) else None


def outcome_of(rows: object, batch: Batch, provenance: Provenance) -> StepResult:
    """What a key comes to that has these rows; of several for one the first counts."""
    if isinstance(rows, list | tuple) and rows:
        return Ok(list(rows) if batch.many else rows[0], provenance)
    if batch.strict:
        message = "The source has no answer for this key."
        return Failed(Failure(Code.UPSTREAM_MISSING, message, attempts=1))
    return Ok([] if batch.many else None, provenance)


def _row_key(row: Mapping[str, object], by: str | Mapping[str, str]) -> KeyText | None:
    """Whose row it is; None where it does not say: nobody asks for null."""
    if isinstance(by, str):
        key = row.get(by)
        return None if key is None else key_text(key)
    parts = {part: row.get(column) for column, part in by.items()}
    return None if None in parts.values() else key_text(parts)


def lacks(part: object, fields: Fields) -> bool:
    """Whether a part of a key is null, or something that is needed of it is."""
    if part is None:
        return True
    if not fields:
        return False
    if not isinstance(part, Mapping):
        return True
    return any(lacks(part.get(name), below) for name, below in fields.items())


def is_plain(part: object, fields: Fields) -> bool:
    """Whether a part of a key is what a key is made of: no list, nothing below a leaf.

    Another would spoil the call for all the other keys of it.
    """
    if not fields:
        return not isinstance(part, Mapping | list | tuple)
    whole = part if isinstance(part, Mapping) else {}
    return all(is_plain(whole.get(name), below) for name, below in fields.items())


def is_spoiled(part: object) -> bool:
    """Whether something that a source failed to give stands in a key."""
    if isinstance(part, Mapping):
        return any(map(is_spoiled, part.values()))
    if isinstance(part, list | tuple):
        return any(map(is_spoiled, part))
    return isinstance(part, PartError)
