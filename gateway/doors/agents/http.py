"""The door over HTTP: one POST, one answer, no session to lose.

In charge of who may ask at all: the host's name, the page that asks, the size. Must
never import the SDK while others are served: a process that serves agents calls `load`
before it listens. See Note [no sessions].
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import orjson
from starlette.routing import BaseRoute, Route

from gateway.doors.agents.settings import AgentSettings
from gateway.errors import RequestError
from gateway.lapses import LapsesOf
from gateway.request.adapter import identify
from gateway.schema.exchange import (
    ClientGoneError,
    Message,
    Receive,
    Scope,
    Send,
    body_of,
    headers_of,
    respond,
    watched,
)
from gateway.schema.negotiation import is_json
from gateway.schema.serving import Serving, admit, begun, counted
from gateway.telemetry.events import Crashed

if TYPE_CHECKING:
    from gateway.doors.agents.stateless import Stateless

_FORBIDDEN, _METHOD, _TYPE, _MISDIRECTED, _INTERNAL = 403, 405, 415, 421, 500
_INVALID_REQUEST, _PARSE_ERROR, _INTERNAL_ERROR = -32600, -32700, -32603
_METHOD_NOT_FOUND, _INVALID_PARAMS = -32601, -32602
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_LONGEST_ID = 200
_DOOR = "agents"
_HEADERS = (
    (b"content-type", b"application/json; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
)


class NoMessageError(RequestError):
    """The body is no message of the protocol; ``number`` is JSON-RPC's for why."""

    def __init__(self, message: str, number: int, status: int = 400) -> None:
        super().__init__(message, status=status)
        self.number = number


def routes(serving: Serving, settings: AgentSettings) -> list[BaseRoute]:
    """The MCP server of a gateway. It is made when the first agent comes."""
    return [Route(settings.path, AgentsEndpoint(serving, settings))]


@dataclass(slots=True)
class AgentsEndpoint:
    """The ASGI app of the path."""

    serving: Serving
    settings: AgentSettings
    watch_after: float = 0.1
    _lapses: LapsesOf = field(default_factory=LapsesOf)
    _making: asyncio.Lock = field(default_factory=asyncio.Lock)
    _made: Stateless | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = headers_of(scope)
        request_id = identify(headers)
        try:
            await self._serve(scope, receive, send, (headers, request_id))
        except RequestError as error:
            counted(self.serving, error, request_id)
            await _refuse(send, error)
        except ClientGoneError:
            return
        except Exception as error:  # noqa: BLE001 - a server's own 500 is not JSON
            self.serving.pipeline.observe(Crashed(request_id, "agents", error))
            failed = NoMessageError("Internal error.", _INTERNAL_ERROR, _INTERNAL)
            await _refuse(send, failed)

    async def _serve(
        self,
        scope: Scope,
        receive: Receive,
        send: Send,
        asked: tuple[Mapping[str, str], str],
    ) -> None:
        """Pass one message on to the SDK, with who sent it.

        Raises:
            RequestError: it is none, or not from somebody who may ask.
            ClientGoneError: nobody waits for the answer.
        """
        headers, request_id = asked
        self._check(scope, headers)
        await admit(self.serving, headers, _DOOR)
        body = await body_of(receive, limit=self.settings.body)
        check_message(body)
        given = begun(self.serving, headers, request_id, _DOOR)
        stateless = await self._stateless()
        after = self._lapses(self.watch_after, asyncio.get_running_loop())
        inner = {**scope, stateless.KEY: given[:3]}
        async with watched(receive, after=after):
            await stateless.answer(inner, _again(body), send)

    def _check(self, scope: Scope, headers: Mapping[str, str]) -> None:
        """Refuse what is not for us, before a byte of the body is read."""
        check_origin(headers.get("origin"), self.settings.origins)
        check_host(headers.get("host"), self.settings.hosts)
        if scope["method"] != "POST":
            raise RequestError(
                "Agents ask by POST; there is no stream.", status=_METHOD
            )
        if not is_json(headers.get("content-type", "")):
            raise RequestError("The body is not application/json.", status=_TYPE)
        if headers.get("content-encoding", "identity").lower() != "identity":
            raise RequestError("Compressed bodies are not read.", status=_TYPE)

    async def _stateless(self) -> Stateless:
        """The SDK's side, made once."""
        if self._made is None:
            async with self._making:
                if self._made is None:
                    made = await asyncio.to_thread(load)
                    self._made = made(self.settings)
                    await self._made.begin()
        return self._made


def load() -> type[Stateless]:
    """Import the SDK: seconds on a slow machine, in which no other thread gets far."""
    from gateway.doors.agents.stateless import Stateless

    return Stateless


