"""OAuth 2 client credentials: the gateway's own token, one for all calls."""

from __future__ import annotations

from gateway.confided import CONFIDED
from gateway.connectors.credentials.base import Proof
from gateway.connectors.credentials.endpoint import Token, TokenEndpoint
from gateway.connectors.credentials.keeping import KeptToken
from gateway.connectors.rest_request import Request

_GRANT = {"grant_type": "client_credentials"}


class Granted:
    """A token that the gateway gets for itself."""

    __slots__ = ("_endpoint", "_kept")

    def __init__(self, endpoint: TokenEndpoint) -> None:
        self._endpoint = endpoint
        self._kept = KeptToken(self._fetch)

    @property
    def reads(self) -> str | None:
        return None

    def now(self, _request: Request) -> Proof | None:
        return self._kept.now()

    async def proof(self, _request: Request) -> Proof:
        return await self._kept.proof()

    def refused(self, _request: Request, sent: Proof) -> bool:
        return self._kept.refused(sent)

    async def probe(self) -> str | None:
        await self._kept.proof()
        return "token"

    async def close(self) -> None:
        await self._kept.close()
        await self._endpoint.close()

    async def _fetch(self) -> Token:
        token = await self._endpoint.token(_GRANT)
        CONFIDED.learn(sent.rpartition(" ")[2] for sent in token.proof.values())
        return token
