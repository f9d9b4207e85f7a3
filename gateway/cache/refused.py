"""Why a Redis did not do as it was asked, in words that quote nothing.

A Redis repeats what it does not know: one before 6 answers `HELLO` with the password
that came with it. Pure. Must never pass on a sentence of the server's own.
"""

from __future__ import annotations

import re

from redis.exceptions import (
    AuthenticationError,
    BusyLoadingError,
    OutOfMemoryError,
    ReadOnlyError,
)
from redis.exceptions import ConnectionError as RedisConnectionError

_FIXED = OutOfMemoryError | ReadOnlyError | BusyLoadingError
"""Refusals whose sentences are the same, whatever was asked."""
_CODE = re.compile(r"[A-Z]{3,20}(?= )")
"""How answers begin that say no: ``MISCONF Redis is configured to ...``."""


def why(error: Exception) -> str:
    """The kind of the error and, where it says no, the word for it.

    Of a connection that does not stand also what the system says, with the address;
    of a store that is full or may not be written to, its own sentence.
    """
    kind = type(error).__name__
    told = RedisConnectionError | OSError | _FIXED
    if isinstance(error, told) and not isinstance(error, AuthenticationError):
        return f"{kind}: {error}"
    code = _CODE.match(str(error))
    return f"{kind}: {code[0]}" if code else kind
