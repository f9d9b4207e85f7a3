"""What the demo's six services answer: paths in, JSON out.

In charge of the services' HTTP interfaces. Must never know ports, faults or latency.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.routing import Route

from gateway.demo import people, records

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

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


async def _transactions(request: Request) -> JSONResponse:
    identifier = request.path_params["id"]
    limit = request.query_params.get("limit", str(_DEFAULT_LIMIT))
    if not (limit.isascii() and limit.isdigit() and int(limit[:9]) <= _MOST):
        raise HTTPException(400, f"limit must be a number from 0 to {_MOST}")
    return _found("customer", identifier, records.transactions(identifier, int(limit)))


async def _health(_: Request) -> JSONResponse:
    return JSONResponse({"status": "ok"})


async def _refused(_: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, HTTPException):
        raise error
    return JSONResponse({"error": error.detail}, error.status_code)


_ROUTES: Mapping[str, list[Route]] = {
    "accounts": [_by_id("/accounts", "customer", people.customer)],
    "transactions": [Route("/transactions/{id}", _transactions)],
    "fraud": [_by_id("/fraud/signals", "customer", records.fraud_signals)],
    "cases": [_by_id("/cases", "customer", records.cases)],
    "branches": [
        _many("/branches", people.branch),
        _by_id("/branches", "branch", people.branch),
    ],
    "merchants": [
        _many("/merchants", people.merchant),
        _by_id("/merchants", "merchant", people.merchant),
    ],
}


def service(name: str, control: BaseRoute) -> Starlette:
    """The named service as an ASGI application, with its health and its control."""
    return Starlette(
        routes=[*_ROUTES[name], Route("/health", _health), control],
        exception_handlers={HTTPException: _refused},
    )
