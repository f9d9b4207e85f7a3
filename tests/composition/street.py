"""The shop's subgraphs and an HTTP API, each under a path of one real port.

In charge of serving them once for a run, and of telling whom was asked how often.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from tests.composition.shop import shop
from tests.composition.subgraph import Subgraph
from tests.serving import running

_Receive = Callable[[], Awaitable[Any]]
_Send = Callable[[Any], Awaitable[None]]


@dataclass
class Street:
    """All upstreams of the shop. ``warranties`` are the keys that its API was asked."""

    subgraphs: dict[str, Subgraph] = field(default_factory=shop)
    warranties: list[list[str]] = field(default_factory=list)
    port: int = 0

    def __getitem__(self, name: str) -> Subgraph:
        return self.subgraphs[name]

    def clear(self) -> None:
        self.warranties.clear()
        for one in self.subgraphs.values():
            one.clear()

    @property
    def calls(self) -> dict[str, int]:
        """How often each subgraph was asked, where it was."""
        return {n: len(one.asked) for n, one in self.subgraphs.items() if one.asked}

    def meet(self, *names: str) -> None:
        """Let these answer only when each of them has been asked."""
        barrier = asyncio.Barrier(len(names))
        for name in names:
            self.subgraphs[name].together = barrier

    async def __call__(self, scope: Any, receive: _Receive, send: _Send) -> None:
        name = scope["path"].strip("/")
        if name in self.subgraphs:
            await self.subgraphs[name](scope, receive, send)
            return
        asked = parse_qs(scope["query_string"].decode())["upcs"]
        self.warranties.append(asked)
        rows = [
            {"upc": upc, "months": 12 * int(upc[1:]), "claims": [upc, "paid"]}
            for upc in asked
        ]
        body = json.dumps(rows)
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body.encode()})


@contextmanager
def opened() -> Iterator[Street]:
    """The street on a port that the system chose."""
    street = Street()
    with running(street) as street.port:
        yield street
