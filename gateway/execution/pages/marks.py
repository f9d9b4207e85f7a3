"""What names a page, by the rules of its list. Pure.

In charge of which marks a list can have: a cursor in a body may be a list, which is
held as its JSON. A client holds marks, and must never make another body of one.
"""

from __future__ import annotations

from decimal import Decimal

import orjson

from gateway.execution.pages.cursors import Mark
from gateway.profile.model import Pages

_LEAVES = (str, bool, int, float, Decimal)
_EXACT = 2**53
"""Below it each whole number is a float of its own."""


def fits(mark: Mark, pages: Pages) -> bool:
    """Whether a list of this kind can have a page of that name."""
    counted = pages.rules.style in ("page", "offset")
    if not is_json(pages):
        return type(mark) is int if counted else True
    return mark is None or (isinstance(mark, str) and mark_of(said_by(mark)) == mark)


def is_json(pages: Pages) -> bool:
    """Whether what names a page is JSON as text: cursors in bodies may be lists."""
    return pages.rules.style == "cursor" and pages.rules.place == "body"


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


def whole_of(value: object) -> int | None:
    """A whole number; None for what is none, or had more digits than a float keeps."""
    if type(value) is int:
        return value
    if not isinstance(value, Decimal | float) or not -_EXACT < value < _EXACT:
        return None
    return int(value) if value == int(value) else None
