"""The `Link` header (RFC 8288): which address a reply names for its next page. Pure.

Whether that address may be asked is its source's to say.
"""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urlsplit

_LINK = re.compile(
    r"<([^<>]*)>((?:\s*;\s*[^\s=;,\"<>]+(?:\s*=\s*(?:\"(?:[^\"\\]|\\.)*\"|[^\s;,\"]*))?)*)"
)
_REL = re.compile(r";\s*rel\s*=\s*(?:\"([^\"]*)\"|([^\s;,\"]*))", re.IGNORECASE)


def next_link(header: str) -> str | None:
    """The first link whose relation is ``next``, as written; None where none is."""
    for found in _LINK.finditer(header):
        rel = _REL.search(found[2])
        words = (rel[1] or rel[2] or "").lower().split() if rel else ()
        if "next" in words:
            return found[1].strip()
    return None


def parameter(link: str, name: str) -> str | None:
    """One parameter of a link's query; None where it has none of that name."""
    try:
        query = urlsplit(link).query
    except ValueError:
        return None
    return next((value for key, value in parse_qsl(query) if key == name), None)
