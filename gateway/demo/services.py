"""What the demo's nine services answer: paths in, JSON out.

In charge of the services' HTTP interfaces. Must never know ports, faults or latency.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.routing import Route

from gateway.demo import correspondence, notes, people, posted, records, rewards

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from starlette.requests import Request
    from starlette.routing import BaseRoute

    from gateway.values import JsonValue

    Record: TypeAlias = Mapping[str, JsonValue] | None

_DEFAULT_LIMIT = 20
_MOST = 200


def _found(what: str, identifier: str, record: Record) -> JSONResponse:
    if record is None:
        return JSONResponse({"error": f"no {what} {identifier!r}"}, 404)
    return JSONResponse(record)


def _by_id(path: str, what: str, read: Callable[[str], Record]) -> Route:
    async def one(request: Request) -> JSONResponse:
        identifier = request.path_params["id"]
        return _found(what, identifier, read(identifier))

    return Route(f"{path}/{{id}}", one)


def _many(path: str, read: Callable[[str], Record]) -> Route:
    """``?ids=1,2`` and ``?id=1&id=2``: those that exist, in the order asked for."""

    async def several(request: Request) -> JSONResponse:
        joined = request.query_params.get("ids", "").split(",")
        wanted = [one for one in (*joined, *request.query_params.getlist("id")) if one]
        if not 0 < len(wanted) <= _MOST:
            raise HTTPException(
                400, f"ask for 1 to {_MOST} ids: ?ids=1,2 or ?id=1&id=2"
            )
        items = [record for record in map(read, dict.fromkeys(wanted)) if record]
        return JSONResponse({"items": items})

    return Route(path, several)


def _list(path: str, read: Callable[[str], Sequence[Record] | None]) -> Route:
    """A customer's list; ``?offset=2&limit=3`` takes a part of it."""

    async def listed(request: Request) -> JSONResponse:
        identifier = request.path_params["id"]
        offset, limit = _number(request, "offset", 0), _number(request, "limit", _MOST)
        items = read(identifier)
        if items is None:
            return _found("customer", identifier, None)
        part = list(items[offset : offset + limit])
        return JSONResponse({"items": part, "total": len(items)})

    return Route(path, listed)


def _number(request: Request, name: str, default: int) -> int:
    text = request.query_params.get(name, str(default))
    if not (text.isascii() and text.isdigit() and int(text[:9]) <= _MOST):
        raise HTTPException(400, f"{name} must be a number from 0 to {_MOST}")
    return int(text)


async def _transactions(request: Request) -> JSONResponse:
    identifier = request.path_params["id"]
    limit = _number(request, "limit", _DEFAULT_LIMIT)
    return _found("customer", identifier, records.transactions(identifier, limit))


async def _health(_: Request) -> JSONResponse:
    return JSONResponse({"status": "ok"})


async def _refused(_: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, HTTPException):
        raise error
    return JSONResponse({"error": error.detail}, error.status_code)


_ROUTES: Mapping[str, list[Route]] = {
    "accounts": [
        _by_id("/accounts", "customer", people.customer),
        _list("/accounts/{id}/contacts", correspondence.registered_contacts),
        *notes.ROUTES,
    ],
    "transactions": [Route("/transactions/{id}", _transactions), posted.ROUTE],
    "fraud": [_by_id("/fraud/signals", "customer", records.fraud_signals)],
    "cases": [
        _list("/cases/{id}", records.cases),
        _list("/cases/{id}/contacts", correspondence.recent_contacts),
    ],
    "branches": [
        _many("/branches", people.branch),
        _by_id("/branches", "branch", people.branch),
    ],
    "merchants": [
        _many("/merchants", people.merchant),
        _by_id("/merchants", "merchant", people.merchant),
    ],
    "categories": [_many("/categories", people.category)],
    "messages": [_list("/messages/{id}", correspondence.messages)],
    "rewards": [rewards.ROUTE],
}


def service(name: str, control: BaseRoute) -> Starlette:
    """The named service as an ASGI application, with its health and its control."""
    return Starlette(
        routes=[*_ROUTES[name], Route("/health", _health), control],
        exception_handlers={HTTPException: _refused},
    )
