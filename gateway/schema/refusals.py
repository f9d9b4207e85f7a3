"""What a connection says to whoever sends it no request that can be read.

In charge of the few answers that are given below HTTP's own grammar, in our own form.
Must never look into a body.
"""

from __future__ import annotations

from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from gateway.errors import Code
from gateway.record import Model
from gateway.request.adapter import identify
from gateway.response.model import FieldError, refusal
from gateway.schema.encoding import to_json
from gateway.schema.exchange import Receive, Scope, Send, respond
from gateway.schema.negotiation import Form
from gateway.schema.saying import HEADERS

_BAD_REQUEST = 400
_TIMEOUT = 408
_URL_TOO_LONG = 414
_HEAD_TOO_LARGE = 431
_UNKNOWN_CODING = 501
_FULL = 503
_OTHER_VERSION = 505


class Refusal(Model, frozen=True):
    """An answer after which the connection is closed."""

    status: int
    message: str
    code: Code = Code.BAD_REQUEST
    also: tuple[tuple[bytes, bytes], ...] = ()

    @property
    def _body(self) -> bytes:
        error = FieldError(self.message, self.code)
        return to_json(refusal(error, status=self.status).as_sent())

    @property
    def _headers(self) -> list[tuple[bytes, bytes]]:
        id_ = (b"x-request-id", identify({}).encode())
        return [*HEADERS[Form.JSON], id_, *self.also, (b"connection", b"close")]

    def wire(self, own: list[tuple[bytes, bytes]]) -> bytes:
        """All of it as it is written; ``own`` are the headers of every answer."""
        body = self._body
        pairs = [*own, *self._headers, (b"content-length", b"%d" % len(body))]
        lines = b"".join(b"%s: %s\r\n" % pair for pair in pairs)
        return b"%s%s\r\n%s" % (STATUS_LINE[self.status], lines, body)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """The same as an app, where other answers come first."""
        await respond(send, self.status, self._headers, self._body)


UNREADABLE = Refusal(_BAD_REQUEST, "This is not a request of HTTP/1.1.")
TWO_HOSTS = Refusal(_BAD_REQUEST, "The header 'host' is given twice.")
NO_SOCKET = Refusal(_BAD_REQUEST, "A WebSocket is opened by a GET without a body.")
NOT_NOW = Refusal(
    _BAD_REQUEST, "A WebSocket is opened when no other answer is under way."
)
OTHER_VERSION = Refusal(_OTHER_VERSION, "HTTP/1.1 is spoken here, and HTTP/1.0.")
CODED = Refusal(
    _UNKNOWN_CODING, "Of the header 'transfer-encoding' only 'chunked' is read."
)


def too_slow(seconds: float) -> Refusal:
    told = f"The request was not complete after {seconds:g} s."
    return Refusal(_TIMEOUT, told, Code.REQUEST_TIMEOUT)


def too_large(url: bytes, most: int) -> Refusal:
    """It is the URL that is too long, or it is the headers."""
    status = _URL_TOO_LONG if len(url) >= most // 2 else _HEAD_TOO_LARGE
    return head_too_large(most, status)


def head_too_large(most: int, status: int = _HEAD_TOO_LARGE) -> Refusal:
    told = f"The URL and the headers are larger than {most} bytes."
    return Refusal(status, told, Code.HEAD_TOO_LARGE)


def too_many_headers(most: int) -> Refusal:
    told = f"The request has more than {most} headers."
    return Refusal(_HEAD_TOO_LARGE, told, Code.HEAD_TOO_LARGE)


def full(most: int) -> Refusal:
    told = f"{most} connections are open, which is as many as there may be."
    return Refusal(_FULL, told, Code.OVERLOADED, ((b"retry-after", b"1"),))


def full_of_one(most: int) -> Refusal:
    told = f"{most} connections of this address are open, as many as it may have."
    return Refusal(_FULL, told, Code.OVERLOADED, ((b"retry-after", b"1"),))
