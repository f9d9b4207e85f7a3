"""Values of leaves: right ones, as sources spell them, nearly right and absurd ones."""

from __future__ import annotations

import datetime as dt
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType

GOOD: Mapping[str, Sequence[object]] = {
    "Int": (0, 1, -(2**31), 2**31 - 1),
    "Float": (0.0, -1.5, 3, 1e300),
    "String": ("", "x", "\ud800", "\u2028\"\\\n'", "é"),
    "ID": ("7", 7, "", "a b"),
    "Boolean": (True, False),
    "Date": ("2024-02-29", dt.date(2024, 1, 2)),
    "DateTime": ("2024-02-29T10:00:00Z", dt.datetime(2024, 1, 2, 3)),  # noqa: DTZ001
    "Decimal": (Decimal("1.50"), 1, "2.5", 2**70),
    "JSON": ({"a": [1, None]}, [[], {}], "x", 2**65, {1: Decimal(1)}),
    "Free": (0, "x", {"a": 1}, [1]),
    "Colour": ("RED", "None", "def"),
    "Word": ("proto__", "class"),
}
SPELLED: Mapping[str, Sequence[object]] = {
    "Colour": ("R", 0, True, "any other", "RED"),
    "Date": (0, "86400", -1.5, Decimal(7)),
    "DateTime": (0, "1700000000000", 1.5),
    "Decimal": ("1.234,56", "-7", 7),
}
"""As `worlds.SPELLING` has it."""
NAN, INFINITE = float("nan"), float("inf")
ODD: Sequence[object] = (
    *(None, "text", "12", "", "RED", True, False, 0, 1, -1, 2**31, 2**63, 10**40),
    *(NAN, INFINITE, -INFINITE, 1.5, 1.0, Decimal("NaN"), Decimal("1.5"), b"x"),
    *(dt.date(2024, 1, 1), dt.timedelta(1), frozenset({1}), (), [], [1], [[None]]),
    *({}, {"id": 1}, {"__typename": "Thing"}, {"kind": []}, (1, 2), [{}, None]),
    *(MappingProxyType({"id": "1"}), OrderedDict(id=2), [[[[1]]]], {"get": 1}, ...),
)
NEAR: Mapping[str, Sequence[object]] = {
    "Int": (2**31, -(2**31) - 1, 1.0, 1.5, True, "1", "1.0", Decimal(1), NAN),
    "Float": (NAN, INFINITE, -INFINITE, True, "1.5", "x", 10**400, Decimal("1.5")),
    "String": (1, True, 1.5, 1e100, NAN, b"x", Decimal(1), {}, []),
    "ID": (1.0, 1.5, True, 2**70, NAN, b"x", Decimal(1), {}),
    "Boolean": (1, 0, 1.5, NAN, "true", "", []),
    "Date": ("2024-02-30", "20240229", "2024-02-29T10:00:00Z", 7, 1e300, NAN),
    "DateTime": ("2024-02-29", "24:00", 7, 1e300, NAN, "2024-02-29T10:00:00"),
    "Decimal": ("NaN", "Infinity", NAN, "1,5", "x", True, Decimal("sNaN"), 1e-300),
    "Colour": ("red", "RED ", 0, True, None, [], {}, "None"),
    "Word": ("", "word", None, [], {}, 0),
}
"""What nearly is of a type, or is by a rule of its own."""
