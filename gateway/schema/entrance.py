"""What every request to a listener passes before anybody reads it: host, then origin.

In charge of refusing what comes under a foreign name or from a foreign page, of CORS,
and of headers that no answer may lack. Must never look at a path's meaning, nor at
anything but headers.
"""

from __future__ import annotations

from gateway.errors import Code, RequestError
from gateway.record import Model
from gateway.request.adapter import identify
from gateway.request.model import Arrived
from gateway.response.model import FieldError, refusal
from gateway.schema.encoding import to_json
from gateway.schema.exchange import (
    App,
    Headers,
    Message,
    Receive,
    Scope,
    Send,
    headers_of,
    respond,
)
from gateway.schema.hosts import EVERY_HOST, Hosts
from gateway.schema.negotiation import Form
from gateway.schema.origins import NO_ORIGINS, Origins
from gateway.schema.saying import HEADERS

_MISDIRECTED = 421
_FORBIDDEN = 403
_BAD = 400
_NO_CONTENT = 204
_POLICY = 1008
_VARY = b"vary"  # of which an answer may have several
_USUAL: Headers = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"cache-control", b"no-store"),
)
"""What an answer says that does not say otherwise itself."""


class Entrance(Model, frozen=True):
    """An ASGI app behind its checks.

    ``elsewhere`` are paths that judge origins themselves.
    """

    app: App
    hosts: Hosts = EVERY_HOST
    origins: Origins = NO_ORIGINS
    elsewhere: frozenset[str] = frozenset()
    key: str = "server.hosts"
    """The key that names the hosts, for who is refused."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        kind = scope["type"]
        if kind == "lifespan":
            await self.app(scope, receive, send)
            return
        headers = headers_of(scope)
        try:
            self.check(scope, headers)
        except RequestError as error:
            await _refuse(kind, send, headers, error)
            return
        if kind != "http":
            await self.app(scope, receive, send)
            return
        if scope["method"] == "OPTIONS":
            allowed = self.origins.preflight(headers)
            if allowed is not None:
                await respond(send, _NO_CONTENT, allowed, b"")
                return
        told = self.origins.told(headers)
        await self.app(scope, receive, _adding(send, told) if told else send)

    def check(self, scope: Scope, headers: Arrived) -> None:
        """Refuse what is not for us.

        Raises:
            RequestError: 400 for two hosts, 421 for a name that nobody gave us, 403 for
                a page that may not ask.
        """
        if "host" in headers.repeated:
            raise RequestError("There are two headers 'host'.", status=_BAD)
        if not self.hosts.take(headers.get("host")):
            raise RequestError(
                "This gateway is not reached under the name that the header 'host'"
                f" gives. Its deployment names it in '{self.key}'.",
                status=_MISDIRECTED,
            )
        method = scope.get("method", "CONNECT")
        if scope["path"] not in self.elsewhere and self.origins.refuses(
            headers, method
        ):
            raise RequestError(
                "Pages of this origin may not ask here. The deployment names those"
                " that may in 'cors.origins'.",
                code=Code.FORBIDDEN,
                status=_FORBIDDEN,
            )


def secured(app: App) -> App:
    """The app, whose answers have the usual headers where they have no others."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        usual = _adding(send, _USUAL) if scope["type"] == "http" else send
        await app(scope, receive, usual)

    return serve


def _adding(send: Send, more: Headers) -> Send:
    """The same, with headers that an answer lacks."""

    async def adding(message: Message) -> None:
        if message["type"] == "http.response.start":
            own = [*message.get("headers", ())]
            known = {name.lower() for name, _ in own}
            own += (pair for pair in more if pair[0] not in known or pair[0] == _VARY)
            message = {**message, "headers": own}
        await send(message)

    return adding


async def _refuse(kind: str, send: Send, headers: Arrived, error: RequestError) -> None:
    if kind == "websocket":  # before it is accepted: the handshake is answered by 403
        await send({"type": "websocket.close", "code": _POLICY, "reason": ""})
        return
    id_ = identify(headers)
    answer = refusal(FieldError(error.message, error.code), status=error.status)
    said = [*HEADERS[Form.JSON], (b"x-request-id", id_.encode())]
    await respond(send, error.status, said, to_json(answer.as_sent()))
