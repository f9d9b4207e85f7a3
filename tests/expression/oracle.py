"""Google's C++ CEL, asked the same question over the same scope.

In charge of turning both engines' answers into one shape that can be compared: kinds
included, errors as the one word `error`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final

from cel_expr_python import cel

from gateway.expression import ABSENT, EvaluationError, ExpressionSyntaxError, parse
from gateway.expression.kinds import Maybe, kind

ERROR: Final = "error"
SCOPE: Final[dict[str, object]] = {
    "account": {
        "status": "OPEN",
        "balance": 100.5,
        "id": 7,
        "tags": ["gold", "eu"],
        "closed": None,
        "name": "Ada",
        "nested": {"x": {"y": 1}},
        "sort-code": "20-00-00",
        "cards": [
            {"id": 1, "open": True, "limit": 500, "brand": "visa"},
            {"id": 2, "open": False, "limit": 1500, "brand": "amex"},
            {"id": 3, "open": True, "limit": 250.5},
        ],
    },
    "flags": {"fraud_v2": True, "beta": False},
    "request": {"tenant": "acme", "claims": {"roles": ["ops", "dev"], "scope": "a b"}},
    "n": None,
    "i": 5,
    "d": 2.5,
    "s": "héllo",
    "b": True,
    "l": [3, 1, 2],
    "m": {"a": 1, "b": 2, "z": None},
    "e": [],
    "em": {},
    "raw": b"abc",
    "ts": datetime(2024, 2, 29, 12, 30, 45, 123456, tzinfo=UTC),
    "dur": timedelta(hours=1, minutes=30),
}
_TYPED: Final = {"ts": cel.Type.TIMESTAMP, "dur": cel.Type.DURATION}
_CONFIG: Final = cel.NewEnvConfigFromYaml(
    "extensions:\n- name: lists\n- name: strings\n- name: math\n- name: optional\n"
)
_ENV: Final = cel.NewEnv(
    config=_CONFIG, variables={name: _TYPED.get(name, cel.Type.DYN) for name in SCOPE}
)
_NAMES: Final = {
    "NULL": "null",
    "BOOL": "bool",
    "INT": "int",
    "UINT": "uint",
    "DOUBLE": "double",
    "STRING": "string",
    "BYTES": "bytes",
    "TIMESTAMP": "timestamp",
    "DURATION": "duration",
    "TYPE": "type",
}


def oracle(text: str) -> object:
    """What the C++ engine makes of the text."""
    value = _evaluated(text)
    if value is None:
        return ERROR
    try:
        return _canonical(value)
    except TypeError:  # an optional has no Python value
        if _canonical(_evaluated(f"({text}).hasValue()")) == ("bool", False):
            return ABSENT
        return oracle(f"({text}).value()")


def _evaluated(text: str) -> cel.Value | None:
    try:
        value = _ENV.compile(text, disable_check=True).eval(data=SCOPE)
    except (RuntimeError, ValueError):
        return None
    if str(value).startswith("optional"):  # its type says ERROR as well
        return value
    return None if value.type().name() == "ERROR" else value


def _canonical(value: cel.Value) -> object:
    name = value.type().name()
    plain = value.value()
    if isinstance(plain, list):
        return ("list", [_within(item) for item in plain])
    if isinstance(plain, dict):
        entries = [(repr(key), _within(item)) for key, item in plain.items()]
        return ("map", sorted(entries, key=lambda entry: entry[0]))
    if isinstance(plain, bytearray):
        return ("bytes", bytes(plain))
    if name == "TYPE":
        return ("type", "type")
    return _leaf(_NAMES[name], plain)


def _within(value: cel.Value) -> object:
    try:
        return _canonical(value)
    except TypeError:
        return "optional"


def _leaf(name: str, value: object) -> object:
    if isinstance(value, float) and math.isnan(value):
        return (name, "nan")
    return (name, value)


def ours(text: str) -> object:
    """What this package makes of the text, in the same shape."""
    try:
        value = parse(text)(SCOPE)
    except (ExpressionSyntaxError, EvaluationError):
        return ERROR
    return value if value is ABSENT else canonical(value)


def canonical(value: object) -> object:
    """One of our values in the oracle's shape."""
    name = kind(value)
    if isinstance(value, Maybe):
        return "optional"
    if isinstance(value, Mapping):
        entries = [(repr(key), canonical(item)) for key, item in value.items()]
        return ("map", sorted(entries, key=lambda entry: entry[0]))
    if isinstance(value, list | tuple):
        return ("list", [canonical(item) for item in value])
    if name == "type":
        return ("type", "type")
    if isinstance(value, Decimal):
        return _leaf(name, float(value))
    return _leaf(name, value)
