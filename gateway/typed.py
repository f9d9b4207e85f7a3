"""Rows of JSON decoded as what a selection reads of them, and nothing else.

In charge of when that is done: whatever a form does not fit, or may be judged in
another way than by the reader of whole answers, is left to that reader. What a row
looks like is decided where operations are compiled. Must never hold a row longer than
the reply that it came with.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping, Sequence

from gateway.values import StepId

Decode = Callable[[bytes], Sequence[object]]

_REST = 50
"""Answers that a form is not tried for after one that it did not fit: a source that
spells its numbers or ids in another way mostly does so the next time, too."""
_MOST_DIGITS = b"0" * 200
_EXPONENT = b"e000"
_LARGE = re.compile(rb"e0{3,} ")
_NUMBERS = bytes.maketrans(b"123456789+E\t\n\r,]}", b"0000000000e      ")
_DEEPEST = 1_000
_BOUNDS_DEPTH = sys.version_info < (3, 12)


class Form:
    """How one selection reads rows: as no more than its fields, held to their types.

    ``whole`` decodes rows that have these fields and no others, ``parts`` passes over
    others; both raise where something does not fit. ``write`` spells rows as JSON.
    """

    __slots__ = ("_parts", "_resting", "_whole", "write")

    def __init__(
        self, whole: Decode, parts: Decode, write: Callable[[object], bytes]
    ) -> None:
        self._whole: Decode | None = whole
        self._parts = parts
        self.write = write
        self._resting = 0

    def read(self, content: bytes) -> Sequence[object] | None:
        """The rows; None where whoever reads whole answers has to judge."""
        if self._resting:
            self._resting -= 1
            return None
        rows = self.decoded(content)
        if rows is None:
            self._resting = _REST
        return rows

    def decoded(self, content: bytes) -> Sequence[object] | None:
        """The same, whatever came before."""
        # Of any error the reader of whole answers says what it means, if anything.
        if self._whole is not None:
            try:
                return self._whole(content)
            except Exception:  # noqa: BLE001, S110 - as above
                pass
        try:
            rows = self._parts(content)
        except Exception:  # noqa: BLE001 - as above
            return None
        if not is_judged_alike(content, len(rows)):
            return None
        self._whole = None  # its rows have more fields than are read
        return rows


NO_FORMS: Mapping[StepId, Form] = {}


class TypedRows:
    """A reply's rows in a form. ``values`` reads the reply as everybody else does."""

    __slots__ = ("_plain", "_read", "_rows", "_written", "form")

    def __init__(
        self, form: Form, rows: Sequence[object], values: Callable[[], object]
    ) -> None:
        self.form = form
        self._rows = rows
        self._read: Callable[[], object] | None = values
        self._plain: object = None
        self._written: bytes | None = None

    def plain(self) -> object:
        """All that the source said, as values; the same ones for all who ask."""
        if self._read is not None:
            self._plain, self._read = self._read(), None
        return self._plain

    def written(self) -> bytes:
        """What is selected of the rows, as JSON."""
        if self._written is None:
            self._written = self.form.write(self._rows)
        return self._written


def is_judged_alike(content: bytes, rows: int) -> bool:
    """Whether what was passed over is JSON to every reader. See Note [passed over]."""
    if not content.isascii():
        try:
            content.decode()
        except UnicodeDecodeError:
            return False
    opened = 0 if _BOUNDS_DEPTH else content.count(b"[") + content.count(b"{") - rows
    seen = content.translate(_NUMBERS)
    # `find`, since `in` takes what it is given for a number first, and fails.
    if opened > _DEEPEST or seen.find(_MOST_DIGITS) >= 0:
        return False
    return seen.find(_EXPONENT) < 0 or not _is_large(content, seen)


def _is_large(content: bytes, seen: bytes) -> bool:
    """Whether there is an exponent of three digits, a plus before it being none."""
    if not _LARGE.search(seen):
        return False
    return _LARGE.search(content.translate(_NUMBERS, b"+")) is not None


# Note [passed over]
# msgspec finds the end of what it passes over by JSON's grammar, escapes and lone
# surrogates included, and looks no closer. orjson, which judges all other answers,
# refuses three things besides, and so does this, for a tenth of what decoding costs:
# text that is not UTF-8; numbers that no double holds (three digits of an exponent are
# enough to be suspicious, or 200 of a number); nesting beyond 1,024, which msgspec
# itself ends earlier on Python 3.11 only. Suspicion is enough, since all that follows
# from it is that orjson reads the answer. Where nothing is passed over, all of it was
# decoded, and there is nothing left to judge.
