"""A gRPC source's calls with proof of who calls, and the one repeat after a refusal.

In charge of joining metadata and proof at each attempt; what the proof is, is known to
`connectors.credentials` alone. Must never repeat a call twice, nor one of which a
message came.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

import grpc

from gateway.connectors.credentials.base import Authorizer, Proof
from gateway.connectors.grpc.sending import Metadata, Sent
from gateway.connectors.rest_request import Request

T = TypeVar("T")


class Proving:
    """Adds the proof to the metadata of calls, over whatever stands there already."""

    __slots__ = ("_authorizer",)

    def __init__(self, authorizer: Authorizer) -> None:
        self._authorizer = authorizer

    @property
    def reads(self) -> str | None:
        """The caller's header that is taken for his token."""
        return self._authorizer.reads

    async def answer(
        self, path: str, made: Sent, ask: Callable[[Metadata], Awaitable[T]]
    ) -> T:
        """The answer, asked for a second time where the first proof was refused.

        A refused call was not worked on, so that asking again repeats nothing.

        Raises:
            UpstreamError: there is no proof to be had.
            grpc.RpcError: as the call does.
        """
        authorizer = self._authorizer
        request = Request("POST", path, {}, None, made.caller)
        proof = authorizer.now(request) or await authorizer.proof(request)
        try:
            return await ask(_joined(made.metadata, proof))
        except grpc.RpcError as error:
            if error.code() is not grpc.StatusCode.UNAUTHENTICATED:
                raise
            if not authorizer.refused(request, proof):
                raise
        proof = await authorizer.proof(request)
        return await ask(_joined(made.metadata, proof))

    async def probe(self) -> tuple[str | None, Metadata]:
        """What is known of the proof, in words, and the metadata to try with.

        Raises:
            UpstreamError: there is no proof to be had.
        """
        said = await self._authorizer.probe()
        if self.reads is not None:  # there is nobody to ask in the name of
            return said, ()
        proof = await self._authorizer.proof(Request("POST", "/", {}))
        return said, _joined((), proof)

    async def close(self) -> None:
        await self._authorizer.close()


def _joined(metadata: Metadata, proof: Proof) -> Metadata:
    own = tuple(pair for pair in metadata if pair[0] not in proof)
    return (*own, *proof.items())
