"""What a tool came to, as an agent reads it: JSON within bounds, errors with codes.

In charge of one shape for data, for what is missing of it, and for what went wrong.
Must never cut JSON: what is too large is an error that says how to ask for less.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import orjson

from gateway.errors import Code, did_you_mean
from gateway.record import Model
from gateway.response.model import Answer, FieldError, Verdict
from gateway.schema.encoding import to_json
from gateway.values import JsonValue

_LONG_MESSAGE = 2_000
_LONG_WORD = 100
_MOST_NAMED = 5
_UNHEARD = frozenset({Verdict.FAILED, Verdict.REFUSED})


class Refusal(Exception):  # noqa: N818 - nothing is broken: a tool says no
    """A call that cannot be; ``str`` says why and how it could be."""

    def __init__(self, message: str, code: str = Code.BAD_USER_INPUT) -> None:
        super().__init__(message)
        self.code = code


class Outcome(Model, frozen=True):
    """``body`` as structured content and ``text`` as what a model reads."""

    body: Mapping[str, JsonValue]
    text: str
    failed: bool = False


def said(body: Mapping[str, JsonValue], most: int) -> Outcome:
    """JSON that is within `most` bytes, else an error that says what is large in it."""
    written = to_json(body)
    if len(written) <= most:
        return Outcome(orjson.loads(written), written.decode())
    return _too_large(body, len(written), most)


def shown(text: str, body: Mapping[str, JsonValue], most: int) -> Outcome:
    """The same for what reads better as a text of its own than as JSON."""
    size = len(to_json(body))
    return Outcome(body, text) if size <= most else _too_large(body, size, most)


def wrong(message: str, code: str = Code.BAD_USER_INPUT) -> Outcome:
    """An error of the agent's, which it can put right."""
    short = message[:_LONG_MESSAGE]
    return _failure({"errors": [{"message": short, "code": str(code)}]})


def answered(answer: Answer, most: int) -> Outcome:
    """An answer's data; beside it ``errors``, where something of it is missing."""
    errors = [_error(one) for one in answer.errors]
    if answer.verdict in _UNHEARD:
        return _within(errors, most)
    body: dict[str, JsonValue] = dict(answer.data or {})
    if errors:
        body["_errors" if "errors" in body else "errors"] = errors
    return said(body, most)


def _error(error: FieldError) -> Mapping[str, JsonValue]:
    """An entry of ``errors``, with the code beside the message, where it is read."""
    entry = error.as_json()
    place = "locations" if error.path is None else "path"
    known = {place: entry[place]} if place in entry else {}
    message = error.message[:_LONG_MESSAGE]
    return {"message": message, "code": str(error.code), **known, **error.extensions}


def _within(errors: Sequence[JsonValue], most: int) -> Outcome:
    """A failure; where even its errors are too many, the first few of them."""
    if len(to_json(errors)) <= most:
        return _failure({"errors": errors})
    few = errors[:_MOST_NAMED]
    return _failure({"errors": few, "more_errors": len(errors) - len(few)})


def _failure(body: Mapping[str, JsonValue]) -> Outcome:
    written = to_json(body)
    return Outcome(orjson.loads(written), written.decode(), failed=True)


def _too_large(body: Mapping[str, JsonValue], size: int, most: int) -> Outcome:
    parts = sorted(_parts(body), reverse=True)[:_MOST_NAMED]
    told = ", ".join(f"{name} {_kilobytes(part)}" for part, name in parts)
    return wrong(
        f"The result has {_kilobytes(size)}, and {_kilobytes(most)} is the most that is"
        f" given. Select fewer fields, or fewer rows. What is large: {told}.",
        Code.RESULT_TOO_LARGE,
    )


def _parts(body: Mapping[str, JsonValue]) -> Iterator[tuple[int, str]]:
    """The fields below the root ones, where a selection can be made smaller."""
    for name, value in body.items():
        if not isinstance(value, dict):
            yield len(to_json(value)), _named(name, value)
            continue
        for below, one in value.items():
            yield len(to_json(one)), _named(f"{name}.{below}", one)


def _named(name: str, value: JsonValue) -> str:
    rows = f" ({len(value)} rows)" if isinstance(value, list) else ""
    return f"{name}{rows}"


def _kilobytes(size: int) -> str:
    return f"{size / 1000:.0f} KB" if size >= 1000 else f"{size} bytes"  # noqa: PLR2004


def nearest(word: str, words: Iterable[str]) -> str:
    """A hint at the nearest of the words, as a sentence; nothing where none is near."""
    hint = did_you_mean(word[:_LONG_WORD], words)
    return f" {hint[0].upper()}{hint[1:]}" if hint else ""
