"""A token is kept, renewed behind the calls, and not asked for again and again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from gateway.connectors.credentials.endpoint import RefusedError, Token
from gateway.connectors.credentials.keeping import KeptToken
from gateway.errors import ErrorClass, UpstreamError
from gateway.testing import run_virtual

FAILED = UpstreamError("gone", kind=ErrorClass.CONNECT)
REFUSED = RefusedError("no", kind=ErrorClass.CONNECT)


class Server:
    """Gives `t1`, `t2`, ... after a second; fails as long as it is told to."""

    def __init__(self, seconds: float = 100.0) -> None:
        self.seconds = seconds
        self.failing: UpstreamError | None = None
        self.asked: list[float] = []

    async def token(self) -> Token:
        self.asked.append(asyncio.get_running_loop().time())
        number = len(self.asked)
        await asyncio.sleep(1)
        if self.failing is not None:
            raise self.failing
        return Token({"authorization": f"Bearer t{number}"}, self.seconds)


async def shown(kept: KeptToken) -> str:
    return (await kept.proof())["authorization"]


def test_a_token_is_renewed_behind_the_calls_before_it_ends() -> None:
    """In the last tenth of its life; nobody waits, all have the old one until then."""

    async def main() -> None:
        server = Server(seconds=100)
        kept = KeptToken(server.token)
        assert kept.now() is None
        assert await shown(kept) == "Bearer t1"
        await asyncio.sleep(88)  # 89 of 100 seconds
        assert await shown(kept) == "Bearer t1"
        assert server.asked == [0]
        await asyncio.sleep(2)
        for _ in range(10):
            assert kept.now() == {"authorization": "Bearer t1"}
        await asyncio.sleep(2)
        assert kept.now() == {"authorization": "Bearer t2"}
        assert server.asked == [0, 91]
        await kept.close()

    run_virtual(main())


def test_a_token_that_ended_is_never_shown() -> None:
    """After a quiet hour the next call waits for a new one."""

    async def main() -> None:
        server = Server(seconds=100)
        kept = KeptToken(server.token)
        await shown(kept)
        await asyncio.sleep(3_600)
        assert kept.now() is None
        assert await shown(kept) == "Bearer t2"

    run_virtual(main())


def test_a_renewal_that_fails_costs_no_call_as_long_as_the_token_is_good() -> None:
    """It is tried again each second, not by each call."""

    async def main() -> None:
        server = Server(seconds=100)
        kept = KeptToken(server.token)
        await shown(kept)
        server.failing = FAILED
        await asyncio.sleep(90)
        for _ in range(80):
            assert kept.now() == {"authorization": "Bearer t1"}
            await asyncio.sleep(0.1)
        assert server.asked == [
            0,
            *(pytest.approx(91 + n * 2, abs=0.5) for n in range(4)),
        ]
        await asyncio.sleep(2)
        with pytest.raises(UpstreamError):
            await shown(kept)

    run_virtual(main())


@pytest.mark.parametrize("calls", [50])
def test_a_refusal_is_told_to_all_and_not_asked_for_again_at_once(calls: int) -> None:
    """The rest doubles, up to five seconds."""

    async def main() -> None:
        server = Server()
        server.failing = REFUSED
        kept = KeptToken(server.token)
        told = await asyncio.gather(
            *(kept.proof() for _ in range(calls)), return_exceptions=True
        )
        assert [type(each) for each in told] == [RefusedError] * calls
        assert len({id(each) for each in told}) == calls
        for _ in range(600):
            with pytest.raises(RefusedError):
                await shown(kept)
            await asyncio.sleep(0.1)
        assert len(server.asked) <= 25  # in a minute
        server.failing = None
        await asyncio.sleep(5)
        assert (await shown(kept)).startswith("Bearer t")

    run_virtual(main())


def test_a_refused_token_is_dropped_once_and_another_not_before_a_while() -> None:
    """A late refusal of an old token leaves the new one; a refused new one stays."""

    async def main() -> None:
        server = Server()
        kept = KeptToken(server.token)
        first = await kept.proof()
        assert kept.refused(first)
        second = await kept.proof()
        assert kept.refused(first)
        assert kept.now() is second
        assert not kept.refused(second)
        assert kept.now() is second
        await asyncio.sleep(10)
        assert kept.refused(second)
        assert await shown(kept) == "Bearer t3"

    run_virtual(main())


@pytest.mark.parametrize("wait", [lambda: asyncio.sleep(0), lambda: asyncio.sleep(0.5)])
def test_closing_ends_a_fetch(wait: Callable[[], asyncio.Future[None]]) -> None:
    """Nobody waits for it any more."""

    async def main() -> None:
        kept = KeptToken(Server().token)
        asking = asyncio.create_task(kept.proof())
        await wait()
        await kept.close()
        await asyncio.wait({asking})
        assert kept.is_idle

    run_virtual(main())