def check_host(host: str | None, known: frozenset[str]) -> None:
    """Refuse a name that nobody gave us. See Note [rebinding].

    Raises:
        RequestError: 421, saying which key names it.
    """
    name = urlsplit(f"//{host or ''}").hostname if _is_plain(host) else None
    if "*" in known or name in _LOOPBACK or name in known or host in known:
        return
    raise RequestError(
        "This gateway is not reached by agents under the name that the header 'host'"
        " gives. Its deployment names it in 'agents.hosts'.",
        status=_MISDIRECTED,
    )


def check_origin(origin: str | None, known: frozenset[str]) -> None:
    """Refuse pages of others. Programs send no origin.

    Raises:
        RequestError: 403.
    """
    if origin is None or origin.lower() in known:
        return
    if _is_plain(origin) and urlsplit(origin).hostname in _LOOPBACK:
        return
    raise RequestError(
        "Pages of this origin may not ask here. The deployment names those that may in"
        " 'agents.origins'.",
        status=_FORBIDDEN,
    )


def _is_plain(text: str | None) -> bool:
    """Whether a URL's reader will take it for what it looks like."""
    if text is None:
        return False
    try:
        _ = urlsplit(text if "//" in text else f"//{text}").port
    except ValueError:
        return False
    return text.isascii() and text.isprintable() and "@" not in text


def check_message(body: bytes) -> None:
    """Refuse what is no single message, in the protocol's words.

    Raises:
        NoMessageError: it is no JSON, a batch, or has an id that is none.
    """
    try:
        message: Any = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        said = f"The body is not valid JSON: {error.msg}."
        raise NoMessageError(said, _PARSE_ERROR) from None
    if isinstance(message, list):
        said = "Batches are not answered: send one message a request."
        raise NoMessageError(said, _INVALID_REQUEST)
    if not isinstance(message, dict):
        raise NoMessageError("A message is a JSON object.", _INVALID_REQUEST)
    method = message.get("method")
    if isinstance(method, str) and len(method) > _LONGEST_ID:
        raise NoMessageError("There is no such method.", _METHOD_NOT_FOUND)
    own = message.get("id", 0)
    is_number = isinstance(own, int) and not isinstance(own, bool)
    if not is_number and not (isinstance(own, str) and len(own) <= _LONGEST_ID):
        said = f"An 'id' is a whole number, or a text of {_LONGEST_ID} characters."
        raise NoMessageError(said, _INVALID_REQUEST)
    _check_form(message)


def _check_form(message: Mapping[str, Any]) -> None:
    """Refuse the forms that the SDK would tell its own insides of, input and all.

    Raises:
        NoMessageError: it is neither a request, a notification nor an answer.
    """
    said = "A message has 'jsonrpc': '2.0', and a 'method' that is text."
    if message.get("jsonrpc") != "2.0":
        raise NoMessageError(said, _INVALID_REQUEST)
    if "method" not in message:
        if not _is_answer(message):
            raise NoMessageError(said, _INVALID_REQUEST)
    elif not isinstance(message["method"], str):
        raise NoMessageError(said, _INVALID_REQUEST)
    elif not isinstance(message.get("params", {}), dict | None):
        raise NoMessageError("'params' is a JSON object.", _INVALID_PARAMS)


def _is_answer(message: Mapping[str, Any]) -> bool:
    """Whether it answers something; that we asked nothing is the SDK's to know."""
    result, error = message.get("result"), message.get("error")
    told = (
        isinstance(error, dict)
        and type(error.get("code")) is int
        and isinstance(error.get("message"), str)
    )
    return "id" in message and (isinstance(result, dict) or told)


def _again(body: bytes) -> Receive:
    """The body, read once more; and then nothing, since others watch for the end."""
    messages: list[Message] = [
        {"type": "http.request", "body": body, "more_body": False}
    ]

    async def receive() -> Message:
        if messages:
            return messages.pop()
        await asyncio.Event().wait()
        raise AssertionError("nothing ends this but being cancelled")

    return receive


async def _refuse(send: Send, error: RequestError) -> None:
    number = error.number if isinstance(error, NoMessageError) else _INVALID_REQUEST
    said = {"code": number, "message": error.message, "data": {"code": error.code}}
    body = orjson.dumps({"jsonrpc": "2.0", "id": None, "error": said})
    headers = [*_HEADERS, *error.headers]
    if error.status == _METHOD:
        headers.append((b"allow", b"POST"))
    await respond(send, error.status, headers, body)


# Note [no sessions]
# A session lives in one process, and there may be several behind one port; it would
# outlive the generation it was made for, and hold a connection that shutting down has
# to wait for. Each message carries all that it needs, so it may come to any process
# and is answered by the configuration that serves now. What is lost: nobody is told
# that the list of tools changed. Lists say instead how long they may be kept.

# Note [rebinding]  # noqa: ERA001
# A page on the net can have its own name resolve to 127.0.0.1, and then ask a gateway
# on the reader's machine as if it were of the same origin. Its requests carry that
# name in 'host', and its origin: both are looked at.
