"""Leaves of a schema → scalars, by type, format and name.

In charge of that table. Integers beyond 32 bits are `Float`, which is exact to 2^53.
"""

from __future__ import annotations

from gateway.importing.openapi.library import Raw, text_of
from gateway.profile.drafts import is_id

_TEXT = {
    "date": "Date",
    "date-time": "DateTime",
    "decimal": "Decimal",
    "bigdecimal": "Decimal",
    "money": "Decimal",
    "int64": "String",
}
_LONG = ("int64", "uint64", "uint32", "long", "bigint")
_INT_BITS = 31


def scalar(kind: str, raw: Raw, name: str, *, sent: bool = False) -> str:
    """The scalar. ``sent``: in a body, where an ID would turn a number into text."""
    form = text_of(raw, "format").lower()
    match kind:
        case "string":
            named = is_id(name) or (form == "uuid" and name == "uuid")
            plain = form in ("", "uuid", "objectid", "ulid")
            return "ID" if named and plain else _TEXT.get(form, "String")
        case "integer":
            if is_id(name) and not sent:
                return "ID"
            return "Float" if form in _LONG or _is_big(raw) else "Int"
        case "number":
            return "Decimal" if form in ("decimal", "bigdecimal", "money") else "Float"
        case "boolean":
            return "Boolean"
    return "JSON"


def _is_big(raw: Raw) -> bool:
    most = raw.get("maximum")
    return isinstance(most, int | float) and most >= 1 << _INT_BITS
