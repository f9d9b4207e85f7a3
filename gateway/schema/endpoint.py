"""GraphQL over HTTP: the raw ASGI entry that answers POST and GET in JSON.

In charge of the protocol as "GraphQL over HTTP" writes it: methods, media types,
status codes, limits. It is the hot path, so it stands in front of every framework.
Must never answer bad input with anything but a 4xx and a body shaped like GraphQL.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from functools import partial

from gateway.errors import RequestError
from gateway.lapses import LapsesOf
from gateway.pipeline import Pipeline
from gateway.record import Model, field
from gateway.refusing import internal_error
from gateway.request.adapter import identify
from gateway.request.model import Asking
from gateway.response.model import Answer, FieldError, refusal
from gateway.schema.asking import read_body, read_url
from gateway.schema.documents import Documents
from gateway.schema.encoding import to_json, written_at_once
from gateway.schema.exchange import (
    ClientGoneError,
    Headers,
    Receive,
    Say,
    Scope,
    Send,
    Take,
    body_of,
    headers_of,
    joined,
    respond,
    too_large,
    watched,
)
from gateway.schema.negotiation import (
    Form,
    choose_form,
    choose_parts,
    is_json,
    streams,
)
from gateway.schema.saying import HEADERS, LINES, headers_of_answer, lines_of, status_of
from gateway.schema.serving import (
    ServerSettings,
    Serving,
    admit,
    answer_safely,
    begun,
    counted,
)
from gateway.schema.under import Under
from gateway.schema.ways import Exchange, InParts, Streams
from gateway.telemetry.events import Crashed

_OK = 200
_METHOD_NOT_ALLOWED = 405
_NOT_ACCEPTABLE = 406
_TOO_LARGE = 413
_UNSUPPORTED = 415
_INTERNAL = 500


class GraphQLEndpoint(Model, frozen=True):
    """The ASGI app of the GraphQL path for HTTP."""

    serving: Serving
    streams: Streams
    settings: ServerSettings = field(default_factory=ServerSettings)
    in_parts: Callable[[Pipeline], InParts] | None = None
    lapses: LapsesOf = field(default_factory=LapsesOf)
    documents: Documents = field(default_factory=Documents)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = headers_of(scope)
        exchange = Exchange(scope, receive, send, headers, identify(headers))
        form = choose_form(headers.get("accept"))
        try:
            await self._serve(exchange, form)
        except RequestError as error:
            counted(self.serving, error, exchange.request_id)
            answer = refusal(FieldError(error.message, error.code), status=error.status)
            await self._say(exchange, answer, Form.JSON, error.status, error.headers)
        except ClientGoneError:
            return
        except Exception as error:  # noqa: BLE001 - a server's own 500 is not JSON
            id_ = exchange.request_id
            self.serving.pipeline.observe(Crashed(id_, "endpoint", error))
            await self._say(exchange, internal_error(), Form.JSON, _INTERNAL)

    def under(self, headers: Headers, peer: str | None) -> Take | None:
        """What answers plain POSTs with such headers; others go the other way: None."""
        known = joined(headers, peer)
        accept = known.get("accept")
        form = choose_form(accept)
        if form is None or form.streams or not self.settings.admits(known):
            return None
        try:
            self._check_content(known)
        except RequestError:
            return None
        may_stream = accept is not None and streams(accept)
        told = self.settings.origins.told(known)
        lines = LINES[form] + b"".join(b"%s: %s\r\n" % pair for pair in told)
        return partial(self._taken, Under(known, form, lines, may_stream))

    def _taken(
        self, under: Under, body: bytes, say: Say
    ) -> Callable[[], object] | None:
        form, lines = under.form, under.lines
        pipeline, generation = self.serving.pipeline, self.serving.current
        try:
            request = under.request(generation.admission, pipeline.clock)
            id_ = request.request_id
            asking = read_body(body)
            if asking.reference is not None or generation.guards:
                if pipeline.splitting is not None:
                    return None  # which list counts is known once it is given
                found = self.documents.at_once(generation, asking)
                if found is None:
                    return None
                asking = found
            if under.may_stream and (generation.defers or _may_stream(asking.document)):
                return None
        except RequestError:
            return None
        if pipeline.splitting is not None:
            given = pipeline.splitting.given(
                (pipeline, generation), request, under.headers
            )
            pipeline, generation, request, told = given
            lines += given.line if told else b""

        def done(answer: Answer) -> None:
            head = b"%sx-request-id: %s\r\n" % (lines, id_.encode())
            data = answer.only_data()
            if data is not None and (written := written_at_once(data)):
                say(_OK, head, written)
                return
            status, written = self._written(answer, status_of(answer, form), id_)
            say(status, head + lines_of(answer), written)

        try:
            passage = pipeline.begin(generation, asking, request, done)
        except Exception as error:  # noqa: BLE001 - a server's own 500 is not JSON
            pipeline.observe(Crashed(id_, "endpoint", error))
            return None
        return None if passage is None else passage.leave

    async def _serve(self, exchange: Exchange, form: Form | None) -> None:
        """Answer in a form, or in none of them.

        Raises:
            RequestError: the request is not a GraphQL request.
            ClientGoneError: nobody waits for the answer.
        """
        await admit(self.serving, exchange.headers)
        asking = await self._read(exchange, form)
        given = begun(self.serving, exchange.headers, exchange.request_id)
        pipeline, generation, request, _ = given
        assert form is not None, "reading refuses a request for no form"  # noqa: S101
        if asking.reference is not None or generation.guards:
            try:
                asking = await self.documents.found(given, asking)
            except RequestError as error:
                await self._refuse(exchange, form, error)
                return
        loop = asyncio.get_running_loop()
        after = self.lapses(self.settings.watch_after, loop)
        async with watched(exchange.receive, after=after):
            answer: Answer | bool = False
            if (
                choose_parts(exchange.headers.get("accept")) is not None
                and self.in_parts is not None
            ):
                in_parts = self.in_parts(pipeline)
                answer = await in_parts.answer(exchange, generation, asking, request)
            if answer is False and form.streams:
                scope, send = exchange.scope, exchange.send
                await self.streams.stream(scope, send, asking=asking, request=request)
                return
            if answer is False:
                answer = await answer_safely(pipeline, generation, asking, request)
        if not isinstance(answer, bool):  # else it has been sent
            also = (given.header,) if given.told else ()
            await self._say(exchange, answer, form, status_of(answer, form), also)

    async def _read(self, exchange: Exchange, form: Form | None) -> Asking:
        method = exchange.scope["method"]
        if method not in ("GET", "POST"):
            raise RequestError(
                f"GraphQL is asked by POST or GET, not by {method[:20]}.",
                status=_METHOD_NOT_ALLOWED,
            )
        if form is None:
            raise RequestError(
                "The answer is application/graphql-response+json or application/json;"
                " the header 'accept' takes neither.",
                status=_NOT_ACCEPTABLE,
            )
        if method == "GET":
            return read_url(exchange.scope.get("query_string", b""))
        self._check_content(exchange.headers)
        body = await body_of(exchange.receive, limit=self.settings.body_limit)
        return read_body(body)

    def _check_content(self, headers: Mapping[str, str]) -> None:
        """Refuse what is not JSON before a byte is read. See Note [simple requests]."""
        content_type = headers.get("content-type")
        if content_type is None or not is_json(content_type):
            raise RequestError(
                "The body is not application/json in UTF-8, as the header"
                " 'content-type' has it.",
                status=_UNSUPPORTED,
            )
        if headers.get("content-encoding", "identity").lower() != "identity":
            raise RequestError("Compressed bodies are not read.", status=_UNSUPPORTED)
        length = headers.get("content-length", "")
        if length.isdigit() and int(length[:20]) > self.settings.body_limit:
            raise too_large(self.settings.body_limit)

    async def _refuse(
        self, exchange: Exchange, form: Form, error: RequestError
    ) -> None:
        """Say that a GraphQL request is refused, as one is that is not valid."""
        form = Form.JSON if form.streams else form
        answer = refusal(FieldError(error.message, error.code), status=error.status)
        await self._say(exchange, answer, form, status_of(answer, form))

    async def _say(
        self,
        exchange: Exchange,
        answer: Answer,
        form: Form,
        status: int,
        also: Headers = (),
    ) -> None:
        status, body = self._written(answer, status, exchange.request_id)
        headers = [*HEADERS[form], (b"x-request-id", exchange.request_id.encode())]
        headers += also
        headers += headers_of_answer(answer)
        if status == _METHOD_NOT_ALLOWED:
            headers.append((b"allow", _allowed(exchange.scope["method"])))
        if status == _TOO_LARGE:
            headers.append((b"connection", b"close"))
        await respond(exchange.send, status, headers, body)

    def _written(self, answer: Answer, status: int, id_: str) -> tuple[int, bytes]:
        """Status and body; an answer that cannot be written is a bug."""
        try:
            return status, to_json(answer.as_sent())
        except Exception as error:  # noqa: BLE001 - as above
            self.serving.pipeline.observe(Crashed(id_, "encoding", error))
            return _INTERNAL, to_json(internal_error().as_json())


def _may_stream(document: str) -> bool:
    """Whether its answer may have parts: seen at a glance, and rather too often."""
    return "@" in document or "subscription" in document


def _allowed(method: str) -> bytes:
    """What would have been allowed: a refused GET was a mutation."""
    return b"POST" if method == "GET" else b"GET, POST"


# Note [simple requests]
# A page of any origin can make a browser send a POST of type text/plain or of a form,
# with the user's cookies and without asking first. A body that is JSON makes the
# browser ask, so requiring the type is the protection against forged requests.
# A GET can be forged too, but it only reads, and the page cannot see the answer.
