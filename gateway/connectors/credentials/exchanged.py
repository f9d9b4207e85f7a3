"""Token exchange (RFC 8693): the caller's token for one that the source accepts.

In charge of whose token is whose: each caller has one of his own, found by the digest
of what he showed, and nobody gets another's. Must never remember a caller's token
itself beyond its fetch, nor more callers than it may.
"""

from __future__ import annotations

from functools import partial

from gateway.connectors.credentials.base import Proof
from gateway.connectors.credentials.endpoint import Token, TokenEndpoint
from gateway.connectors.credentials.keeping import KeptToken
from gateway.connectors.credentials.settings import ExchangeSettings
from gateway.connectors.rest_request import Request
from gateway.errors import ErrorClass, UpstreamError
from gateway.values import digest

_GRANT = "urn:ietf:params:oauth:grant-type:token-exchange"
_ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"  # noqa: S105 - a type


class Exchanged:
    """A token for each caller, the callers that came last."""

    __slots__ = ("_callers", "_closing", "_endpoint", "_settings")

    def __init__(self, settings: ExchangeSettings, endpoint: TokenEndpoint) -> None:
        self._settings = settings
        self._endpoint = endpoint
        self._callers: dict[str, KeptToken] = {}

    @property
    def reads(self) -> str | None:
        return self._settings.header

    def now(self, request: Request) -> Proof | None:
        known = self._callers.get(self._who(request))
        return None if known is None else known.now()

    async def proof(self, request: Request) -> Proof:
        who = self._who(request)
        kept = self._callers.pop(who, None)
        if kept is None:
            kept = KeptToken(partial(self._fetch, request.caller or ""))
            self._make_room()
        self._callers[who] = kept  # the last of all to go
        return await kept.proof()

    def refused(self, request: Request, sent: Proof) -> bool:
        known = self._callers.get(self._who(request))
        return known is None or known.refused(sent)

    async def probe(self) -> str | None:
        return None  # there is no caller whose token could be exchanged

    async def close(self) -> None:
        for kept in tuple(self._callers.values()):
            await kept.close()
        await self._endpoint.close()

    def _who(self, request: Request) -> str:
        if not request.caller:
            message = "The source is asked in the caller's name, and he shows no token."
            raise UpstreamError(message, kind=ErrorClass.REJECTED)
        return digest(request.caller)

    def _make_room(self) -> None:
        """The callers that came longest ago go, but none that is waited for."""
        surplus = len(self._callers) + 1 - self._settings.callers
        if surplus <= 0:
            return
        for who in [w for w, kept in self._callers.items() if kept.is_idle][:surplus]:
            del self._callers[who]

    async def _fetch(self, token: str) -> Token:
        return await self._endpoint.token(
            {
                "grant_type": _GRANT,
                "subject_token": token,
                "subject_token_type": self._settings.subject_type,
                "requested_token_type": _ACCESS_TOKEN,
            }
        )
