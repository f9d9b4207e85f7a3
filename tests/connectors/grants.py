"""An OAuth 2 server and an API that asks for its tokens, over real sockets, counting.

In charge of being a plain HTTP/1.1 server whose every request is remembered; what it
answers is a function that a test may replace.
"""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import parse_qsl


class Came(NamedTuple):
    """A request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode()))

    @property
    def shown(self) -> str | None:
        """Who it says it is."""
        return self.headers.get("authorization")


class Answer(NamedTuple):
    """What is answered; ``after`` is waited for first."""

    status: int = 200
    body: object = None
    headers: tuple[tuple[str, str], ...] = ()
    after: asyncio.Event | None = None


@dataclass
class Server:
    """What came, and what is answered."""

    answer: Callable[[Came], Answer]
    came: list[Came] = field(default_factory=list)
    url: str = ""
    connections: int = 0

    def shown(self) -> list[str | None]:
        return [each.shown for each in self.came]

    async def serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.connections += 1
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                first, *lines = head.strip().split("\r\n")
                method, path, _ = first.split(" ")
                pairs = (line.split(": ", 1) for line in lines)
                headers = {name.lower(): value for name, value in pairs}
                length = int(headers.get("content-length", "0"))
                came = Came(method, path, headers, await reader.readexactly(length))
                self.came.append(came)
                made = self.answer(came)
                if made.after is not None:
                    await made.after.wait()
                writer.write(_wire(made))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError, ssl.SSLError):
            pass
        finally:
            writer.close()


def _wire(made: Answer) -> bytes:
    body = made.body if isinstance(made.body, bytes) else json.dumps(made.body).encode()
    more = "".join(f"{name}: {value}\r\n" for name, value in made.headers)
    head = f"HTTP/1.1 {made.status} X\r\ncontent-type: application/json\r\n{more}"
    return f"{head}content-length: {len(body)}\r\n\r\n".encode() + body


@asynccontextmanager
async def serving(
    answer: Callable[[Came], Answer], trust: ssl.SSLContext | None = None
) -> AsyncIterator[Server]:
    """A server on a free port as long as the block lasts."""
    server = Server(answer)
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0, ssl=trust)
    port = listening.sockets[0].getsockname()[1]
    scheme, host = ("https", "localhost") if trust else ("http", "127.0.0.1")
    server.url = f"{scheme}://{host}:{port}"
    try:
        yield server
    finally:
        listening.close()


def granting(*, seconds: int = 3600) -> Callable[[Came], Answer]:
    """Gives `t1`, `t2`, ...; in exchange for a token, that token's name with it."""
    given = 0

    def answer(came: Came) -> Answer:
        nonlocal given
        given += 1
        subject = came.form.get("subject_token")
        token = f"t{given}" if subject is None else f"for-{subject}-{given}"
        body = {"access_token": token, "token_type": "Bearer", "expires_in": seconds}
        return Answer(200, body)

    return answer


def accepting(*good: str) -> Callable[[Came], Answer]:
    """An API that answers whoever shows one of these tokens, 401 to the others."""
    known = {f"Bearer {token}" for token in good}

    def answer(came: Came) -> Answer:
        if came.shown not in known:
            return Answer(401, {"error": "who are you"})
        return Answer(200, {"shown": came.shown})

    return answer
