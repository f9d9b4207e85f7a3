"""How the lean transport finds and opens connections: names, addresses, TLS."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import ssl
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any, cast

import pytest
import uvloop

from gateway.connectors.rest_request import Request
from gateway.connectors.transport.lean import Keeping, LeanTransport
from gateway.connectors.transport.lean.addresses import Addresses
from gateway.connectors.transport.lean.dialing import default_trust
from gateway.errors import ErrorClass, UpstreamError
from gateway.testing import run_virtual
from gateway.testing.hostile.wire import head, reply

GET = Request("GET", "/", {})
UNREACHABLE = (ErrorClass.CONNECT, "The source cannot be reached.")


def resolving(*answers: tuple[str, ...] | OSError) -> list[str]:
    """The running loop looks names up here; the last answer stays. Gives the log."""
    asked: list[str] = []

    async def getaddrinfo(host: str, port: int, **_: object) -> list[Any]:
        asked.append(host)
        await asyncio.sleep(0)
        found = answers[min(len(asked), len(answers)) - 1]
        if isinstance(found, OSError):
            raise found
        families = (socket.AF_INET6 if ":" in it else socket.AF_INET for it in found)
        return [
            (family, socket.SOCK_STREAM, 6, "", (it, port))
            for family, it in zip(families, found, strict=True)
        ]

    asyncio.get_running_loop().getaddrinfo = getaddrinfo  # type: ignore[method-assign, assignment]
    return asked


def test_a_name_is_looked_up_once_for_all_and_again_after_a_while() -> None:
    """Thirty seconds, in the background: nobody waits for a second look-up."""

    async def main() -> None:
        asked = resolving(("10.0.0.1",), ("10.0.0.2",))
        addresses = Addresses("a.internal", 80)
        found = await asyncio.gather(*(addresses.current() for _ in range(9)))
        assert (set(found), asked) == ({("10.0.0.1",)}, ["a.internal"])
        await asyncio.sleep(31)
        assert await addresses.current() == ("10.0.0.1",)
        await asyncio.sleep(1)
        assert await addresses.current() == ("10.0.0.2",)
        assert len(asked) == 2
        await addresses.close()

    run_virtual(main())


def test_addresses_are_taken_in_turn() -> None:
    """All of them each time, both families mixed, each time another first."""

    async def main() -> None:
        resolving(("::1", "::2", "10.0.0.1", "10.0.0.1"))
        addresses = Addresses("a.internal", 80)
        assert [await addresses.current() for _ in range(3)] == [
            ("10.0.0.1", "::2", "::1"),
            ("::2", "::1", "10.0.0.1"),
            ("::1", "10.0.0.1", "::2"),
        ]

    run_virtual(main())


def test_a_name_that_is_lost_keeps_its_addresses() -> None:
    """A source that works must not fail with its DNS; a name never known fails."""

    async def main() -> None:
        resolving(("10.0.0.1",), OSError("no such name"))
        addresses = Addresses("a.internal", 80)
        for _ in range(3):
            assert await addresses.current() == ("10.0.0.1",)
            await asyncio.sleep(31)
        resolving(OSError("no such name"))
        for _ in range(2):
            with pytest.raises(OSError, match="no such name"):
                await Addresses("b.internal", 80).current()

    run_virtual(main())


def test_an_address_is_not_looked_up() -> None:
    """It is its own name."""

    async def main() -> None:
        asked = resolving(())
        for host in ("127.0.0.1", "::1"):
            assert await Addresses(host, 80).current() == (host,)
        assert asked == []

    run_virtual(main())


def test_a_look_up_outlives_who_asked_and_ends_with_its_transport() -> None:
    """A caller that leaves takes it from nobody; nothing runs on after the close."""

    async def main() -> None:
        resolving(("10.0.0.1",))
        addresses = Addresses("a.internal", 80)
        leaving, staying = [asyncio.create_task(addresses.current()) for _ in range(2)]
        await asyncio.sleep(0)
        leaving.cancel()
        assert await staying == ("10.0.0.1",)
        others = Addresses("b.internal", 80)
        waiting = asyncio.create_task(others.current())
        await asyncio.sleep(0)
        await others.close()
        await asyncio.wait([waiting])
        assert waiting.cancelled()
        assert asyncio.all_tasks() == {asyncio.current_task()}

    run_virtual(main())


async def ended(writer: asyncio.StreamWriter) -> None:
    """Close a server's connection and wait until its socket is."""
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()


