"""Card payments of a customer as they are posted: server-sent events without an end.

In charge of which payment is posted when: the same ones for everybody, one every few
seconds, so that a demo can be told in advance.
"""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from gateway.demo.records import transactions

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from starlette.requests import Request

    from gateway.values import JsonValue

EVERY_SECONDS = 3.0
_ALL = 1_000
_LONGEST_NUMBER = 9


def payment(identifier: str, number: int) -> Mapping[str, JsonValue] | None:
    """The payment that is posted as the ``number``-th, from 1; None for nobody's."""
    found = transactions(identifier, _ALL)
    if found is None:
        return None
    items: Sequence[Mapping[str, JsonValue]] = found["items"]  # type: ignore[assignment]
    chosen = items[-number % len(items)]
    return {**chosen, "id": f"{identifier}-posted-{number}", "customerId": identifier}


async def _posted(request: Request) -> Response:
    identifier = request.path_params["id"]
    if payment(identifier, 1) is None:
        return JSONResponse({"error": f"no customer {identifier!r}"}, 404)
    last = request.headers.get("last-event-id", "")
    known = last.isascii() and last.isdigit() and len(last) <= _LONGEST_NUMBER
    events = _events(identifier, int(last) if known else 0)
    headers = {"cache-control": "no-store"}
    return StreamingResponse(events, media_type="text/event-stream", headers=headers)


async def _events(identifier: str, last: int) -> AsyncIterator[str]:
    number = last
    while True:
        number += 1
        data = json.dumps(payment(identifier, number))
        yield f"event: posted\nid: {number}\ndata: {data}\n\n"
        await asyncio.sleep(EVERY_SECONDS)


ROUTE = Route("/transactions/{id}/posted", _posted)
"""``GET /transactions/42/posted``; goes on after ``Last-Event-ID``."""
