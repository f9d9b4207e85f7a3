"""Parameters of a URL → values by the types of an operation's arguments.

In charge of how a value is spelled where everything is text. What a value has to be
is said once, by GraphQL's coercion: this decides between a number and a text, no more.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence

import orjson
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLScalarType,
)

from gateway.doors.rest.parameters import Parameters
from gateway.doors.rest.problems import RefusedError
from gateway.errors import did_you_mean
from gateway.schema.asking import DEEPEST, is_deep
from gateway.values import JsonValue

Types = Mapping[str, GraphQLInputType]
_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?", re.ASCII)
_INTEGER = re.compile(r"-?(0|[1-9]\d*)", re.ASCII)
_WORDS = {"true": True, "false": False}
_SHOWN = 100
_LONGEST_NUMBER = 400
_INT_END = 2**31
_TEXTS = frozenset({"ID", "String", "Date", "DateTime", "Decimal"})


def read_arguments(
    parameters: Parameters, types: Types, but: str | None = None
) -> dict[str, JsonValue]:
    """The values that the parameters give, by argument.

    ``but`` is a parameter that is not an argument. A dotted name is a field of an
    input object.

    Raises:
        RefusedError: a parameter is unknown, given twice, or not its type's.
    """
    values: dict[str, JsonValue] = {}
    for name, texts in parameters.items():
        if name == but:
            continue
        first, *rest = name.split(".", DEEPEST)
        if first not in types:
            known = [*types, *((but,) if but else ())]
            raise unknown_parameter(name, known)
        if not rest:
            if first in values:
                raise _unfit(name, "it is given as a whole and in parts")
            values[first] = _value(name, texts, types[first])
        else:
            _add_part(values, name, [first, *rest], (texts, types[first]))
    return values


def unknown_parameter(name: str, known: Sequence[str]) -> RefusedError:
    """The refusal of a name that nothing has."""
    hint = did_you_mean(name[:_SHOWN], known)
    tail = f" ({hint})" if hint else ""
    return RefusedError(
        f"There is no parameter {name[:_SHOWN]!r}{tail}.",
        more={"parameter": name[:_SHOWN], **({"hint": hint} if hint else {})},
    )


def _add_part(
    values: dict[str, JsonValue],
    name: str,
    parts: list[str],
    given: tuple[list[str], GraphQLInputType],
) -> None:
    """Set a field within an input object, which is made where it is not there yet."""
    texts, type_ = given
    here: dict[str, JsonValue] = values
    for part, below in itertools.pairwise(parts):
        plain = _nullable(type_)
        if not isinstance(plain, GraphQLInputObjectType):
            raise _unfit(name, f"{part[:_SHOWN]!r} has no fields")
        if below not in plain.fields:
            known = [f"{name.rpartition('.')[0]}.{one}" for one in plain.fields]
            raise unknown_parameter(name, known)
        inner = here.setdefault(part, _Parts())
        if not isinstance(inner, _Parts):
            raise _unfit(name, "it is given as a whole and in parts")
        here, type_ = inner, plain.fields[below].type
    last = parts[-1]
    if last in here:
        raise _unfit(name, "it is given as a whole and in parts")
    here[last] = _value(name, texts, type_)


class _Parts(dict[str, JsonValue]):
    """An input object that is given in dotted parts."""


def _value(name: str, texts: list[str], type_: GraphQLInputType) -> JsonValue:
    type_ = _nullable(type_)
    if isinstance(type_, GraphQLList):
        return _items(name, texts, type_.of_type)
    if len(texts) > 1:
        raise _unfit(name, "it is given more than once, and is no list")
    return _one(name, texts[0], type_)


def _items(name: str, texts: list[str], of: GraphQLInputType) -> JsonValue:
    """A list's items by repetition; where items are JSON, one array will do too."""
    plain = _nullable(of)
    if len(texts) == 1 and texts[0].lstrip().startswith("[") and _is_written(plain):
        return _json(name, texts[0])
    return [_one(name, text, plain) for text in texts]


def _nullable(type_: GraphQLInputType) -> GraphQLInputType:
    return type_.of_type if isinstance(type_, GraphQLNonNull) else type_


def _is_written(type_: GraphQLInputType) -> bool:
    """Whether values of the type are written as JSON: nothing else says them."""
    if isinstance(type_, GraphQLScalarType):
        return type_.name == "JSON"
    return isinstance(type_, GraphQLInputObjectType | GraphQLList)


def _one(name: str, text: str, type_: GraphQLInputType) -> JsonValue:
    if _is_written(type_):
        return _json(name, text)
    if isinstance(type_, GraphQLEnumType):
        if text not in type_.values:
            hint = did_you_mean(text[:_SHOWN], type_.values)
            some = ", ".join([*type_.values][:20])
            raise _unfit(name, f"{text[:_SHOWN]!r} is none of {some}", hint)
        return text
    if not isinstance(type_, GraphQLScalarType) or type_.name in _TEXTS:
        if not text and getattr(type_, "name", "") == "ID":
            raise _unfit(name, "it is empty")
        return text
    return _scalar(name, text, type_.name)


def _scalar(name: str, text: str, scalar: str) -> JsonValue:
    match scalar:
        case "Boolean":
            if text not in _WORDS:
                raise _unfit(name, f"{text[:_SHOWN]!r} is neither true nor false")
            return _WORDS[text]
        case "Int":
            if not _INTEGER.fullmatch(text) or len(text) > _LONGEST_NUMBER:
                raise _unfit(name, f"{text[:_SHOWN]!r} is no whole number")
            if not -_INT_END <= int(text) < _INT_END:
                raise _unfit(name, f"{text[:_SHOWN]} is beyond 32 bits")
            return int(text)
        case "Float":
            return _float(name, text)
        case _:  # a scalar of the schema's own: a number where it reads as one
            short = len(text) <= _LONGEST_NUMBER
            return int(text) if short and _INTEGER.fullmatch(text) else text


def _float(name: str, text: str) -> float:
    if not _NUMBER.fullmatch(text) or len(text) > _LONGEST_NUMBER:
        raise _unfit(name, f"{text[:_SHOWN]!r} is no number")
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise _unfit(name, f"{text[:_SHOWN]} is too large")
    return number


def _json(name: str, text: str) -> JsonValue:
    try:
        value: JsonValue = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise _unfit(name, f"it is not valid JSON: {error.msg}") from None
    if isinstance(value, dict | list) and is_deep(value):
        raise _unfit(name, f"it is nested deeper than {DEEPEST} levels")
    return value


def _unfit(name: str, why: str, hint: str | None = None) -> RefusedError:
    shown = name[:_SHOWN]
    tail = f" ({hint})" if hint else ""
    return RefusedError(
        f"The parameter {shown!r} does not fit: {why}{tail}.",
        more={"parameter": shown, **({"hint": hint} if hint else {})},
    )
