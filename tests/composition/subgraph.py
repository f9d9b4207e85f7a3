"""A federation subgraph on a real port: graphql-core over plain ASGI.

In charge of being a subgraph as others write it: `_service`, `_entities`, and whatever
its SDL says. It remembers what it was asked, and behaves badly where a test wants it.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import GraphQLSchema, build_schema, graphql_sync

Resolve = Callable[..., Any]
_MACHINERY = """
scalar _Any
type _Service { sdl: String! }
%s
extend type Query { _service: _Service! %s }
"""


def _served(sdl: str) -> GraphQLSchema:
    """The schema with what every subgraph has besides."""
    keyed = re.findall(r"type (\w+)[^{]*@key", sdl)
    union = f"union _Entity = {' | '.join(keyed)}" if keyed else ""
    asked = "_entities(representations: [_Any!]!): [_Entity]!" if keyed else ""
    root = "" if "type Query" in sdl else "type Query\n"
    return build_schema(root + sdl + _MACHINERY % (union, asked), assume_valid_sdl=True)


@dataclass
class Subgraph:
    """One subgraph. ``known`` finds the object of a representation, by type.

    ``asked`` are the requests it got, in their order; ``spoil`` changes an answer
    before it is sent, ``html`` and ``down`` are answers of others in its place, and
    ``refuses`` those that get a status instead of one; ``together`` are those that it
    waits for before it answers.
    """

    name: str
    sdl: str
    resolvers: Mapping[str, Mapping[str, Resolve]]
    known: Mapping[str, Callable[[Mapping[str, Any]], Any]]
    url: str = ""
    asked: list[dict[str, Any]] = field(default_factory=list)
    spoil: Callable[[Any], Any] | None = None
    html: bool = False
    down: bool = False
    refuses: Callable[[Mapping[str, Any]], int | None] | None = None
    together: asyncio.Barrier | None = None
    schema: GraphQLSchema = field(init=False)

    def __post_init__(self) -> None:
        self.schema = _served(self.sdl)
        types: Any = self.schema.type_map
        for type_, fields in self.resolvers.items():
            for name, resolve in fields.items():
                types[type_].fields[name].resolve = resolve
        for made in types.values():
            if hasattr(made, "resolve_type"):
                made.resolve_type = lambda value, *_: value["__typename"]
        query = types["Query"].fields
        query["_service"].resolve = lambda *_: {"sdl": self.sdl}
        if "_entities" in query:
            query["_entities"].resolve = self._entities

    def _entities(self, _s: Any, _i: Any, representations: list[Any]) -> list[Any]:
        found = []
        for one in representations:
            try:
                found.append(self.known[one["__typename"]](one))
            except Exception as error:  # noqa: BLE001 - one that fails costs no other
                found.append(error)
        return found

    def clear(self) -> None:
        self.asked.clear()
        self.spoil, self.down, self.html = None, False, False
        self.together = self.refuses = None

    @property
    def documents(self) -> list[str]:
        """The documents it was asked, on one line each."""
        return [" ".join(one["query"].split()) for one in self.asked]

    async def __call__(
        self,
        _scope: Any,
        receive: Callable[[], Awaitable[Any]],
        send: Callable[[Any], Awaitable[None]],
    ) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        asked = json.loads(body)
        if "_service" not in asked["query"]:
            self.asked.append(asked)
        if self.together is not None:
            async with asyncio.timeout(60):
                await self.together.wait()
        status, kind, content = self._reply(asked)
        headers = [(b"content-type", kind), (b"content-length", b"%d" % len(content))]
        start = {"type": "http.response.start", "status": status, "headers": headers}
        await send(start)
        await send({"type": "http.response.body", "body": content})

    def _reply(self, asked: Mapping[str, Any]) -> tuple[int, bytes, bytes]:
        if self.down:
            return 503, b"application/json", b'{"errors": [{"message": "down"}]}'
        if self.html:
            return 200, b"text/html", b"<html>Please log in.</html>"
        status = self.refuses(asked) if self.refuses else None
        if status is not None:
            return status, b"application/json", b'{"errors": [{"message": "no"}]}'
        return 200, b"application/json", json.dumps(self._answer(asked)).encode()

    def _answer(self, asked: Mapping[str, Any]) -> Any:
        result = graphql_sync(
            self.schema,
            asked["query"],
            variable_values=asked.get("variables"),
            operation_name=asked.get("operationName"),
        )
        answer = json.loads(json.dumps(result.formatted))
        return self.spoil(answer) if self.spoil else answer
