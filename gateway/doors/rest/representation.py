"""Entity tags and what caches may do: the headers of a representation.

In charge of conditional requests as RFC 9110 has them. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable

from gateway.request.adapter import AdapterSettings
from gateway.values import digest

_LONGEST = 8_000
STRICT = "handling=strict"
"""The preference of who will not have a part of an answer."""


def tag_of(body: bytes, *about: bytes) -> str:
    """A strong entity tag: of the bytes, and of the headers that belong to them."""
    return f'"{digest(body, *about)}"'


def is_known(tag: str, if_none_match: str | None) -> bool:
    """Whether the client has this representation already."""
    if if_none_match is None:
        return False
    text = if_none_match.strip()
    if text == "*":
        return True
    known = (one.strip().removeprefix("W/") for one in text[:_LONGEST].split(","))
    return tag in known


def vary_of(admission: AdapterSettings) -> bytes:
    """Every header that may make an answer another one."""
    trusted = ("x-claims", "x-tenant") if admission.trust_headers else ()
    brought = admission.prover.brought if admission.prover else ("authorization",)
    names = {"accept", "prefer", *admission.headers, *trusted, *brought}
    return ", ".join(sorted(names)).encode("latin-1", "replace")


def wants(prefer: str | None, preference: str) -> bool:
    """Whether a preference of RFC 7240 is among those that were sent."""
    sent: Iterable[str] = (prefer or "")[:_LONGEST].lower().split(",")
    return any(one.partition(";")[0].strip() == preference for one in sent)
