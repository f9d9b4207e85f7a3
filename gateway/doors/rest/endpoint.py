"""The ASGI app below `/api`: one request to one value, one problem, or one 304.

In charge of methods, of the order of the checks, and of never answering bad input with
anything but a 4xx. It passes the same checks that GraphQL over HTTP passes: the size
of a body, who asks, what a document may ask for. See `gateway.schema.endpoint`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from gateway.doors.rest.answering import Value, value_of
from gateway.doors.rest.negotiation import Form
from gateway.doors.rest.offered import Offered
from gateway.doors.rest.openapi.served import Described
from gateway.doors.rest.problems import MEDIA_TYPE, Problem, RefusedError, of_error
from gateway.doors.rest.reading import (
    READS,
    Arrival,
    Call,
    Reading,
    allowed,
    check_method,
    target,
)
from gateway.doors.rest.representation import STRICT, is_known, tag_of, vary_of, wants
from gateway.errors import Code, RequestError
from gateway.lapses import LapsesOf
from gateway.persisted.judging import judge
from gateway.record import Model, field
from gateway.request.adapter import identify
from gateway.request.model import Asking, PlanWish, RequestContext
from gateway.response.model import Answer
from gateway.saved.model import SavedOperation
from gateway.schema.encoding import to_json
from gateway.schema.exchange import (
    ClientGoneError,
    Receive,
    Scope,
    Send,
    headers_of,
    respond,
    watched,
)
from gateway.schema.serving import (
    ServerSettings,
    Serving,
    admit,
    answer_safely,
    begun,
    counted,
)
from gateway.splitting import Given
from gateway.telemetry.events import Crashed

_INTERNAL = Problem(500, Code.INTERNAL_SERVER_ERROR, "Internal error.")
_ALWAYS = ((b"x-content-type-options", b"nosniff"),)
_NO_STORE = (b"cache-control", b"no-store")
_REVALIDATE = (b"cache-control", b"private, no-cache")
_OK = 200
_NO_CONTENT = 204
_NOT_MODIFIED = 304
_TOO_LARGE = 413
_DOOR = "api"

Headers = list[tuple[bytes, bytes]]


class _Exchange(Model, frozen=True):
    """One request, and where its answer goes."""

    scope: Scope
    receive: Receive
    send: Send
    headers: Mapping[str, str]
    request_id: str

    @property
    def method(self) -> str:
        method: str = self.scope["method"]
        return method

    @property
    def named(self) -> tuple[bytes, bytes]:
        """The header that says which request this was."""
        return (b"x-request-id", self.request_id.encode())

    def below(self, door: str) -> str:
        """The path below the door's, without a slash before it."""
        path: str = self.scope["path"]
        root = self.scope.get("root_path", "").rstrip("/")
        if root and path.startswith(f"{root}/"):
            path = path.removeprefix(root)
        return path.removeprefix(door).removeprefix("/")

    def arrival(self, limit: int, below: str) -> Arrival:
        query = self.scope.get("query_string", b"")
        return Arrival(self.method, below, query, self.headers, self.receive, limit)


