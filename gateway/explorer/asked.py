"""Questions of the explorer's page: who may ask them, their bodies, and every error.

In charge of what all of its JSON endpoints share, and of who may look as somebody else
does. Must never know what a question is about, nor run an operation.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

import orjson
from starlette.requests import Request

from gateway.errors import Code, GatewayError, RequestError
from gateway.generation import Generation
from gateway.record import Model, field
from gateway.request.adapter import AdapterSettings, adapt, identify, permits
from gateway.request.model import PlanWish, RequestContext
from gateway.schema.exchange import (
    App,
    ClientGoneError,
    Receive,
    Scope,
    Send,
    body_of,
    headers_of,
)
from gateway.schema.json_calls import METHOD_NOT_ALLOWED, require_json, say
from gateway.schema.serving import Serving, admit
from gateway.telemetry.events import Crashed
from gateway.values import JsonValue
from gateway.workbench.somebody import somebody

LARGEST_BODY = 1_000_000
_UNFIT = 422
CLOSED = (
    "Only authors see this: with 'headwater serve --dev' everybody does, else those "
    "whom the deployment's 'plan.inspect' names."
)

ANOTHER = (
    "This caller sees plans and schemas as himself alone, whoever else is described: "
    "with 'headwater serve --dev' everybody looks as anybody, else those whom the "
    "deployment's 'plan.inspect' names."
)
"""The same words for whomever: they tell nobody which tenants there are."""


class Question(Model, frozen=True):
    """One of them, by somebody who may see plans.

    ``request`` is who asks, and wants a dry run; ``said`` the JSON of the body,
    ``named`` what stands in the path, ``query`` in the URL. ``peer`` is the address at
    the other end of the connection, where it is known; ``headers`` are lower-case.
    """

    request: RequestContext
    generation: Generation
    said: Mapping[str, JsonValue] = field(default_factory=dict)
    named: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    peer: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def somebody(self) -> RequestContext:
        """Whom it is about: who asks, or somebody else that ``as`` describes.

        Raises:
            RequestError: `as` cannot be read, or this caller may look as nobody else.
        """
        return self.as_said(self.said.get("as"))

    def as_said(self, said: JsonValue) -> RequestContext:
        """The same by such a description, null being who asks."""
        if said is None or said == {}:
            return self.request
        if not inspects(self.generation.admission, self.request):
            raise forbidden(ANOTHER)
        return somebody(said, self.request, self.generation.admission)

    def require_inspection(self) -> None:
        """Refuse whoever may see no more than his own plans.

        Raises:
            RequestError: FORBIDDEN.
        """
        require_inspection(self.generation.admission, self.request)


class Streamed(Model, frozen=True):
    """An answer that is no JSON, and that an app gives: it may go on for long."""

    app: App


Act = Callable[[Question], Awaitable["JsonValue | Streamed"]]


def inspects(admission: AdapterSettings, request: RequestContext) -> bool:
    """Whether a caller may look as somebody else does, at files and at others."""
    return request.explain and permits(admission.inspection, request)


def require_inspection(admission: AdapterSettings, request: RequestContext) -> None:
    """Refuse whoever may see no more than his own plans.

    Raises:
        RequestError: FORBIDDEN.
    """
    if not inspects(admission, request):
        raise forbidden(CLOSED)


def forbidden(message: str) -> RequestError:
    """What a caller is told who may not."""
    return RequestError(message, code=Code.FORBIDDEN, status=403)


class Place(Model, frozen=True):
    """The ASGI app of one path: by method, what answers.

    An endpoint of `starlette.routing.Route`. ``largest`` is in bytes, of a body.
    """

    serving: Serving
    acts: Mapping[str, Act]
    largest: int = LARGEST_BODY

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = headers_of(scope)
        try:
            told = await self._told(scope, receive, headers)
        except ClientGoneError:
            return
        except GatewayError as error:
            status = error.status if isinstance(error, RequestError) else _UNFIT
            also = error.headers if isinstance(error, RequestError) else ()
            methods = ", ".join(self.acts)
            await say(send, status, _problem(error), also, methods=methods)
        except Exception as error:  # noqa: BLE001 - a server's own 500 is not JSON
            crashed = Crashed(identify(headers), "explorer", error)
            self.serving.pipeline.observe(crashed)
            await say(send, 500, {"errors": [{"message": "Internal error."}]})
        else:
            if isinstance(told, Streamed):
                await told.app(scope, receive, send)
            else:
                await say(send, 200, told)

    async def _told(
        self, scope: Scope, receive: Receive, headers: Mapping[str, str]
    ) -> JsonValue | Streamed:
        """The answer.

        Raises:
            RequestError: it is no question, or not this caller's to ask.
            ClientGoneError: nobody waits for the answer.
        """
        await admit(self.serving, headers)
        act = self.acts.get(scope["method"])
        if act is None:
            ways = " or ".join(self.acts)
            raise RequestError(f"This is asked by {ways}.", status=METHOD_NOT_ALLOWED)
        generation = self.serving.current
        request = _adapted(self.serving, generation, headers)
        said: Mapping[str, JsonValue] = {}
        if scope["method"] != "GET":
            require_json(headers)
            said = _read(await body_of(receive, limit=self.largest))
        url = Request(scope)
        client = scope.get("client")
        with generation.lease:
            question = Question(
                request,
                generation,
                said,
                {name: str(value) for name, value in url.path_params.items()},
                dict(url.query_params),
                client[0] if client else None,
                headers,
            )
            return await act(question)


def _adapted(
    serving: Serving, generation: Generation, headers: Mapping[str, str]
) -> RequestContext:
    """Who asks.

    Raises:
        RequestError: FORBIDDEN for those who may see no plans.
    """
    plain = {name: text for name, text in headers.items() if name != "headwater-plan"}
    context = adapt(
        plain,
        generation.admission,
        request_id=identify(headers),
        clock=serving.pipeline.clock,
    )
    if not context.explain:
        raise forbidden(
            "Plans are not shown to this caller: with 'headwater serve --dev' all see "
            "them, else those whom the deployment's 'plan.when' names."
        )
    return context._replace(plan=PlanWish.DRY_RUN)


def _read(body: bytes) -> Mapping[str, JsonValue]:
    try:
        said = orjson.loads(body)
    except orjson.JSONDecodeError:
        said = None
    if not isinstance(said, dict):
        raise RequestError("The body is no JSON object.")
    return said


def _problem(error: GatewayError) -> JsonValue:
    code = error.code if isinstance(error, RequestError) else Code.BAD_REQUEST
    told: dict[str, JsonValue] = {"message": error.message}
    if error.hint:
        told["hint"] = error.hint
    return {"errors": [{**told, "extensions": {"code": code.value}}]}
