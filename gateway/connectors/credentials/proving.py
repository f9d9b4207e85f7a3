"""A source's requests with proof of who calls, and the one repeat after a refusal.

In charge of joining the two so that the usual way stays short: the source's own headers
with the proof are made once and kept. Must never repeat a call twice.
"""

from __future__ import annotations

from collections.abc import Mapping

from gateway.connectors.credentials.base import Authorizer, Proof
from gateway.connectors.rest_request import Request
from gateway.connectors.transport.base import Transport, WireReply

_REFUSED = 401
_SCHEME = "bearer "


class Proving:
    """Adds the proof to requests. ``own`` are the headers of every request."""

    __slots__ = ("_authorizer", "_joined", "_own", "_proof")

    def __init__(self, authorizer: Authorizer, own: Mapping[str, str]) -> None:
        self._authorizer = authorizer
        self._own = own
        self._proof: Proof = {}
        self._joined: Mapping[str, str] = own

    @property
    def reads(self) -> str | None:
        """The caller's header that is taken for his token."""
        return self._authorizer.reads

    def now(self, request: Request) -> tuple[Request, Proof] | None:
        """The request as it is sent; None where a proof has to be waited for."""
        proof = self._authorizer.now(request)
        return None if proof is None else (self._with(request, proof), proof)

    async def sent(
        self, request: Request, transport: Transport, limit: int
    ) -> WireReply:
        """The reply, asked for a second time where the first proof was refused.

        A refused call was not worked on, so that asking again repeats nothing.

        Raises:
            UpstreamError: as the transport does; there is no proof.
        """
        authorizer = self._authorizer
        proof = authorizer.now(request) or await authorizer.proof(request)
        reply = await transport.send(self._with(request, proof), limit)
        if not self.is_refused(request, proof, reply):
            return reply
        proof = await authorizer.proof(request)
        return await transport.send(self._with(request, proof), limit)

    async def proven(self, request: Request) -> tuple[Request, Proof]:
        """The request as it is sent, its proof waited for.

        Raises:
            UpstreamError: there is no proof.
        """
        authorizer = self._authorizer
        proof = authorizer.now(request) or await authorizer.proof(request)
        return self._with(request, proof), proof

    def is_refused(self, request: Request, proof: Proof, reply: WireReply) -> bool:
        """Whether a reply says that the proof was not good, and a better one may be."""
        return reply.status == _REFUSED and self._authorizer.refused(request, proof)

    async def probe(self) -> str | None:
        """What is known of the proof, in words."""
        return await self._authorizer.probe()

    async def close(self) -> None:
        await self._authorizer.close()

    def _with(self, request: Request, proof: Proof) -> Request:
        if request.headers is not self._own:
            headers: Mapping[str, str] = {**request.headers, **proof}
        elif proof is self._proof:
            headers = self._joined
        else:
            headers = self._joined = {**self._own, **proof}
            self._proof = proof
        return Request(request.method, request.url, headers, request.content)


def token_in(value: str) -> str | None:
    """The caller's token in the header that carries it, its scheme left out."""
    text = value.strip()
    if text[: len(_SCHEME)].lower() == _SCHEME:
        text = text[len(_SCHEME) :].strip()
    elif " " in text:
        return None  # another scheme: no token that could be exchanged
    return text or None