@contextlib.asynccontextmanager
async def serving(
    host: str = "127.0.0.1", trust: ssl.SSLContext | None = None
) -> AsyncIterator[tuple[int, list[asyncio.StreamWriter]]]:
    """A listening server's port and connections; afterwards its callers have left.

    What `/end` answers ends with the connection.
    """
    came: list[asyncio.StreamWriter] = []
    serving: set[asyncio.Task[None]] = set()

    async def answer(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        came.append(writer)
        serving.add(cast("asyncio.Task[None]", asyncio.current_task()))
        with contextlib.suppress(OSError, EOFError):
            while asked := await reader.readuntil(b"\r\n\r\n"):
                if b" /end " in asked:
                    writer.write(head(200) + b"until the end")
                    break
                writer.write(reply(b"{}"))
                await writer.drain()
        await ended(writer)

    server = await asyncio.start_server(answer, host, 0, ssl=trust)
    yield server.sockets[0].getsockname()[1], came
    server.close()
    if serving:
        async with asyncio.timeout(60):
            await asyncio.wait(serving)


def test_the_first_address_that_answers_is_taken() -> None:
    """One refuses, one is silent: the next is tried at once, or a little later."""

    async def main() -> None:
        loop = asyncio.get_running_loop()
        tried: list[tuple[str, float]] = []
        connect: Callable[..., Awaitable[Any]] = loop.create_connection

        async def create(make: Any, host: str, port: int, **more: Any) -> Any:
            tried.append((host, loop.time()))
            if host == "192.0.2.1":
                await loop.create_future()
            if host == "192.0.2.2":
                raise ConnectionRefusedError
            return await connect(make, host, port, **more)

        loop.create_connection = create  # type: ignore[method-assign, assignment]
        async with serving() as (port, came):
            resolving(("127.0.0.1", "192.0.2.1", "192.0.2.2"))
            transport = LeanTransport(f"http://a.internal:{port}", Keeping(1))
            assert (await transport.send(GET, 99)).content == b"{}"
            assert tried == [
                ("192.0.2.1", 0.0),
                ("192.0.2.2", 0.25),
                ("127.0.0.1", 0.25),
            ]
            assert len(came) == 1
            await transport.close()
        assert asyncio.all_tasks() == {asyncio.current_task()}

    run_virtual(main())


@pytest.mark.parametrize("addresses", [("192.0.2.1",), ("192.0.2.1", "192.0.2.2")])
def test_a_connection_that_never_comes_about_gives_its_slot_back(
    addresses: tuple[str, ...],
) -> None:
    """After five seconds, whatever time its caller has; whoever waited tries anew."""

    async def main() -> None:
        loop = asyncio.get_running_loop()

        async def silent(*_: object, **__: object) -> None:
            await loop.create_future()

        loop.create_connection = silent  # type: ignore[method-assign, assignment]
        resolving(addresses)
        transport = LeanTransport("https://a.internal", Keeping(1))
        calls = [asyncio.create_task(transport.send(GET, 99)) for _ in range(2)]
        for call, ends in zip(calls, (5.0, 10.0), strict=True):
            with pytest.raises(UpstreamError) as caught:
                await call
            assert (caught.value.kind, caught.value.message) == UNREACHABLE
            assert loop.time() == ends
        assert repr(transport._pool) == "<Pool taken=0 idle=0 open=0 waiting=0>"
        await transport.close()
        assert asyncio.all_tasks() == {asyncio.current_task()}

    run_virtual(main())


def test_where_no_address_answers_the_name_is_looked_up_again() -> None:
    """The source may have moved; the failure is the caller's to hear at once."""

    async def main() -> None:
        asked = resolving(("127.0.0.2", "127.0.0.3"))
        async with serving() as (port, _):
            pass
        transport = LeanTransport(f"http://a.internal:{port}", Keeping(1))
        for _ in range(2):
            with pytest.raises(UpstreamError) as caught:
                await transport.send(GET, 99)
            assert (caught.value.kind, caught.value.message) == UNREACHABLE
        await transport.close()
        assert len(asked) == 2
        assert repr(transport._pool) == "<Pool taken=0 idle=0 open=0 waiting=0>"

    run_virtual(main())


async def test_a_source_may_be_at_an_ipv6_address() -> None:
    """In brackets, as URLs have it."""
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError as error:
        pytest.skip(f"no IPv6 here: {error}")  # a machine's lack, never the transport's
    async with serving("::1") as (port, _):
        transport = LeanTransport(f"http://[::1]:{port}", Keeping(1))
        assert (await transport.send(GET, 99)).content == b"{}"
        await transport.close()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of `localhost`, and its key, in one file."""
    folder = tmp_path_factory.mktemp("tls")
    made = folder / "localhost.pem"
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost"
    more = ["-addext", "subjectAltName=DNS:localhost"]
    where = ["-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem")]
    try:
        subprocess.run(
            [*command.split(), *more, *where], check=True, capture_output=True
        )
    except FileNotFoundError:
        reason = "needs openssl, which makes the certificate: apt-get install openssl"
        if os.environ.get("REQUIRE_SERVICES") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    made.write_text(
        (folder / "key.pem").read_text() + (folder / "cert.pem").read_text()
    )
    return made


def offering(certificate: Path) -> ssl.SSLContext:
    """A server's side: it would rather speak HTTP/2."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(certificate)
    made.set_alpn_protocols(["h2", "http/1.1"])
    return made


def trusting(certificate: Path) -> ssl.SSLContext:
    made = default_trust()
    made.load_verify_locations(certificate)
    return made


LOOPS = (asyncio.new_event_loop, uvloop.new_event_loop)


@pytest.mark.parametrize("loop", LOOPS)
def test_tls_is_spoken_where_the_url_says_so(
    certificate: Path, loop: Callable[[], asyncio.AbstractEventLoop]
) -> None:
    """HTTP/1.1 is agreed on, connections are kept, a close ends what has no length."""

    async def main() -> None:
        async with serving(trust=offering(certificate)) as (port, came):
            base = f"https://localhost:{port}"
            transport = LeanTransport(base, Keeping(4), trust=trusting(certificate))
            for _ in range(3):
                assert (await transport.send(GET, 99)).content == b"{}"
            agreed = [
                one.get_extra_info("ssl_object").selected_alpn_protocol()
                for one in came
            ]
            assert agreed == ["http/1.1"]
            ending = await transport.send(Request("GET", "/end", {}), 99)
            assert ending.content == b"until the end"
            await transport.close()
            assert repr(transport._pool) == "<Pool taken=0 idle=0 open=0 waiting=0>"

    with asyncio.Runner(loop_factory=loop) as runner:
        runner.run(main())


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
async def test_a_certificate_that_is_not_good_is_no_connection(
    certificate: Path, host: str
) -> None:
    """Signed by nobody we know, or another host's; said as for any dead source."""
    trust = None if host == "localhost" else trusting(certificate)
    async with serving(trust=offering(certificate)) as (port, _):
        transport = LeanTransport(f"https://{host}:{port}", Keeping(4), trust=trust)
        with pytest.raises(UpstreamError) as caught:
            await transport.send(GET, 99)
        assert (caught.value.kind, caught.value.message) == UNREACHABLE
        assert "CERTIFICATE_VERIFY_FAILED" in str(caught.value.detail)
        await transport.close()


async def test_plain_http_is_no_tls() -> None:
    """A port that speaks something else is a source that cannot be reached."""

    async def babble(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(head(400))
        await ended(writer)

    server = await asyncio.start_server(babble, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    transport = LeanTransport(f"https://localhost:{port}", Keeping(4))
    with pytest.raises(UpstreamError) as caught:
        await transport.send(GET, 99)
    assert (caught.value.kind, caught.value.message) == UNREACHABLE
    await transport.close()
    server.close()
    await asyncio.gather(*(asyncio.all_tasks() - {asyncio.current_task()}))


@pytest.mark.parametrize("loop", LOOPS)
def test_cancels_while_connecting_leave_nothing(
    certificate: Path, loop: Callable[[], asyncio.AbstractEventLoop]
) -> None:
    """At every turn of a TLS handshake; the pool is whole, and no socket is left."""

    async def main() -> None:
        async with serving(trust=offering(certificate)) as (port, _):
            base = f"https://localhost:{port}"
            transport = LeanTransport(base, Keeping(8), trust=trusting(certificate))
            await transport.send(GET, 99)
            for turns in range(60):
                tasks = [asyncio.create_task(transport.send(GET, 99)) for _ in range(8)]
                for _ in range(turns // 2):
                    await asyncio.sleep(0)
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
            assert (await transport.send(GET, 99)).content == b"{}"
            await transport.close()
            assert repr(transport._pool) == "<Pool taken=0 idle=0 open=0 waiting=0>"

    with asyncio.Runner(loop_factory=loop) as runner:
        runner.run(main())
