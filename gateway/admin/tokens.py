"""Whose token it is. Pure; must never show one, or say how nearly right it was."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping

_SCHEME = "bearer "


def holder(header: str | None, tokens: Mapping[str, str]) -> str | None:
    """The name under which the deployment has the header's token; None for none.

    All are compared, each in a time that does not depend on what is in them.
    """
    if header is None or not header.lower().startswith(_SCHEME):
        return None
    given = _digest(header[len(_SCHEME) :].strip())
    found: str | None = None
    for name, token in tokens.items():
        if hmac.compare_digest(given, _digest(token)):
            found = name
    return found


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
