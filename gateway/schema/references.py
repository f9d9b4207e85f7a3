"""The members of a request that name its document → a `Reference`.

In charge of the ways in which clients write it: ``documentId`` of GraphQL over HTTP's
appendix and Hive, ``doc_id`` of Relay's guide, ``id`` of Hot Chocolate and of others
who followed Relay, ``extensions.persistedQuery`` of Apollo and Cosmo. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping

from gateway.errors import RequestError
from gateway.request.model import Reference
from gateway.values import JsonValue

NAMES = ("documentId", "doc_id", "id")
"""Members that are an id, the one that counts first."""
_LONGEST = 512
_VERSION = 1


def reference_of(
    members: Mapping[str, JsonValue], extensions: Mapping[str, JsonValue]
) -> Reference | None:
    """What a request without a document calls it by; None where it does not.

    Raises:
        RequestError: it is written in no known way.
    """
    for name in NAMES:
        id_ = members.get(name)
        if id_ is not None and id_ != "":
            return Reference(_checked(id_, name))
    return hashed_reference(extensions)


def hashed_reference(extensions: Mapping[str, JsonValue]) -> Reference | None:
    """What Apollo's extension calls a document, whether or not it is sent as well.

    Raises:
        RequestError: it is not as Apollo writes it.
    """
    written = extensions.get("persistedQuery")
    if written is None:
        return None
    name = "extensions.persistedQuery"
    if not isinstance(written, dict):
        raise RequestError(f"'{name}' is not an object.")
    if written.get("version", _VERSION) != _VERSION:
        raise RequestError(f"The version of '{name}' is not {_VERSION}.")
    hash_ = _checked(written.get("sha256Hash"), f"{name}.sha256Hash")
    return Reference(hash_, hashed=True)


def _checked(written: JsonValue, name: str) -> str:
    if not isinstance(written, str) or not written:
        raise RequestError(f"'{name}' is not a string.")
    if len(written) > _LONGEST:
        raise RequestError(f"'{name}' is longer than {_LONGEST} characters.")
    return written
