"""Cursors: a place in a list that comes in pages, as text that a client holds.

In charge of one question: which row comes after this one? A cursor names the page by
what the source itself calls it (an offset, a number, its own cursor) and the row within
it. It belongs to one list, and one that was changed is refused. It is no secret and
grants nothing: all it can change of a call is the one parameter that names the page.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

import orjson

from gateway.values import digest

Mark: TypeAlias = str | int | None
"""What a source calls one of its pages; None: the first, which it does not name."""
_CHECK = 8
_MOST = 2**53
_LONGEST = 8192
_LEAVES = (str, bool, int, float, Decimal)


@dataclass(frozen=True, slots=True)
class Position:
    """A place between two rows: so many rows into the page that has the mark."""

    mark: Mark
    index: int = 0


def cursor_of(position: Position, of: str) -> str:
    """The position as opaque text; ``of`` names the list it belongs to."""
    said = orjson.dumps([position.mark, position.index])
    check = digest(of, said.decode())[:_CHECK].encode()
    return base64.urlsafe_b64encode(check + said).decode().rstrip("=")


def position_of(cursor: object, of: str) -> Position | None:
    """What `cursor_of` made the text of; None where it is no cursor of this list."""
    if not isinstance(cursor, str) or len(cursor) > _LONGEST or not cursor.isascii():
        return None
    try:
        text = base64.b64decode(
            cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True
        )
        mark, index = orjson.loads(text[_CHECK:])
    except (binascii.Error, ValueError, TypeError):
        return None
    if not (_is_mark(mark) and type(index) is int and 0 <= index < _MOST):
        return None
    found = Position(mark, index)
    return found if cursor_of(found, of) == cursor else None


def mark_of(said: object) -> str | None:
    """What names a page in a body, as text: a leaf, or a list of leaves.

    None for anything else: a client holds it, and may make no other body of it.
    """
    leaves = said if isinstance(said, list | tuple) else (said,)
    if not all(each is None or isinstance(each, _LEAVES) for each in leaves):
        return None
    try:
        return orjson.dumps(said, default=_number).decode()
    except (TypeError, ValueError):
        return None


def said_by(mark: Mark) -> object:
    """What `mark_of` made the text of; None where there is none."""
    try:
        return orjson.loads(mark) if isinstance(mark, str) else None
    except ValueError:
        return None


def _number(value: object) -> object:
    """Decimals as their source wrote them."""
    if isinstance(value, Decimal) and value.is_finite():
        return orjson.Fragment(str(value))
    raise TypeError


def _is_mark(mark: object) -> bool:
    if type(mark) is int:
        return 0 <= mark < _MOST
    return mark is None or isinstance(mark, str)
