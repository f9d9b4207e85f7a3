"""Opening a connection: an address that answers, and TLS where the URL says so.

In charge of which address wins: each further one starts a little later, or as soon as
the one before has failed, and the first that is there is taken (RFC 8305, in small).
Must never leave a socket behind, however it ends.
"""

from __future__ import annotations

import asyncio
import ssl
from collections import deque
from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

from gateway.connectors.transport.lean.addresses import Addresses
from gateway.connectors.transport.lean.connection import Connection
from gateway.connectors.transport.lean.trouble import unreachable
from gateway.tls import TlsFiles, trust_of

_HEAD_START = 0.25
"""Seconds that an address has before the next one is tried beside it."""
_CONNECT = 5.0
"""Seconds that a connection may take to come about, the name's look-up and TLS
included. Whoever waits may have longer: a host that is silent gives its slot back."""
_PORTS = {"http": 80, "https": 443}


class Dialer:
    """Opens connections to the host of one base URL."""

    __slots__ = ("_addresses", "_host", "_name", "_port", "_trust")

    def __init__(
        self,
        base: str,
        trust: ssl.SSLContext | None = None,
        tls: TlsFiles | None = None,
    ) -> None:
        parts = urlsplit(base)
        self._host = _ascii(parts.hostname or "")
        self._port = parts.port or _PORTS[parts.scheme]
        self._addresses = Addresses(self._host, self._port)
        self._trust = None
        if parts.scheme == "https":
            self._trust = trust or default_trust(tls)
        self._name = (tls.server_name if tls else None) or self._host

    async def connected(self, make: Callable[[], Connection]) -> Connection:
        """A new connection, ready for its first request.

        Raises:
            UpstreamError: connect.
        """
        try:
            async with asyncio.timeout(_CONNECT):
                addresses = await self._addresses.current()
                if len(addresses) == 1:
                    return await self._dial(addresses[0], make)
                return await self._first(addresses, make)
        except (OSError, UnicodeError) as error:  # being late is an OSError, too
            self._addresses.doubt()
            raise unreachable(error) from None

    async def close(self) -> None:
        """End a look-up under way."""
        await self._addresses.close()

    async def _dial(self, address: str, make: Callable[[], Connection]) -> Connection:
        connection = make()
        try:
            await asyncio.get_running_loop().create_connection(
                lambda: connection,
                address,
                self._port,
                ssl=self._trust,
                server_hostname=None if self._trust is None else self._name,
            )
        except BaseException:
            connection.abort()
            raise
        return connection

    async def _first(
        self, addresses: Sequence[str], make: Callable[[], Connection]
    ) -> Connection:
        """The first of several addresses that answers.

        Raises:
            OSError: what the last of them said.
        """
        left = deque(addresses)
        racing: set[asyncio.Task[Connection]] = set()
        failure: BaseException = OSError("there is no address")
        try:
            while left or racing:
                if left:
                    dial = self._dial(left.popleft(), make)
                    racing.add(asyncio.create_task(dial))
                done, racing = await asyncio.wait(
                    racing,
                    timeout=_HEAD_START if left else None,
                    return_when=asyncio.FIRST_COMPLETED,
                )
                won, failed = _sorted(done)
                if won:
                    racing.update(won[1:])
                    return won[0].result()
                failure = failed or failure
            raise failure
        finally:
            for task in racing:
                task.add_done_callback(_unwanted)
                task.cancel()


def default_trust(tls: TlsFiles | None = None) -> ssl.SSLContext:
    """Authorities, the host's name checked, HTTP/1.1 agreed on; `tls` may say more."""
    return trust_of(tls, ["http/1.1"])


def _sorted(
    done: set[asyncio.Task[Connection]],
) -> tuple[list[asyncio.Task[Connection]], BaseException | None]:
    """Those that are connected, and what one of the others died of."""
    failures = {task: task.exception() for task in done}
    won = [task for task, failure in failures.items() if failure is None]
    return won, next(filter(None, failures.values()), None)


def _unwanted(task: asyncio.Task[Connection]) -> None:
    """Another was faster: close what this one has opened."""
    if not task.cancelled() and task.exception() is None:
        task.result().abort()


def _ascii(host: str) -> str:
    return host if host.isascii() else host.encode("idna").decode()
