"""Complete replies that are wrong: in their framing, their status or their headers.

In charge of what a whole reply can get wrong beside its body. Must never break a
connection by itself: what a caller does with it is the caller's decision.
"""

from __future__ import annotations

from datetime import datetime
from email.utils import format_datetime

from gateway.testing.hostile.server import Exchange, Misbehaviour
from gateway.testing.hostile.wire import (
    answers,
    chunked,
    content_of,
    head,
    reply,
    sends,
)
from gateway.values import JsonValue

# -- lengths that lie -----------------------------------------------------------------


def claims_length(body: JsonValue | bytes, length: int | str) -> Misbehaviour:
    """A body with a length that is not its own: longer, shorter, or no number."""
    told = {"content-length": str(length)}
    return sends(head(200, told) + content_of(body))


def adds_surplus(body: JsonValue | bytes, surplus: bytes) -> Misbehaviour:
    """A good reply, and bytes behind it that belong to no request.

    A caller that keeps the connection gives them to the next request as its reply.
    """
    return sends(reply(body) + surplus)


def sends_two_lengths(body: JsonValue | bytes, other: int) -> Misbehaviour:
    """The body's own length, and another one."""
    told = ("content-length", str(len(content_of(body))))
    return answers_with([told, ("content-length", str(other))], content_of(body))


def sends_length_and_chunks(body: JsonValue | bytes, length: int) -> Misbehaviour:
    """A chunked body that has a ``content-length`` beside: which one counts?"""
    told = [("content-length", str(length)), ("transfer-encoding", "chunked")]
    return answers_with(told, chunked([content_of(body)]))


def sends_broken_chunks(size: bytes = b"-1") -> Misbehaviour:
    """A chunk whose size is no size."""
    told = [("transfer-encoding", "chunked")]
    return answers_with(told, size + b"\r\n{}\r\n0\r\n\r\n")


def answers_with(headers: list[tuple[str, str]], wire: bytes) -> Misbehaviour:
    """These headers, and these bytes behind them, as they are."""
    return sends(head(200, headers) + wire)


# -- statuses -------------------------------------------------------------------------


def refuses(
    status: int = 503,
    *,
    retry_after: float | datetime | str | None = None,
    body: JsonValue | bytes = b"upstream stack trace",
) -> Misbehaviour:
    """An error status; with the seconds or the date when to come again."""
    headers = {}
    if isinstance(retry_after, datetime):
        headers["retry-after"] = format_datetime(retry_after, usegmt=True)
    elif retry_after is not None:
        headers["retry-after"] = str(retry_after)
    return answers(body, status, headers)


def redirects(to: str, status: int = 302) -> Misbehaviour:
    """A redirect to a URL or a path; whoever follows it is counted there."""
    return answers(b"", status, {"location": to})


def sends_body_with(status: int, body: JsonValue | bytes) -> Misbehaviour:
    """A status that has no body (204, 205, 304), with one."""
    return answers(body, status)


def speaks_http_1_0(body: JsonValue | bytes) -> Misbehaviour:
    """An HTTP/1.0 reply without a length: it ends where the connection ends."""

    async def behave(exchange: Exchange) -> None:
        begin = head(200, {"content-type": "application/json"}, version="HTTP/1.0")
        await exchange.send(begin + content_of(body))
        exchange.close()

    return behave


def continues(body: JsonValue | bytes, times: int = 1) -> Misbehaviour:
    """``100 Continue`` that nobody waited for, so many times, and then a good reply."""
    return sends(head(100) * times + reply(body))


def switches_protocols() -> Misbehaviour:
    """``101 Switching Protocols`` that nobody asked for, and then another protocol."""
    told = {"upgrade": "websocket", "connection": "Upgrade"}
    return sends(head(101, told) + b"\x81\x05hello")


# -- headers --------------------------------------------------------------------------


def sets_cookie(
    body: JsonValue | bytes, cookie: str = "session=alice; Path=/"
) -> Misbehaviour:
    """A good reply that wants its caller to remember something."""
    return answers(body, headers={"set-cookie": cookie})


def sends_many_headers(body: JsonValue | bytes, count: int = 1_000) -> Misbehaviour:
    """A good reply with so many headers."""
    return answers(body, headers={f"x-strange-{n}": str(n) for n in range(count)})


def sends_huge_header(body: JsonValue | bytes, size: int = 10_000_000) -> Misbehaviour:
    """A good reply with one header of so many bytes."""
    return answers(body, headers={"x-huge": "a" * size})


def sends_strange_headers(body: JsonValue | bytes) -> Misbehaviour:
    """A good reply with headers that a proxy must not pass on, or that are odd."""
    return answers(
        body,
        headers=[
            ("server", "secret-host-17.internal"),
            ("x-powered-by", "secret/1.0"),
            ("access-control-allow-origin", "*"),
            ("content-security-policy", "none"),
            ("x-request-id", "theirs"),
            ("link", "<http://secret.internal/>; rel=next"),
            ("x-latin", "\xe9\xff"),
            ("x-empty", ""),
            ("x-twice", "1"),
            ("x-twice", "2"),
        ],
    )
