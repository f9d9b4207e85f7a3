"""The ASGI app of the admin API: who asks, what it says, and every error as JSON.

In charge of the checks that all deeds share: the token first, before a byte is read.
Must never know what a deed does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import orjson
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from gateway.admin.model import Asked, Content, Deed
from gateway.admin.tokens import holder
from gateway.cache.base import CacheUnavailable
from gateway.errors import GatewayError, ProfileError, RequestError
from gateway.record import Model
from gateway.release.model import (
    LostRaceError,
    ReleaseError,
    StoreError,
    UnknownReleaseError,
)
from gateway.telemetry.events import Crashed, Observer
from gateway.telemetry.releasing import AdminActed, AdminRefused
from gateway.values import JsonValue

PREFIX = "/v1"
JSON = "application/json"
_MOST_JSON = 1_000_000
_MOST_OTHER = 32_000_000
_HEADERS = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
_STATUS: Mapping[type[Exception], int] = {
    UnknownReleaseError: 404,
    LostRaceError: 409,
    StoreError: 503,
    CacheUnavailable: 503,
    ReleaseError: 422,
    ProfileError: 422,
}
"""The first that fits, and so the special ones first."""

Tokens = Callable[[], Mapping[str, str]]
"""The tokens that count now, by name."""


def admin_app(deeds: Sequence[Deed], tokens: Tokens, observe: Observer) -> Starlette:
    """The app that serves a table of deeds."""
    by_path: dict[str, list[Deed]] = {}
    for deed in deeds:
        by_path.setdefault(deed.path, []).append(deed)
    routes = [
        Route(
            f"{PREFIX}{path}",
            _Place({deed.method: deed for deed in there}, tokens, observe),
        )
        for path, there in by_path.items()
    ]
    nowhere = _Place({}, tokens, observe)
    return Starlette(routes=[*routes, Route("/{rest:path}", nowhere)])


class _Place(Model, frozen=True):
    """The deeds of one path, by method; none where nothing is."""

    deeds: Mapping[str, Deed]
    tokens: Tokens
    observe: Observer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """An app, and so asked by whatever method: the token comes first."""
        request = Request(scope, receive)
        response = await self._response(request)
        await response(scope, receive, send)

    async def _response(self, request: Request) -> Response:
        """Whatever happens: JSON, or what the deed gives."""
        origin = request.client.host if request.client else "?"
        said = ", ".join(request.headers.getlist("authorization"))
        by = holder(said, self.tokens())  # of two, whoever is before us may see another
        if by is None:
            self.observe(AdminRefused(origin, request.url.path[:200]))
            challenge = {"www-authenticate": "Bearer"}
            return _problem(401, "A token of this API is wanted.", headers=challenge)
        if not self.deeds:
            return _problem(404, f"Nothing is at {request.url.path[:200]}.")
        deed = self.deeds.get(request.method)
        if deed is None:
            allow = ", ".join(self.deeds)
            said = f"This is asked by {allow}."
            return _problem(405, said, headers={"allow": allow})
        return await self._answer(request, deed, by=by, origin=origin)

    async def _answer(
        self, request: Request, deed: Deed, *, by: str, origin: str
    ) -> Response:
        try:
            asked = await _asked(request, deed, by=by, origin=origin)
            found = await deed.act(asked)
            response = _answered(found)
        except ClientDisconnect:
            return Response(status_code=400)
        except GatewayError as error:
            status = _status(error)
            response = _problem(status, error.message, hint=error.hint)
        except Exception as error:  # noqa: BLE001 - a server's own 500 is not JSON
            id_ = request.headers.get("x-request-id", "")
            self.observe(Crashed(id_, "admin", error))
            response = _problem(500, "Internal error.")
        if deed.changes:
            action = f"{deed.method} {request.url.path}"[:200]
            self.observe(AdminActed(by, action, origin, response.status_code))
        return response


async def _asked(request: Request, deed: Deed, *, by: str, origin: str) -> Asked:
    """What a call says.

    Raises:
        RequestError: its body is not what the deed takes.
    """
    raw, said = b"", dict[str, JsonValue]()
    if deed.takes is not None:
        raw = await _body(request, _MOST_JSON if deed.takes == JSON else _MOST_OTHER)
        kind = request.headers.get("content-type", "").partition(";")[0].strip()
        if raw and kind.lower() != deed.takes:
            raise RequestError(f"The body is not {deed.takes}.", status=415)
        said = _read(raw) if raw and deed.takes == JSON else {}
    return Asked(
        by=by,
        origin=origin,
        named={name: str(value) for name, value in request.path_params.items()},
        query=dict(request.query_params),
        raw=raw,
        said=said,
    )


async def _body(request: Request, most: int) -> bytes:
    found = bytearray()
    async for part in request.stream():
        found += part
        if len(found) > most:
            raise RequestError(f"The body is longer than {most} bytes.", status=413)
    return bytes(found)


def _read(raw: bytes) -> dict[str, JsonValue]:
    try:
        said = orjson.loads(raw)
    except orjson.JSONDecodeError:
        said = None
    if not isinstance(said, dict):
        raise RequestError("The body is no JSON object.")
    return said


def _status(error: GatewayError) -> int:
    if isinstance(error, RequestError):
        return error.status
    fits = (status for kind, status in _STATUS.items() if isinstance(error, kind))
    return next(fits, 500)


def _answered(found: JsonValue | Content) -> Response:
    if isinstance(found, Content):
        return Response(found.body, media_type=found.media_type, headers=_HEADERS)
    return Response(orjson.dumps(found), media_type=JSON, headers=_HEADERS)


def _problem(
    status: int,
    message: str,
    *,
    hint: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    problem = {"message": message} | ({"hint": hint} if hint else {})
    return Response(
        orjson.dumps({"errors": [problem]}),
        status_code=status,
        media_type=JSON,
        headers={**_HEADERS, **(headers or {})},
    )
