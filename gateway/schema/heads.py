"""What is wrong with the head of a request that the parser takes for one. Pure.

In charge of sizes, and of what two readers could take for different things. The grammar
is the parser's.
"""

from __future__ import annotations

from typing import Final

from gateway.schema import refusals
from gateway.schema.bounds import Bounds
from gateway.schema.exchange import Headers
from gateway.schema.refusals import Refusal

PER_HEADER: Final = 4
"""Bytes of a header besides its name and its value."""
_VERSIONS: Final = ("1.1", "1.0")


def fault_of(
    url: bytes, headers: Headers, version: str, bounds: Bounds
) -> Refusal | None:
    """Why it is refused; names of headers are in lower case."""
    if len(headers) > bounds.headers:
        return refusals.too_many_headers(bounds.headers)
    if version not in _VERSIONS:
        return refusals.OTHER_VERSION
    size, hosts = len(url), 0
    for name, value in headers:
        size += len(name) + len(value) + PER_HEADER
        if name == b"host":
            hosts += 1
        elif name == b"transfer-encoding" and value.lower() != b"chunked":
            return refusals.CODED
    if size > bounds.head:
        return refusals.too_large(url, bounds.head)
    return refusals.TWO_HOSTS if hosts > 1 else None
