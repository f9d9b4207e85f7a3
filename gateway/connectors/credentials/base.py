"""The port between sources and what proves who calls.

Proof is made for an attempt, after its call was rendered: it is no part of what is
asked for, and no key of sharing or caching ever holds it. Must never name a library.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from gateway.connectors.rest_request import Request

Proof = Mapping[str, str]
"""Headers (of gRPC: metadata) that say who calls, lower-case. Never shown."""


class Authorizer(Protocol):
    """Proves to one source who calls. One for a source, shared by all its calls."""

    @property
    def reads(self) -> str | None:
        """The caller's header that the proof is made of; None where it is not.

        It is taken out of the call's headers and handed in as ``Request.caller``; the
        call's key has to hold its digest.
        """

    def now(self, request: Request) -> Proof | None:
        """The proof of a request; None where something has to be waited for first."""

    async def proof(self, request: Request) -> Proof:
        """The same, waited for by all who need it together.

        Raises:
            UpstreamError: there is none to be had, or none for this caller.
        """

    def refused(self, request: Request, sent: Proof) -> bool:
        """The source did not accept this proof (401): is there a better one?

        True: drop it, and ask once more with another. A source that refuses new proof,
        too, does not have more made for it for a while.
        """

    async def probe(self) -> str | None:
        """What is known without a caller, fetched anew if need be; in words.

        Raises:
            UpstreamError: there is no proof to be had.
        """

    async def close(self) -> None:
        """End what is under way."""
