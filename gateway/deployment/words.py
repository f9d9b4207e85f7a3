"""Words of all models of a deployment: numbers and switches as text too, nothing shown.

In charge of what the environment gives as text, and of keeping what may be secret out
of logs. Must never know a key.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import AfterValidator, BaseModel, BeforeValidator, WithJsonSchema

from gateway.expression import ExpressionSyntaxError, parse
from gateway.strict import Cel, StrictModel, wrong

_READABLE = frozenset({"request", "flags"})
_NUMBER = re.compile(r"-?\d{1,15}")
_WORDS = {"true": True, "false": False}


def _number(written: object) -> object:
    """A number; as text too, which is how the environment gives it."""
    if isinstance(written, str) and _NUMBER.fullmatch(written.strip()):
        return int(written)
    if isinstance(written, bool) or not isinstance(written, int):
        raise wrong("a whole number is wanted", hint="write a number")
    return written


def _number_or_auto(written: object) -> object:
    """A number from 1, as text too, or ``auto``."""
    if written == "auto":
        return written
    number = _number(written)
    if not isinstance(number, int) or number < 1:
        raise wrong("this must be at least 1", hint="write 1, or auto")
    return number


def _switch(written: object) -> object:
    known = _WORDS.get(written) if isinstance(written, str) else written
    if not isinstance(known, bool):
        raise wrong("true or false is wanted", hint="write true or false")
    return known


def _switch_or_proven(written: object) -> object:
    return written if written == "proven" else _switch(written)


def _of_request(written: str) -> str:
    return _over(written, _READABLE, "it may read 'request' and 'flags'")


def _of_arguments(written: str) -> str:
    known = _READABLE | {"args"}
    return _over(written, known, "it may read 'args', 'request' and 'flags'")


def _over(written: str, known: frozenset[str], fix: str) -> str:
    try:
        roots = parse(written).roots
    except ExpressionSyntaxError as error:
        raise wrong(error.message, hint=error.hint) from None
    for root in sorted(roots - known):
        raise wrong(f"{root!r} cannot be read here", hint=fix)
    return written


OfRequest: TypeAlias = Annotated[Cel, AfterValidator(_of_request)]
"""A condition on who asks, held to its grammar and names when the file is read."""

OfArguments: TypeAlias = Annotated[Cel, AfterValidator(_of_arguments)]
"""An expression on who asks for what."""

Number: TypeAlias = Annotated[int, BeforeValidator(_number)]
NumberOrAuto: TypeAlias = Annotated[
    int | Literal["auto"],
    BeforeValidator(_number_or_auto),
    WithJsonSchema({"anyOf": [{"type": "integer", "minimum": 1}, {"const": "auto"}]}),
]
Switch: TypeAlias = Annotated[bool, BeforeValidator(_switch)]
SwitchOrProven: TypeAlias = Annotated[
    bool | Literal["proven"],
    BeforeValidator(_switch_or_proven),
    WithJsonSchema({"anyOf": [{"type": "boolean"}, {"const": "proven"}]}),
]


class Discreet(StrictModel):
    """A model whose repr names its keys and shows no text.

    Any text of a deployment may have come from the environment or a secret file.
    """

    def __repr_args__(self) -> Iterator[tuple[str | None, Any]]:
        for name in type(self).model_fields:
            value = getattr(self, name)
            shown = value is None or isinstance(value, bool | int | float | BaseModel)
            yield name, value if shown else "..."
