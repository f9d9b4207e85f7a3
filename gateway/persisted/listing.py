"""The documents of all manifests → one list, and what is wrong with it.

In charge of what an id may stand for. Pure: texts are handed in.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from gateway.errors import Problems
from gateway.persisted.manifest import Entry
from gateway.persisted.model import PREFIX, Listed, bare
from gateway.values import digest


def listed(entries: Iterable[Entry], problems: Problems) -> Listed:
    """The list of them. An id of two documents is a problem; the first one has it."""
    own: dict[str, Entry] = {}
    hashes: dict[str, str] = {}
    for entry in entries:
        first = own.setdefault(entry.id, entry)
        if first.document != entry.document:
            problems.add(
                entry.span,
                f"the id {entry.id[:80]!r} stands for another document at {first.span}",
                hint="have the tool write both manifests anew, or remove one of them",
            )
            continue
        hashed = hash_of(entry.document)
        hashes[hashed] = hashes[f"{PREFIX}{hashed}"] = entry.document
    texts = frozenset(entry.document for entry in own.values())
    parsed = (bare(text) for text in texts)
    # What a client calls a document wins over what it is called by its hash.
    by_id = {**hashes, **{id_: entry.document for id_, entry in own.items()}}
    return Listed(
        by_id=by_id,
        texts=texts,
        bare=frozenset(text for text in parsed if text is not None),
        longest=max(map(len, texts), default=0),
        digest=digest(*(part for pair in sorted(by_id.items()) for part in pair)),
    )


def hash_of(document: str) -> str:
    """What clients call a document by themselves: SHA-256 of its text, in hex."""
    return hashlib.sha256(document.encode()).hexdigest()
