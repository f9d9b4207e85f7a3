"""REST sources by Unix socket, by proxy and over HTTP/2, against real servers."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import trustme
from hypercorn.asyncio import serve
from hypercorn.config import Config

from gateway.clock import Deadline, LoopClock
from gateway.connectors.base import Call, Reply
from gateway.connectors.rest import RestSource
from gateway.connectors.rest_request import RestTarget
from gateway.connectors.settings import RestSettings, Route
from gateway.errors import ErrorClass, UpstreamError
from gateway.testing import HostileUpstream
from gateway.testing.hostile import answers
from gateway.tls import TlsFiles

GET = RestTarget("GET", ("/x",))
OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"
REFUSED = b"HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n"
Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def settings(url: str, **more: object) -> RestSettings:
    return RestSettings(url, **more)  # type: ignore[arg-type]


async def answer(asked: RestSettings, target: RestTarget = GET) -> Reply:
    source = RestSource(asked)
    try:
        return await source.call(Call("s", target, {}, Deadline.after(20, LoopClock())))
    finally:
        await source.close()


async def failure(asked: RestSettings) -> tuple[ErrorClass, str]:
    with pytest.raises(UpstreamError) as caught:
        await answer(asked)
    assert "secret" not in f"{caught.value.message}{caught.value.detail}"
    return caught.value.kind, caught.value.message


# -- Unix sockets --------------------------------------------------------------------


@contextlib.asynccontextmanager
async def on_socket(path: Path, heads: list[str]) -> AsyncIterator[str]:
    """A server on a socket that remembers what it was asked."""

    async def handle(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError):
            while True:
                heads.append((await reader.readuntil(b"\r\n\r\n")).decode())
                writer.write(OK)
        writer.close()

    server = await asyncio.start_unix_server(handle, path)
    try:
        yield str(path)
    finally:
        server.close()


async def test_a_source_may_listen_on_a_unix_socket(tmp_path: Path) -> None:
    """The URL says what it is called there."""
    heads: list[str] = []
    async with on_socket(tmp_path / "api.sock", heads) as path:
        route = Route(socket=path)
        reply = await answer(settings("http://accounts.internal/v1", route=route))
    assert (reply.body, heads[0].splitlines()[0]) == ({}, "GET /v1/x HTTP/1.1")
    assert "host: accounts.internal" in heads[0].lower()


async def test_a_socket_without_a_server_cannot_be_reached(tmp_path: Path) -> None:
    """Like a port that nobody listens on."""
    route = Route(socket=str(tmp_path / "none.sock"))
    assert await failure(settings("http://localhost", route=route)) == (
        ErrorClass.CONNECT,
        "The source cannot be reached.",
    )


# -- proxies -------------------------------------------------------------------------


@dataclass
class Proxy:
    """An HTTP proxy: passes plain requests on as they are, and opens tunnels.

    ``refuses``: lets nobody by. ``heads`` are the requests that it was sent.
    """

    refuses: bool = False
    heads: list[str] = field(default_factory=list)
    url: str = ""

    async def handle(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        self.heads.append(head.decode())
        method, target, _ = self.heads[-1].split(" ", 2)
        if self.refuses:
            writer.write(REFUSED)
        elif method == "CONNECT":
            host, _, port = target.partition(":")
            behind = await asyncio.open_connection(host, int(port))
            writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
            await asyncio.gather(_pipe(reader, behind[1]), _pipe(behind[0], writer))
        else:
            writer.write(OK)
        with contextlib.suppress(OSError):
            await writer.drain()
            writer.close()

    @contextlib.asynccontextmanager
    async def listening(self) -> AsyncIterator[Proxy]:
        server = await asyncio.start_server(self.handle, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        self.url = f"http://hw:secret@127.0.0.1:{port}"
        try:
            yield self
        finally:
            server.close()


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while piece := await reader.read(65536):
            writer.write(piece)
        writer.close()


async def test_a_proxy_is_asked_for_the_whole_address() -> None:
    """With its own credentials; the source is never dialled."""
    async with Proxy().listening() as proxy:
        route = Route(proxy=proxy.url)
        reply = await answer(settings("http://accounts.invalid/v1", route=route))
    assert reply.body == {}
    assert proxy.heads[0].startswith("GET http://accounts.invalid/v1/x HTTP/1.1\r\n")
    assert "proxy-authorization: Basic aHc6c2VjcmV0" in proxy.heads[0].replace(
        "Proxy-Authorization", "proxy-authorization"
    )


async def test_https_goes_through_a_tunnel(serving: Serving) -> None:
    """The proxy learns the host, and nothing of the call."""
    async with Proxy().listening() as proxy:
        asked = settings(serving.url, tls=serving.tls, route=Route(proxy=proxy.url))
        reply = await answer(asked)
    assert isinstance(reply.body, dict)
    assert reply.body["version"] == "1.1"
    host = serving.url.removeprefix("https://")
    assert [head.split("\r\n")[0] for head in proxy.heads] == [
        f"CONNECT {host} HTTP/1.1"
    ]


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_a_proxy_that_refuses_is_told(scheme: str) -> None:
    """For https as one that cannot be passed; its password is in no message."""
    async with Proxy(refuses=True).listening() as proxy:
        asked = settings(f"{scheme}://a.invalid", route=Route(proxy=proxy.url))
        kind, message = await failure(asked)
    assert (kind, message) == {
        "http": (ErrorClass.STATUS, "The source answered with status 407."),
        "https": (ErrorClass.CONNECT, "The source's proxy does not let us by."),
    }[scheme]


@pytest.mark.parametrize("transport", ["lean", "httpx"])
async def test_the_environments_proxy_is_not_taken(
    monkeypatch: pytest.MonkeyPatch, transport: str
) -> None:
    """What nobody wrote into the deployment is not on the way."""
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    async with HostileUpstream(answers({"a": 1})) as server:
        reply = await answer(settings(server.url, transport=transport))
    assert reply.body == {"a": 1}


# -- HTTP/2 --------------------------------------------------------------------------


@dataclass
class Serving:
    """A server that speaks HTTP/1.1 and HTTP/2, in this loop, and how to trust it."""

    url: str
    tls: TlsFiles | None = None
    asked: list[dict[str, Any]] = field(default_factory=list)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Tell what was asked, as JSON."""
        if scope["type"] != "http":
            return
        body = b""
        more = True
        while more:
            message = await receive()
            body, more = body + message["body"], message.get("more_body", False)
        self.asked.append({"version": scope["http_version"], "path": scope["path"]})
        told = f'{{"version": "{scope["http_version"]}", "got": {len(body)}}}'.encode()
        size = 9_000_000 if scope["path"] == "/large" else 0
        headers = [(b"content-type", b"application/json")]
        start = {"type": "http.response.start", "status": 200, "headers": headers}
        await send(start)
        await send({"type": "http.response.body", "body": told + b" " * size})


