"""The documents that a socket's subscribe messages name.

In charge of what such a message has before it is an operation. Must never run one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.schema.asking import read_members
from gateway.schema.documents import Documents
from gateway.schema.references import NAMES
from gateway.splitting import Given


def names_document(payload: Mapping[str, Any]) -> bool:
    """Whether a subscribe calls its document by an id, or by its hash as well."""
    extensions = payload.get("extensions")
    if isinstance(extensions, Mapping) and extensions.get("persistedQuery") is not None:
        return True
    return not payload.get("query") and any(name in payload for name in NAMES)


async def with_document(
    payload: Mapping[str, Any], given: Given, documents: Documents
) -> dict[str, Any]:
    """The payload with the document that it names, and that may run.

    Raises:
        RequestError: there is none such, or it may not run.
    """
    asking = await documents.found(given, read_members(dict(payload)))
    return {**payload, "query": asking.document}
