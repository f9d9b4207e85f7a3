"""Every answer says which request it is of: one id in the answer and in the log.

In charge of a request's id being the same for all that look at it, and of the header
`x-request-id` of answers that have none yet. Must never look into a body.
"""

from __future__ import annotations

from gateway.request.adapter import identify
from gateway.schema.exchange import App, Message, Receive, Scope, Send, headers_of

NAME = b"x-request-id"
_LONGEST = 123
"""Bytes of a close frame's reason."""


def numbered(app: App) -> App:
    """The app, each of whose answers has the request's id; so has its scope."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await app(scope, receive, send)
            return
        id_ = identify(headers_of(scope)).encode()
        others = [pair for pair in scope["headers"] if pair[0] != NAME]
        known = {**scope, "headers": [*others, (NAME, id_)]}

        async def told(message: Message) -> None:
            await send(_numbered(message, id_))

        await app(known, receive, told)

    return serve


def _numbered(message: Message, id_: bytes) -> Message:
    kind = message["type"]
    if kind in ("http.response.start", "websocket.accept"):
        headers = [*message.get("headers", ())]
        if all(name.lower() != NAME for name, _ in headers):
            return {**message, "headers": [*headers, (NAME, id_)]}
    if kind == "websocket.close":
        reason = f"{message.get('reason') or 'Closed'} (request {id_.decode()})"
        if len(reason.encode()) <= _LONGEST:
            return {**message, "reason": reason}
    return message
