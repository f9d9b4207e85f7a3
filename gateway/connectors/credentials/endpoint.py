"""The token endpoint of an OAuth 2 server: a form goes out, a token comes in.

In charge of one fetch and of leaving a server alone that does not work: after a failure
nobody asks for a while that doubles, up to five seconds. Must never put a secret, a
token or the server's own words into an error.
"""

from __future__ import annotations

import asyncio
import base64
import math
import re
from collections.abc import Mapping
from random import random
from typing import NamedTuple
from urllib.parse import quote_plus, urlsplit

import orjson

from gateway.connectors.credentials.base import Proof
from gateway.connectors.credentials.settings import OAuth2Settings
from gateway.connectors.rendering import form_bytes
from gateway.connectors.rest_request import Request
from gateway.connectors.transport.base import Transport, WireReply
from gateway.errors import ErrorClass, UpstreamError

_FETCH_SECONDS = 10.0
_LARGEST = 1_000_000
_UNTOLD = 300.0
"""Seconds that a token is believed which does not say how long it is good for."""
_LONGEST = 86_400.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.25, 5.0
_TOKEN = re.compile(r"[\x21-\x7e]+")
_ERROR = re.compile(r"[a-z_]{1,40}")
_REFUSALS = range(400, 500)
_BUSY = (408, 425, 429)
_OK = 200
_TYPES = ("bearer", "n_a")


class Token(NamedTuple):
    """A token: the headers that carry it, and for how many seconds it is good."""

    proof: Proof
    seconds: float


class RefusedError(UpstreamError):
    """The server works, and gives no token for what was sent."""


class Pause:
    """How long nobody asks again after failures in a row."""

    __slots__ = ("_failures", "_last", "_until")

    def __init__(self) -> None:
        self._failures = 0
        self._until = 0.0
        self._last: UpstreamError | None = None

    def check(self, now: float) -> None:
        """Raises: UpstreamError: the last failure, as long as the pause lasts."""
        if self._last is not None and now < self._until:
            raise again(self._last)

    def failed(self, error: UpstreamError, now: float) -> None:
        longest = min(_FIRST_PAUSE * 2**self._failures, _LONGEST_PAUSE)
        pause = longest * (0.5 + random() / 2)  # noqa: S311 - no secret
        asked = min(error.retry_after or 0.0, _LONGEST_PAUSE)
        self._failures = min(self._failures + 1, 10)
        self._until, self._last = now + max(pause, asked), error

    def over(self) -> None:
        self._failures, self._last = 0, None


class TokenEndpoint:
    """One token endpoint, with its own connections."""

    __slots__ = ("_client", "_headers", "_host", "_path", "_pause", "_transport")

    def __init__(self, settings: OAuth2Settings, transport: Transport) -> None:
        parts = urlsplit(settings.token_url)
        self._client = settings
        self._host = parts.hostname or ""
        self._path = f"?{parts.query}" if parts.query else ""
        self._headers = {
            "accept": "application/json",
            "content-type": "application/x-www-form-urlencoded",
            "user-agent": "headwater",
        }
        if settings.client_auth == "basic":
            pair = f"{quote_plus(settings.client_id)}:"
            pair += quote_plus(settings.client_secret)
            told = base64.b64encode(pair.encode()).decode()
            self._headers["authorization"] = f"Basic {told}"
        self._transport = transport
        self._pause = Pause()

    async def token(self, grant: Mapping[str, str]) -> Token:
        """A token for what the grant says.

        Raises:
            UpstreamError: connect or timeout: the server does not work.
            RefusedError: it gives none for this.
        """
        now = asyncio.get_running_loop().time
        self._pause.check(now())
        try:
            made = self._read(await self._reply(grant))
        except RefusedError:
            self._pause.over()
            raise
        except UpstreamError as error:
            self._pause.failed(error, now())
            raise
        self._pause.over()
        return made

    async def close(self) -> None:
        await self._transport.close()

    async def _reply(self, grant: Mapping[str, str]) -> WireReply:
        request = Request("POST", self._path, self._headers, self._form(grant))
        try:
            async with asyncio.timeout(_FETCH_SECONDS):
                return await self._transport.send(request, _LARGEST)
        except TimeoutError:
            raise self._without("no answer in time", ErrorClass.TIMEOUT) from None
        except UpstreamError as error:
            late = error.kind is ErrorClass.TIMEOUT
            kind = ErrorClass.TIMEOUT if late else ErrorClass.CONNECT
            why = error.detail or error.message
            raise self._without(why, kind) from None

    def _form(self, grant: Mapping[str, str]) -> bytes:
        client, form = self._client, dict(grant)
        if client.scopes:
            form["scope"] = " ".join(client.scopes)
        if client.audience is not None:
            form["audience"] = client.audience
        if client.client_auth == "body":
            form["client_id"] = client.client_id
            form["client_secret"] = client.client_secret
        return form_bytes(form)

    def _read(self, reply: WireReply) -> Token:
        said = _decoded(reply.content)
        if reply.status != _OK:
            raise self._failure(reply, said)
        token = said.get("access_token")
        if not isinstance(token, str) or not _TOKEN.fullmatch(token):
            raise self._without("an answer without a token")
        kind = said.get("token_type", "bearer")
        if not isinstance(kind, str) or kind.lower() not in _TYPES:
            raise self._without("a token that is no bearer token")
        proof = {"authorization": f"Bearer {token}"}
        return Token(proof, _seconds(said.get("expires_in")))

    def _failure(self, reply: WireReply, said: Mapping[str, object]) -> UpstreamError:
        code = said.get("error")
        known = isinstance(code, str) and _ERROR.fullmatch(code)
        why = f"{reply.status} {code}" if known else str(reply.status)
        if reply.status in _REFUSALS and reply.status not in _BUSY:
            message = "The source cannot be reached: no token is given for it."
            return RefusedError(
                message, kind=ErrorClass.CONNECT, detail=self._detail(why)
            )
        error = self._without(why)
        wait = reply.headers.get("retry-after", "")
        error.retry_after = float(wait[:6]) if wait.isdecimal() else None
        return error

    def _without(
        self, why: str, kind: ErrorClass = ErrorClass.CONNECT
    ) -> UpstreamError:
        message = "The source cannot be reached: there is no token for it."
        return UpstreamError(message, kind=kind, detail=self._detail(why))

    def _detail(self, why: str) -> str:
        return f"token endpoint {self._host}: {why}"


def again(error: UpstreamError) -> UpstreamError:
    """The same failure for one more who asks; an exception is raised once only."""
    made = type(error)(error.message, kind=error.kind, detail=error.detail)
    made.retry_after = error.retry_after
    return made


def _decoded(content: bytes) -> Mapping[str, object]:
    try:
        found = orjson.loads(content)
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}


def _seconds(told: object) -> float:
    """How long a token is good for; some servers write the number as text."""
    try:
        seconds = float(told) if isinstance(told, int | float | str) else _UNTOLD
    except (ValueError, OverflowError):
        seconds = _UNTOLD
    if not math.isfinite(seconds):
        seconds = _UNTOLD
    return min(max(seconds, 1.0), _LONGEST)
