"""An answer as it is kept under its key, and as it is given again.

In charge of the form alone: what is read is what was written, and says that it is the
answer of the first time.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from gateway.response.model import AGAIN, Answer, FieldError, Verdict
from gateway.values import JsonValue

_OF_THE_TIME = frozenset({"plan", AGAIN})
"""Extensions about how it came about, which it did once."""


def as_kept(answer: Answer) -> JsonValue:
    """Everything about an answer that its caller may ask for again."""
    told = answer.as_json()
    made = [
        told.get("data"),
        [
            [
                error.message,
                error.code,
                error.path,
                error.locations,
                error.extensions,
                *([error.usual] if error.usual else ()),
            ]
            for error in answer.errors
        ],
        {k: v for k, v in answer.extensions.items() if k not in _OF_THE_TIME},
        answer.verdict.value,
        answer.status,
    ]
    return cast("JsonValue", _plain(made))


def _plain(value: object) -> object:
    """Words of ours are text, and maps of any kind are maps."""
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return str(value) if isinstance(value, str) else value


def answered_again(kept: JsonValue) -> Answer:
    """The answer of before, and that it is that."""
    data, errors, extensions, verdict, status = cast("list[Any]", kept)
    made = Answer(
        data=data,
        errors=tuple(map(_error, errors)),
        extensions=extensions,
        verdict=Verdict(verdict),
        status=status,
    )
    return made._replace(extensions={**extensions, AGAIN: {"replayed": True}})


def _error(kept: list[Any]) -> FieldError:
    """Most have no code besides the one that is shown."""
    message, code, path, locations, extensions, *usual = kept
    where = tuple((line, column) for line, column in locations)
    at = None if path is None else tuple(path)
    return FieldError(message, code, at, where, extensions, *usual)
