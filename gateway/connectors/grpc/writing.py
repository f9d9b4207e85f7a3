"""Values of a step → the bytes of a message.

In charge of what JSON has no word for: exact numbers, times and bytes are written as
protobuf's JSON mapping spells them. Must never send what does not fit: it is rejected
before anybody is asked.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from google.protobuf import json_format

from gateway.connectors.rendering import rejected, text_of
from gateway.errors import UpstreamError

_DEPTH = 100


def writer(message: Any, pool: Any) -> Callable[[object], bytes]:
    """What turns a map of values into the bytes of this kind of message."""

    def write(values: object) -> bytes:
        made = message()
        try:
            asked = {} if values is None else plain(values)
            if not isinstance(asked, dict):
                raise rejected("The message is no map of fields.")
            json_format.ParseDict(
                asked,
                made,
                descriptor_pool=pool,
                max_recursion_depth=_DEPTH,
            )
            return bytes(made.SerializeToString(deterministic=True))
        except UpstreamError:
            raise
        # protobuf lets out what its setters raise: TypeError, ValueError, and more
        except (
            json_format.ParseError,
            TypeError,
            ValueError,
            AttributeError,
            RecursionError,
        ) as error:
            failed = rejected("The message does not fit what the rpc takes.")
            # what comes behind the colon is the value, which may be anybody's
            failed.detail = str(error).partition("\n")[0].partition(": ")[0]
            raise failed from None

    return write


def plain(value: object) -> object:
    """The value as JSON has it, whole numbers with all their digits."""
    match value:
        case Mapping():
            return {str(key): plain(item) for key, item in value.items()}
        case list() | tuple():
            return [plain(item) for item in value]
        case Decimal():
            whole = value.is_finite() and value == value.to_integral_value()
            return int(value) if whole else float(value)
        case bytes():
            return base64.b64encode(value).decode()
        case date() | datetime() | timedelta():
            return text_of(value, "the message")
        case _:
            return value
