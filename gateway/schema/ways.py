"""What the HTTP endpoint hands on: requests in forms that are answered elsewhere.

In charge of the words between the endpoint and what answers in streams or in parts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, Protocol

from gateway.generation import Generation
from gateway.request.model import Asking, RequestContext
from gateway.response.model import Answer
from gateway.schema.exchange import Receive, Scope, Send


class Streams(Protocol):
    """Answers in the forms that can carry more than one answer."""

    async def stream(
        self, scope: Scope, send: Send, *, asking: Asking, request: RequestContext
    ) -> None:
        """Answer a request that passed every check of the endpoint."""


class InParts(Protocol):
    """Answers of which some parts come later."""

    async def answer(
        self,
        exchange: Exchange,
        generation: Generation,
        asking: Asking,
        /,
        request: RequestContext,
    ) -> Answer | bool:
        """Answer in parts what has some, to a client that takes them; else False.

        An answer that came whole in time is for the caller to write.
        """


class Exchange(NamedTuple):
    """One request as far as it was understood, and where its answer goes."""

    scope: Scope
    receive: Receive
    send: Send
    headers: Mapping[str, str]
    request_id: str
