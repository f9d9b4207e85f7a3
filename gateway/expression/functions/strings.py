"""Functions of text: CEL's own and its strings extension.

In charge of text by characters (code points). Must never depend on a locale.
"""

from __future__ import annotations

from typing import Final

from gateway.expression.arithmetic import limited
from gateway.expression.kinds import Fault, kind, no_overload
from gateway.expression.library import function
from gateway.expression.runtime import elements

_UPPER: Final = {lower: lower - 32 for lower in range(ord("a"), ord("z") + 1)}
_LOWER: Final = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}
_SPACE: Final = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008"
    "\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
)


def _text(name: str, *values: object) -> None:
    for value in values:
        if not isinstance(value, str):
            raise no_overload(name, *values)


def _number(name: str, value: object) -> int:
    if type(value) is not int:
        raise Fault(f"{name} takes an int, found {kind(value)}")
    return value


@function("contains", form="method")
def contains(text: object, part: object) -> bool:
    if isinstance(text, str) and isinstance(part, str):
        return part in text
    raise no_overload("contains()", text, part)


@function("startsWith", form="method")
def starts_with(text: object, part: object) -> bool:
    if isinstance(text, str) and isinstance(part, str):
        return text.startswith(part)
    raise no_overload("startsWith()", text, part)


@function("endsWith", form="method")
def ends_with(text: object, part: object) -> bool:
    if isinstance(text, str) and isinstance(part, str):
        return text.endswith(part)
    raise no_overload("endsWith()", text, part)


@function("charAt", form="method")
def char_at(text: object, place: object) -> str:
    if not isinstance(text, str):
        raise no_overload("charAt()", text, place)
    at = _number("charAt()", place)
    if not 0 <= at <= len(text):
        raise Fault(f"index out of range: {at} of {len(text)}")
    return text[at : at + 1]


@function("indexOf", args=(1, 2), form="method")
def index_of(text: object, part: object, start: object = 0) -> int:
    if not (isinstance(text, str) and isinstance(part, str)):
        raise no_overload("indexOf()", text, part)
    at = _number("indexOf()", start)
    if not 0 <= at <= len(text):
        raise Fault(f"index out of range: {at} of {len(text)}")
    return text.find(part, at)


@function("lastIndexOf", args=(1, 2), form="method")
def last_index_of(text: object, part: object, *start: object) -> int:
    if not (isinstance(text, str) and isinstance(part, str)):
        raise no_overload("lastIndexOf()", text, part)
    if not start:
        return text.rfind(part)
    at = _number("lastIndexOf()", start[0])
    if not 0 <= at <= len(text):
        raise Fault(f"index out of range: {at} of {len(text)}")
    return text.rfind(part, 0, at + len(part))


@function("join", args=(0, 1), form="method")
def join(items: object, separator: object = "") -> str:
    if not isinstance(separator, str):
        raise no_overload("join()", items, separator)
    parts = elements(items)
    _text("join()", *parts)
    return limited(separator.join(map(str, parts)))


@function("lowerAscii", args=0, form="method")
def lower_ascii(text: object) -> str:
    if isinstance(text, str):
        return text.translate(_LOWER)
    raise no_overload("lowerAscii()", text)


@function("upperAscii", args=0, form="method")
def upper_ascii(text: object) -> str:
    if isinstance(text, str):
        return text.translate(_UPPER)
    raise no_overload("upperAscii()", text)


@function("trim", args=0, form="method")
def trim(text: object) -> str:
    if isinstance(text, str):
        return text.strip(_SPACE)
    raise no_overload("trim()", text)


@function("replace", args=(2, 3), form="method")
def replace(text: object, old: object, new: object, count: object = -1) -> str:
    if not (isinstance(text, str) and isinstance(old, str) and isinstance(new, str)):
        raise no_overload("replace()", text, old, new)
    most = _number("replace()", count)
    pieces = len(text) + 1 if not old else text.count(old)
    limited_to = pieces if most < 0 else min(most, pieces)
    if len(text) + limited_to * len(new) > 10**7:
        raise Fault("the text would be too long")
    return text.replace(old, new, most)


@function("split", args=(1, 2), form="method")
def split(text: object, separator: object, count: object = -1) -> list[str]:
    if not (isinstance(text, str) and isinstance(separator, str)):
        raise no_overload("split()", text, separator)
    most = _number("split()", count)
    if most == 0:
        return []
    if separator or not text:
        return (
            [text] if not text else text.split(separator, most - 1 if most > 0 else -1)
        )
    if most < 0 or most >= len(text):
        return list(text)
    return [*text[: most - 1], text[most - 1 :]]


@function("substring", args=(1, 2), form="method")
def substring(text: object, start: object, *end: object) -> str:
    if not isinstance(text, str):
        raise no_overload("substring()", text, start)
    first = _number("substring()", start)
    last = _number("substring()", end[0]) if end else len(text)
    if not 0 <= first <= last <= len(text):
        raise Fault(f"substring out of range: {first} to {last} of {len(text)}")
    return text[first:last]


@function("strings.quote")
def quote(text: object) -> str:
    """The text as a literal that reads as the same text."""
    if not isinstance(text, str):
        raise no_overload("strings.quote()", text)
    return f'"{text.translate(_QUOTED)}"'


_QUOTED: Final = str.maketrans(
    {
        "\a": "\\a", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t",
        "\v": "\\v", "\\": "\\\\", '"': '\\"',
    }
)  # fmt: skip
