"""What an answer over HTTP says besides its body: the status and the usual headers."""

from __future__ import annotations

from gateway.response.model import Answer
from gateway.schema.exchange import REPLAYED
from gateway.schema.negotiation import Form

_WELL_FORMED = (400, 409, 422)
"""What is said of a GraphQL request that could be read, and is not executed."""
_ALWAYS = (
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
)
HEADERS = {
    form: ((b"content-type", f"{form.value}; charset=utf-8".encode()), *_ALWAYS)
    for form in Form
}
"""The headers of every answer in a form, but its request's id and its length."""
LINES = {
    form: b"".join(b"%s: %s\r\n" % pair for pair in pairs)
    for form, pairs in HEADERS.items()
}
"""The same as they are written."""


def status_of(answer: Answer, form: Form) -> int:
    """The status in a form.

    `application/json` says 200 to every well-formed GraphQL request: clients that know
    only this type take any other status for a broken server.
    """
    if form is Form.JSON and answer.status in _WELL_FORMED:
        return 200
    return answer.status


def headers_of_answer(answer: Answer) -> tuple[tuple[bytes, bytes], ...]:
    """Those that few answers have: it was given before, or when to come again."""
    replayed = (REPLAYED,) if answer.replayed else ()
    again = answer.again
    return replayed if again is None else (*replayed, (b"retry-after", again))


def lines_of(answer: Answer) -> bytes:
    """The same as they are written."""
    return b"".join(b"%s: %s\r\n" % pair for pair in headers_of_answer(answer))
