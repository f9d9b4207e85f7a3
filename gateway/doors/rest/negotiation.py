"""Which media type an answer takes, of those that there are for it.

In charge of ``Accept`` as RFC 9110 reads it: the most specific range decides, then
quality. Pure. Must never fail: what cannot be read is no wish.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import Enum
from typing import NamedTuple

_LONGEST = 8_000
_UTF8 = frozenset({"utf-8", "utf8", "*"})


class Form(Enum):
    """How a value is written. The value is its media type."""

    JSON = "application/json"
    GRAPHQL = "application/graphql-response+json"
    LINES = "application/x-ndjson"
    CSV = "text/csv"


class _Range(NamedTuple):
    kind: str
    quality: float

    def fits(self, form: Form) -> int:
        """How specifically it means the form; 0 where it does not."""
        main = form.value.partition("/")[0]
        return {form.value: 3, f"{main}/*": 2, "*/*": 1}.get(self.kind, 0)


def choose(accept: str | None, offered: Sequence[Form]) -> Form | None:
    """The form that is wanted most, the first of equals; None where none will do."""
    if accept is None or not accept.strip():
        return offered[0]
    ranges = list(_ranges(accept[:_LONGEST]))
    best = max(offered, key=lambda form: _quality(form, ranges))
    return best if _quality(best, ranges) > 0 else None


def _quality(form: Form, ranges: Sequence[_Range]) -> float:
    known = [(one.fits(form), one.quality) for one in ranges]
    return max((one for one in known if one[0]), default=(0, 0.0))[1]


def _ranges(accept: str) -> Iterator[_Range]:
    for part in accept.split(","):
        kind, *rest = (word.strip().lower() for word in part.split(";"))
        given = dict(one.partition("=")[::2] for one in rest)
        charset = given.get("charset", "utf-8").strip('"')
        if kind and charset in _UTF8:
            yield _Range(kind, _number(given.get("q", "1")))


def _number(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        return 0.0
    return number if 0 <= number <= 1 else 0.0
