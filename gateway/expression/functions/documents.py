"""JSON that stands inside a text: `json.decode`, `json.encode`. Our own, not CEL's.

For systems that hand on documents as text, as workflow engines and queues do. Must
never guess: text that is no JSON is a fault, and so is a value that JSON cannot say.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal

import orjson

from gateway.expression.arithmetic import limited
from gateway.expression.functions.moments import duration_text
from gateway.expression.kinds import Fault, kind, no_overload
from gateway.expression.library import function

_FORM = orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS | orjson.OPT_PASSTHROUGH_DATACLASS


@function("json.decode")
def decode(text: object) -> object:
    """What the text says. Fractions are doubles; whole numbers beyond 64 bits, too."""
    if not isinstance(text, str | bytes):
        raise no_overload("json.decode()", text)
    try:
        return orjson.loads(text)
    except ValueError:
        raise Fault("the text is no JSON") from None


@function("json.encode")
def encode(value: object) -> str:
    """The value as JSON, in one line. Decimals keep their digits."""
    try:
        return limited(orjson.dumps(value, default=_spelled, option=_FORM).decode())
    except TypeError as error:
        why = error.__cause__
        if isinstance(why, Fault):
            raise Fault(str(why)) from None
        raise Fault("JSON cannot say this value") from None


def _spelled(value: object) -> object:
    if isinstance(value, Decimal) and value.is_finite():
        return orjson.Fragment(format(value, "f"))
    if isinstance(value, timedelta):
        return duration_text(value)
    if isinstance(value, Mapping):
        return dict(value)
    raise Fault(f"JSON cannot say a value of kind {kind(value)}")
