"""The `Link` header (RFC 8288): which address a reply names for its next page. Pure.

Whether that address may be asked is its source's to say.
"""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urlsplit

_VALUE = r"(?:\s*=\s*(?:\"(?:[^\"\\]|\\.)*\"|[^\s;,\"]*))?"
_PARAMETER = rf"\s*;\s*[^\s=;,\"<>]+{_VALUE}"
_LINK = re.compile(rf"<([^<>]*)>((?:{_PARAMETER})*)")
_REL = re.compile(r"\s*;\s*rel\s*=\s*\"?([^\";,]*)", re.IGNORECASE)


def next_link(header: str) -> str | None:
    """The first link whose relation is ``next``, as written; None where none is."""
    for found in _LINK.finditer(header):
        if "next" in _relations(found[2]):
            return found[1].strip()
    return None


def _relations(parameters: str) -> list[str]:
    """The words of a link's first ``rel``; what looks like one in a text is none."""
    for one in re.finditer(_PARAMETER, parameters):
        rel = _REL.match(one[0])
        if rel is not None:
            return rel[1].lower().split()
    return []


def parameter(link: str, name: str) -> str | None:
    """One parameter of a link's query; None where it has none of that name."""
    try:
        query = urlsplit(link).query
    except ValueError:
        return None
    return next((value for key, value in parse_qsl(query) if key == name), None)
