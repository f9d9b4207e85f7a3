"""Cursors: a place in a list that comes in pages, as text that a client holds.

In charge of one question: which row comes after this one? A cursor names the page by
what the source itself calls it (an offset, a number, its own cursor) and the row within
it. It belongs to one list, and one that was changed is refused. It is no secret and
grants nothing: all it can change of a call is the one parameter that names the page.
"""

from __future__ import annotations

import base64
import binascii
from typing import TypeAlias

import orjson

from gateway.record import Model
from gateway.values import digest

Mark: TypeAlias = str | int | None
"""What a source calls one of its pages; None: the first, which it does not name."""
_CHECK = 8
_MOST = 2**53
_LONGEST = 8192


class Position(Model, frozen=True):
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


def _is_mark(mark: object) -> bool:
    if type(mark) is int:
        return 0 <= mark < _MOST
    return mark is None or isinstance(mark, str)
