"""`GET /-/explain/OPERATION`: which profile serves a caller, for those who may know.

In charge of who is told, and of whom it is about. Must never tell a caller who may not
see plans that there is such an operation.
"""

from __future__ import annotations

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from gateway.errors import Code, RequestError
from gateway.request.adapter import adapt, identify
from gateway.request.model import RequestContext
from gateway.schema.exchange import headers_of
from gateway.schema.serving import Serving, admit
from gateway.values import JsonValue

_NO_STORE = {"cache-control": "no-store"}
_FORBIDDEN, _NOT_FOUND = 403, 404
_SWITCHES: Mapping[str, JsonValue] = {"on": True, "true": True, "off": False}


def explaining_routes(serving: Serving) -> list[Route]:
    """The one page, for whoever the deployment's `plan.when` names."""

    async def explain(request: Request) -> JSONResponse:
        try:
            await admit(serving, headers_of(request.scope))
            return _said(_explained(serving, request))
        except RequestError as error:
            code: JsonValue = {"code": error.code}
            told: JsonValue = {"message": error.message, "extensions": code}
            answer = _said({"errors": [told]}, error.status)
            answer.raw_headers += error.headers
            return answer

    return [Route("/-/explain/{operation}", explain, methods=["GET"])]


def _explained(serving: Serving, request: Request) -> Mapping[str, JsonValue]:
    """The account.

    Raises:
        RequestError: 403, who asks may not see plans; 404, there is no such operation.
    """
    headers = headers_of(request.scope)
    context = adapt(
        headers,
        serving.current.admission,
        request_id=identify(headers),
        clock=serving.pipeline.clock,
    )
    if not context.explain:
        raise RequestError(
            "Plans are not shown to this caller.",
            code=Code.FORBIDDEN,
            status=_FORBIDDEN,
        )
    about = _about(context, request)
    found = serving.current.explained(request.path_params["operation"], about)
    if found is None:
        raise RequestError("There is no such operation.", status=_NOT_FOUND)
    return found.as_json()


def _about(context: RequestContext, request: Request) -> RequestContext:
    """Whom it is about: who asks, but for what the query of the URL says."""
    given = request.query_params
    pairs = (one.partition("=") for one in given.getlist("flag"))
    flags = {name: _SWITCHES.get(text or "on", False) for name, _, text in pairs}
    return context._replace(
        tenant=given.get("tenant", context.tenant),
        client=given.get("client", context.client),
        flags={**context.flags, **flags} if flags else context.flags,
    )


def _said(content: Mapping[str, JsonValue], status: int = 200) -> JSONResponse:
    return JSONResponse(content, status_code=status, headers=_NO_STORE)