class RestDoor(Model, frozen=True):
    """The ASGI app. ``path`` is where it is mounted; what is below it is its own."""

    serving: Serving
    path: str
    settings: ServerSettings = field(default_factory=ServerSettings)
    reading: Reading = field(default_factory=Reading)
    described: Described = field(default_factory=Described)
    lapses: LapsesOf = field(default_factory=LapsesOf)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = headers_of(scope)
        exchange = _Exchange(scope, receive, send, headers, identify(headers))
        try:
            await self._serve(exchange)
        except RequestError as error:
            counted(self.serving, error, exchange.request_id)
            await self._refuse(exchange, of_error(error))
        except ClientGoneError:
            return
        except Exception as error:  # noqa: BLE001 - the client learns a code
            crashed = Crashed(exchange.request_id, "rest", error)
            self.serving.pipeline.observe(crashed)
            await self._refuse(exchange, _INTERNAL)

    async def _serve(self, exchange: _Exchange) -> None:
        """Answer it.

        Raises:
            RequestError: it is none that can be answered.
            ClientGoneError: nobody waits for the answer.
        """
        await admit(self.serving, exchange.headers, _DOOR)
        below = exchange.below(self.path)
        id_ = exchange.request_id
        given = begun(self.serving, exchange.headers, id_, _DOOR)
        generation, request = given.generation, given.request
        seen = generation.seen_by(generation.offered(request))
        if below in Described.FORMS:
            check_method(exchange.method, (*READS, "OPTIONS"))
            described = await self.described.of(seen, self.path, below)
            await self._give(exchange, given, described)
            return
        if exchange.method == "OPTIONS":
            await self._options(exchange, target(seen, below))
            return
        call = await self.reading.read(
            seen, exchange.arrival(self.settings.body_limit, below)
        )
        _check_plan(request, call)
        if call.chosen:  # as good as a document of its own
            judge(generation.persisted, call.asking, request, given.pipeline.observe)
        answer = await self._answer(exchange, given, call.asking)
        value = value_of(answer, call.asked)
        if isinstance(value, Problem):
            await self._refuse(exchange, value)
        else:
            await self._give(exchange, given, value)

    async def _answer(
        self,
        exchange: _Exchange,
        given: Given,
        asking: Asking,
    ) -> Answer:
        pipeline, generation, request, _ = given
        after = self.lapses(self.settings.watch_after, asyncio.get_running_loop())
        async with watched(exchange.receive, after=after):
            return await answer_safely(pipeline, generation, asking, request)

    async def _give(self, exchange: _Exchange, given: Given, value: Value) -> None:
        """Send a value, or say that the client has it already."""
        headers = [*value.headers, *_ALWAYS, exchange.named]
        if wants(exchange.headers.get("prefer"), STRICT):
            headers.append((b"preference-applied", STRICT.encode()))
        if given.told:
            headers.append(given.header)
        if exchange.method not in READS:
            await respond(exchange.send, _OK, [*headers, _NO_STORE], value.body)
            return
        tag = tag_of(value.body, *(part for one in value.headers for part in one))
        vary = (b"vary", vary_of(given.generation.admission_at(_DOOR)))
        headers += [(b"etag", tag.encode()), _REVALIDATE, vary]
        if is_known(tag, exchange.headers.get("if-none-match")):
            kept = [one for one in headers if one[0] != b"content-type"]
            await _send(exchange, _NOT_MODIFIED, kept, None)
            return
        await _send(exchange, _OK, headers, value.body)

    async def _options(
        self, exchange: _Exchange, found: Offered | SavedOperation
    ) -> None:
        methods = allowed(found.kind, saved=isinstance(found, SavedOperation))
        listed = ", ".join((*methods, "OPTIONS")).encode()
        headers = [(b"allow", listed), *_ALWAYS, exchange.named]
        await _send(exchange, _NO_CONTENT, headers, None)

    async def _refuse(self, exchange: _Exchange, problem: Problem) -> None:
        try:
            body = to_json(problem.as_json(exchange.request_id))
        except Exception as error:  # noqa: BLE001 - as above
            crashed = Crashed(exchange.request_id, "encoding", error)
            self.serving.pipeline.observe(crashed)
            problem = _INTERNAL
            body = to_json(problem.as_json(exchange.request_id))
        headers = [
            (b"content-type", MEDIA_TYPE),
            *problem.sent_headers,
            *_ALWAYS,
            _NO_STORE,
            exchange.named,
        ]
        if problem.status == _TOO_LARGE:
            headers.append((b"connection", b"close"))
        await _send(exchange, problem.status, headers, body)


async def _send(
    exchange: _Exchange, status: int, headers: Headers, body: bytes | None
) -> None:
    """Send an answer: to HEAD all of it but the body, None where there is none."""
    if body is not None and exchange.method != "HEAD":
        await respond(exchange.send, status, headers, body)
        return
    if body is not None:
        headers = [*headers, (b"content-length", str(len(body)).encode())]
    start = {"type": "http.response.start", "status": status, "headers": headers}
    await exchange.send(start)
    await exchange.send({"type": "http.response.body", "body": b""})


def _check_plan(request: RequestContext, call: Call) -> None:
    """A dry run has no value, and only one form can say what it has.

    Raises:
        RefusedError: the answer is wanted in another form.
    """
    if request.plan is PlanWish.DRY_RUN and call.asked.form is not Form.GRAPHQL:
        raise RefusedError(
            "A dry run is answered with 'accept: application/graphql-response+json'.",
            code=Code.BAD_REQUEST,
        )
