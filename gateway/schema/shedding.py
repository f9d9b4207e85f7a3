"""Requests beyond what the process bears: told so before anything of them is read.

In charge of the answer, which costs a hundredth of what a request does: the process
goes on answering as many as it can, each as soon as it can. What is under way for as
long as its client likes (a stream) is not counted here. Must never be in the way of
pages about the process.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from gateway.crowding import Crowding
from gateway.errors import Code
from gateway.pipeline import Pipeline
from gateway.policy.limits import Excess
from gateway.request.adapter import identify
from gateway.response.model import FieldError, refusal
from gateway.schema.encoding import to_json
from gateway.schema.exchange import App, Receive, Scope, Send, headers_of, respond
from gateway.schema.negotiation import Form, streams
from gateway.schema.plain import PlainExchange
from gateway.schema.saying import HEADERS, LINES

_FULL = 503
_AGAIN = (b"retry-after", b"1")
_SHORT = LINES[Form.JSON] + b"%s: %s\r\n" % _AGAIN


@dataclass(frozen=True, slots=True)
class Shedding:
    """The bound of one process, and what is said beyond it."""

    pipeline: Pipeline
    crowding: Crowding
    excess: Excess = field(init=False)
    body: bytes = field(init=False)

    def __post_init__(self) -> None:
        most = self.crowding.most
        said = "has as many requests under way"
        excess = Excess(
            "requests", Code.OVERLOADED, said, None, most, "The process", later=1.0
        )
        answer = refusal(FieldError(excess.message, excess.code), status=_FULL)
        object.__setattr__(self, "excess", excess)
        object.__setattr__(self, "body", to_json(answer.as_sent()))

    def refuse(self, exchange: PlainExchange) -> None:
        """Answer a plain request of which the head alone was found."""
        id_ = self._noted()
        exchange.say(_FULL, b"%sx-request-id: %s\r\n" % (_SHORT, id_), self.body)

    async def through(
        self, app: App, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Have an app answer a request, where one more is borne."""
        crowding = self.crowding
        if crowding.now >= crowding.most:
            headers = [*HEADERS[Form.JSON], (b"x-request-id", self._noted()), _AGAIN]
            await respond(send, _FULL, headers, self.body)
            return
        if streams(headers_of(scope).get("accept", "")):
            await app(scope, receive, send)
            return
        crowding.now += 1
        try:
            await app(scope, receive, send)
        finally:
            crowding.now -= 1

    def _noted(self) -> bytes:
        """One more was refused; the id of its answer."""
        id_, now = identify({}), self.pipeline.clock.now()
        self.pipeline.preparing.excesses.note(self.excess, "refused", (id_, now), now)
        return id_.encode()
