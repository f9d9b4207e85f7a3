"""The custom scalars that every schema may use without declaring them.

Values arrive exact (dates, decimals) or as the text a JSON source sent, and leave in
the one spelling the scalar promises. Must never guess: what does not fit is an error.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation

from graphql import (
    FloatValueNode,
    GraphQLError,
    GraphQLScalarType,
    GraphQLSchema,
    IntValueNode,
    StringValueNode,
    ValueNode,
)


def _wrong(scalar: str, value: object) -> GraphQLError:
    return GraphQLError(
        f"{scalar} cannot represent a {type(value).__name__} like this."
    )


def datetime_out(value: object) -> str:
    """RFC 3339 text. A time without a zone is UTC, as warehouses store it."""
    if isinstance(value, str):
        try:
            parsed = datetime.fromisoformat(value)
        except ValueError:
            raise _wrong("DateTime", value) from None
        return value if parsed.tzinfo else _rfc3339(parsed)
    if isinstance(value, datetime):
        return _rfc3339(value)
    raise _wrong("DateTime", value)


def _rfc3339(value: datetime) -> str:
    aware = value if value.tzinfo else value.replace(tzinfo=UTC)
    return aware.isoformat().replace("+00:00", "Z")


def date_out(value: object) -> str:
    """``YYYY-MM-DD``."""
    if isinstance(value, datetime):
        raise _wrong("Date", value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str):
        try:
            return date.fromisoformat(value).isoformat()
        except ValueError:
            pass
    raise _wrong("Date", value)


def decimal_out(value: object) -> str:
    """The number as text, digit for digit: JSON readers make floats of numbers."""
    if isinstance(value, bool) or not isinstance(value, Decimal | int | float | str):
        raise _wrong("Decimal", value)
    return format(decimal_in(value), "f")


_MOST_DIGITS = 10_000
"""Of a Decimal: nine characters, 1e9999999, can be spelled out to ten megabytes."""


def decimal_in(value: object) -> Decimal:
    """A finite number from a number or its text."""
    if isinstance(value, bool) or not isinstance(value, Decimal | int | float | str):
        raise _wrong("Decimal", value)
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        raise _wrong("Decimal", value) from None
    if not number.is_finite() or abs(number.adjusted()) > _MOST_DIGITS:
        raise _wrong("Decimal", value)
    return number


def decimal_literal(node: ValueNode) -> Decimal:
    if isinstance(node, StringValueNode | IntValueNode | FloatValueNode):
        return decimal_in(node.value)
    raise GraphQLError("Decimal is written as a number or its text.", node)


def json_out(value: object) -> object:
    """Any JSON value; exact SQL values become their text."""
    if isinstance(value, Mapping):
        return {str(key): json_out(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [json_out(item) for item in value]
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal | timedelta):
        return str(value)
    return value


DESCRIPTIONS = {
    "DateTime": "A point in time as RFC 3339 text, such as 2026-11-23T10:00:00Z.",
    "Date": "A day as YYYY-MM-DD.",
    "Decimal": "An exact decimal number, as text.",
    "JSON": "Any JSON value.",
}


def equip(schema: GraphQLSchema) -> None:
    """Give the schema's custom scalars their meaning."""
    rules = {
        "DateTime": (datetime_out, datetime_out),
        "Date": (date_out, date_out),
        "Decimal": (decimal_out, decimal_in),
        "JSON": (json_out, None),
    }
    for name, (out, into) in rules.items():
        scalar = schema.type_map.get(name)
        if isinstance(scalar, GraphQLScalarType):
            scalar.coerce_output_value = out
            scalar.description = scalar.description or DESCRIPTIONS[name]
            if into is not None:
                scalar.coerce_input_value = into
            if name == "Decimal":
                scalar.coerce_input_literal = decimal_literal
