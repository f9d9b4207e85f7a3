"""From what generated code raised to what an author can read.

In charge of the message and the place of a run-time error. Must never put a value of
the request into a message: keys and kinds only.
"""

from __future__ import annotations

import re
from types import TracebackType
from typing import Final

from gateway.expression.codegen import FILENAME
from gateway.expression.errors import EvaluationError
from gateway.expression.kinds import Fault, kind

_NO_SUBSCRIPT: Final = re.compile(r"'([\w.]+)' object is not subscriptable")
_KINDS: Final = {
    "NoneType": "null",
    "bool": kind(value=True),
    "int": "int",
    "Uint": "uint",
    "float": "double",
    "Decimal": "double",
    "decimal.Decimal": "double",
    "datetime": "timestamp",
    "datetime.datetime": "timestamp",
    "datetime.date": "date",
    "datetime.timedelta": "duration",
    "CelType": "type",
}
_INDICES: Final = (
    ("list ", "list"),
    ("tuple ", "list"),
    ("string ", "string"),
    ("byte", "bytes"),
)


def evaluation_error(
    error: Exception, text: str, roots: frozenset[str]
) -> EvaluationError | None:
    """The error as authors see it; None where it is a bug of ours."""
    own, deepest = _place(error.__traceback__)
    offset = max(own - 1, 0)
    if isinstance(error, Fault):
        return EvaluationError(str(error), text=text, offset=offset)
    if not deepest:
        return None
    if isinstance(error, KeyError):
        key = str(error.args[0]) if error.args else ""
        return EvaluationError(
            _missing(key, text, offset, roots), text=text, offset=offset
        )
    found = _NO_SUBSCRIPT.search(str(error))
    if found is not None:
        name = _KINDS.get(found[1], found[1])
        return EvaluationError(f"cannot select on {name}", text=text, offset=offset)
    for start, name in _INDICES:
        if str(error).startswith(start):
            return EvaluationError(f"cannot select on {name}", text=text, offset=offset)
    return None


def _missing(key: str, text: str, offset: int, roots: frozenset[str]) -> str:
    if key in roots and text.startswith(key, offset):
        return f"no such name: {key}"
    return f"no such key: {key}"


def _place(traceback: TracebackType | None) -> tuple[int, bool]:
    """The line in generated code, and whether the error began in that very frame."""
    line, deepest = 0, False
    while traceback is not None:
        deepest = traceback.tb_frame.f_code.co_filename == FILENAME
        if deepest:
            line = traceback.tb_lineno
        traceback = traceback.tb_next
    return line, deepest