@contextlib.asynccontextmanager
async def h2_server(config: Config, made: Serving) -> AsyncIterator[Serving]:
    listening = socket.create_server(("127.0.0.1", 0))
    made.url += f":{listening.getsockname()[1]}"
    config.bind = [f"fd://{listening.detach()}"]
    config.loglevel = "ERROR"
    config.graceful_timeout = 0
    stop = asyncio.Event()
    task = asyncio.create_task(
        serve(made, config, shutdown_trigger=stop.wait)  # type: ignore[arg-type]
    )
    try:
        yield made
    finally:
        stop.set()
        await task


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
async def serving(authority: trustme.CA, tmp_path: Path) -> AsyncIterator[Serving]:
    """One that speaks over TLS what is agreed on there."""
    config = Config()
    own = authority.issue_cert("127.0.0.1")
    own.private_key_pem.write_to_path(tmp_path / "key.pem")
    for each in own.cert_chain_pems:
        each.write_to_path(tmp_path / "cert.pem", append=True)
    config.keyfile, config.certfile = (
        str(tmp_path / "key.pem"),
        str(tmp_path / "cert.pem"),
    )
    tls = TlsFiles(authority.cert_pem.bytes())
    async with h2_server(config, Serving("https://127.0.0.1", tls)) as made:
        yield made


@pytest.mark.parametrize("http2", [True, False])
async def test_http2_is_agreed_on_in_tls(serving: Serving, http2: bool) -> None:
    """And not spoken where nobody asked for it."""
    asked = settings(serving.url, tls=serving.tls, route=Route(http2=http2))
    posted = RestTarget("POST", ("/x",), body={"a": 1})
    assert (await answer(asked, posted)).body == {
        "version": "2" if http2 else "1.1",
        "got": 7,
    }


async def test_http2_works_through_a_tunnel(serving: Serving) -> None:
    """It is agreed on with the source, not with the proxy."""
    async with Proxy().listening() as proxy:
        route = Route(proxy=proxy.url, http2=True)
        reply = await answer(settings(serving.url, tls=serving.tls, route=route))
    assert reply.body == {"version": "2", "got": 0}


async def test_http2_without_tls_is_spoken_from_the_start() -> None:
    """Calls one after another, and beside each other, each have their own answer."""
    async with h2_server(Config(), Serving("http://127.0.0.1")) as server:
        source = RestSource(settings(server.url, route=Route(http2=True)))
        until = Deadline.after(20, LoopClock())
        calls = [
            source.call(Call("s", RestTarget("GET", (f"/{n}",)), {}, until))
            for n in range(8)
        ]
        replies = [await calls.pop(), await calls.pop(), *await asyncio.gather(*calls)]
        await source.close()
    assert [reply.body for reply in replies] == [{"version": "2", "got": 0}] * 8
    assert sorted(each["path"] for each in server.asked) == [f"/{n}" for n in range(8)]


async def test_the_largest_size_holds_for_http2() -> None:
    """The call is cut, and the next one works."""
    async with h2_server(Config(), Serving("http://127.0.0.1")) as server:
        source = RestSource(settings(server.url, route=Route(http2=True)))
        until = Deadline.after(20, LoopClock())
        with pytest.raises(UpstreamError) as caught:
            await source.call(Call("s", RestTarget("GET", ("/large",)), {}, until))
        reply = await source.call(Call("s", GET, {}, until))
        await source.close()
    assert caught.value.message == "The source's answer is larger than 5000000 bytes."
    assert reply.body == {"version": "2", "got": 0}


async def test_a_server_without_http2_is_a_broken_connection() -> None:
    """What was meant to be HTTP/2 is none."""
    async with HostileUpstream(answers({})) as server:
        kind, message = await failure(settings(server.url, route=Route(http2=True)))
    assert (kind, message) == (
        ErrorClass.RESET,
        "The connection broke before the answer.",
    )


async def test_a_cancelled_call_over_http2_leaves_the_pool_whole() -> None:
    """Those after it have a connection, and their own answers."""
    async with h2_server(Config(), Serving("http://127.0.0.1")) as server:
        asked = settings(server.url, route=Route(http2=True), connections=1)
        source = RestSource(asked)
        for _ in range(10):
            until = Deadline.after(20, LoopClock())
            task = asyncio.create_task(source.call(Call("s", GET, {}, until)))
            await asyncio.sleep(0)
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        reply = await source.call(Call("s", GET, {}, Deadline.after(20, LoopClock())))
        await source.close()
    assert reply.body == {"version": "2", "got": 0}
