"""One token for all who need it: fetched once, renewed before it ends.

In charge of who waits for what. A renewal goes on behind calls that use the token as
long as it is good, so that only the first call ever waits. A fetch belongs to nobody
who waits for it: it comes to its end for the others. Must never hold a token that was
refused, and never ask a server again and again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from gateway.connectors.credentials.base import Proof
from gateway.connectors.credentials.endpoint import (
    Pause,
    RefusedError,
    Token,
    again,
)
from gateway.errors import UpstreamError

_SKEW_SECONDS = 30.0
_SKEW_SHARE = 0.1
"""A token is renewed so long before its end: the shorter of both."""
_AGAIN_SECONDS = 1.0
"""From a renewal that failed to the next one, as long as the token is good."""
_REST_SECONDS = 10.0
"""A source that refuses a new token gets no other one before."""


class KeptToken:
    """The token of one subject, with the fetch that is under way."""

    __slots__ = (
        "_began",
        "_fetch",
        "_fetching",
        "_good_until",
        "_instead",
        "_pause",
        "_proof",
        "_renew_at",
        "fetches",
    )

    def __init__(self, fetch: Callable[[], Awaitable[Token]]) -> None:
        self._fetch = fetch
        self._fetching: asyncio.Task[None] | None = None
        self._proof: Proof | None = None
        self._began = self._renew_at = self._good_until = 0.0
        self._instead = False
        self._pause = Pause()
        self.fetches = 0

    @property
    def is_idle(self) -> bool:
        """Whether nobody is fetching."""
        return self._fetching is None

    def now(self) -> Proof | None:
        """The token's headers where it is good; a renewal begins where it is due."""
        proof = self._proof
        if proof is None:
            return None
        now = asyncio.get_running_loop().time()
        if now >= self._renew_at:
            if now >= self._good_until:
                self._proof = None
                return None
            self._renewed(now)
        return proof

    async def proof(self) -> Proof:
        """The same, fetched where there is none, once for all who wait.

        Raises:
            UpstreamError: there is none to be had.
        """
        proof = self.now()
        if proof is not None:
            return proof
        now = asyncio.get_running_loop().time()
        if self._fetching is None:
            self._pause.check(now)
        try:
            await asyncio.shield(self._start())
        except UpstreamError as error:
            raise again(error) from None  # one is raised for each who waits
        if self._proof is None:  # refused in the very moment
            return await self.proof()
        return self._proof

    def refused(self, sent: Proof) -> bool:
        """The source refused this token; whether there is, or will be, another."""
        if self._proof is not sent:
            return True
        now = asyncio.get_running_loop().time()
        if self._instead and now - self._began < _REST_SECONDS:
            return False
        self._proof, self._instead = None, True
        return True

    async def close(self) -> None:
        """End a fetch under way."""
        fetching = self._fetching
        if fetching is not None:
            fetching.cancel()
            await asyncio.wait((fetching,))

    def _renewed(self, now: float) -> None:
        """Begin a renewal behind the calls, unless the last one has just failed."""
        if self._fetching is not None:
            return
        try:
            self._pause.check(now)
        except UpstreamError:
            return
        self._instead = False
        self._start()

    def _start(self) -> asyncio.Task[None]:
        if self._fetching is None:
            self._fetching = asyncio.get_running_loop().create_task(self._fetched())
            self._fetching.add_done_callback(self._ended)
        return self._fetching

    async def _fetched(self) -> None:
        loop = asyncio.get_running_loop()
        self.fetches += 1
        began = loop.time()
        try:
            token = await self._fetch()
        except UpstreamError as error:
            if isinstance(error, RefusedError):  # else the endpoint itself pauses
                self._pause.failed(error, loop.time())
            self._renew_at = loop.time() + _AGAIN_SECONDS
            raise
        self._pause.over()
        skew = min(_SKEW_SECONDS, token.seconds * _SKEW_SHARE)
        self._proof, self._began = token.proof, loop.time()
        self._good_until = began + token.seconds
        self._renew_at = self._good_until - skew

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._fetching = None
        if not task.cancelled():
            task.exception()  # seen: who waits has it, and nobody may wait
