"""API keys as written, in the deployment or in a file of their own → as they are known.

In charge of what is wrong with such a file. Must never show what is in it.
"""

from __future__ import annotations

from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.deployment import AuthSettings
from gateway.deployment.auth import KeyWritten
from gateway.deployment.key_file import read_key_file
from gateway.errors import Problems
from gateway.values import SourceSpan

if TYPE_CHECKING:
    from gateway.identity.model import ApiKey


def keys_of(
    place: SourceSpan, auth: AuthSettings, problems: Problems
) -> tuple[ApiKey, ...] | None:
    """Every key; None where there are none to be known by.

    ``place`` is where the file is named.
    """
    if auth.keys is None:
        return None
    if not isinstance(auth.keys, Path):
        return tuple(_key(name, one) for name, one in auth.keys.items())
    try:
        text = auth.keys.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is not UTF-8 text"
        problems.add(place, f"{auth.keys.name} cannot be read: {why}")
        return ()
    found = read_key_file(text, str(auth.keys), problems)
    return tuple(_key(name, one) for name, one in found.items())


def _key(name: str, written: KeyWritten) -> ApiKey:
    from gateway.identity.keys import read_hash
    from gateway.identity.model import ApiKey

    hashed = read_hash(written.hash)
    assert hashed is not None, "it was checked when it was read"  # noqa: S101
    algorithm, digest = hashed
    until = written.expires
    if until is not None and until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    claims = dict(written.claims)
    if written.roles:
        claims["roles"] = list(written.roles)
    ends = until.timestamp() if until is not None else None
    return ApiKey(name, digest, algorithm, written.tenant, claims, ends)
