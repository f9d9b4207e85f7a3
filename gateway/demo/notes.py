"""Notes that the staff writes about a customer: the one thing the demo can change.

In charge of what is kept of them, as long as the demo runs. Must never grow without
end: whoever plays with it long sees the newest.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.routing import Route

from gateway.demo import people

if TYPE_CHECKING:
    from starlette.requests import Request

_MOST = 50
_LONGEST = 500

_notes: dict[str, list[dict[str, object]]] = {}


def _of(request: Request) -> list[dict[str, object]]:
    identifier = request.path_params["id"]
    if people.customer(identifier) is None:
        raise HTTPException(404, f"no customer {identifier!r}")
    return _notes.setdefault(identifier, [])


async def _listed(request: Request) -> JSONResponse:
    return JSONResponse({"items": _of(request)})


async def _added(request: Request) -> JSONResponse:
    """Append one, numbered from 1."""
    notes = _of(request)
    try:
        text = (await request.json())["text"]
    except (json.JSONDecodeError, KeyError, TypeError):
        text = None
    if not isinstance(text, str) or not 0 < len(text) <= _LONGEST:
        raise HTTPException(400, f"text must have 1 to {_LONGEST} characters")
    number = notes[-1]["number"] if notes else 0
    assert isinstance(number, int)  # noqa: S101 - we wrote it
    notes.append({"number": number + 1, "text": text})
    del notes[:-_MOST]
    return JSONResponse(notes[-1], 201)


ROUTES = [
    Route("/accounts/{id}/notes", _listed),
    Route("/accounts/{id}/notes", _added, methods=["POST"]),
]
