"""The description as it is served: as bytes, made once for each generation.

Audiences that see other operations get descriptions of their own.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import ClassVar

import orjson

from gateway.cache.bounded import Bounded
from gateway.doors.rest.answering import Value
from gateway.doors.rest.openapi.document import describe
from gateway.generation import Generation


@dataclass(slots=True)
class Described:
    """Keeps the descriptions that were asked for last."""

    FORMS: ClassVar[dict[str, bytes]] = {
        "openapi.json": b"application/json",
        "openapi.yaml": b"application/yaml",
    }
    _made: Bounded[str, dict[str, Value]] = field(default_factory=lambda: Bounded(8))

    async def of(self, generation: Generation, path: str, name: str) -> Value:
        """The document in a form, made in a thread: a large one takes a while."""
        kept = self._made.get(generation.digest, dict)
        if name not in kept:
            kept[name] = await asyncio.to_thread(_written, generation, path, name)
        return kept[name]


def _written(generation: Generation, path: str, name: str) -> Value:
    document = describe(generation, path)
    if name.endswith(".json"):
        body = orjson.dumps(document)
    else:
        import yaml

        body = yaml.dump(_apart(document), sort_keys=False, allow_unicode=True).encode()
    return Value(body, ((b"content-type", Described.FORMS[name]),))


def _apart(value: object) -> object:
    """A copy in which no two places share a value, which YAML would tell."""
    if isinstance(value, dict):
        return {key: _apart(one) for key, one in value.items()}
    return [_apart(one) for one in value] if isinstance(value, list) else value
