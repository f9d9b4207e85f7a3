"""What every source that is listened to keeps to: subclass, and hand in a `Heard`.

Tests wait for what the system itself says, never for time to pass.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import pytest

from gateway.connectors.base import Call, Wire
from gateway.connectors.streams.base import StreamEvent, stream_of
from gateway.connectors.streams.target import StreamTarget
from gateway.errors import ErrorClass, UpstreamError
from gateway.testing.contract.subject import within

PATIENCE = 60.0


@dataclass(frozen=True, slots=True)
class Heard:
    """A system that can be made to say something, and how it is listened to.

    ``say`` makes it say bytes where ``call`` listens. ``body`` is what an event's body
    is of a JSON object that was said. ``listeners`` counts those whom the system knows.
    ``cut`` breaks their connections. ``dead`` opens a source whose system is not there,
    ``stranger`` one that it does not let in. ``keeps``: what was said can be had again;
    ``checks``: a place that it does not know is told.
    """

    open: Callable[[], Any]
    call: Call[Any]
    say: Callable[[bytes], Awaitable[object]]
    dead: Callable[[], Any]
    keeps: bool = False
    checks: bool = True
    unreadable: bytes | None = b"\xff\xfe"
    listeners: Callable[[], Awaitable[int]] | None = None
    cut: Callable[[], Awaitable[object]] | None = None
    stranger: Callable[[], Any] | None = None
    secrets: tuple[str, ...] = ()
    body: Callable[[object], object] = lambda said: said


@dataclass(frozen=True, slots=True)
class Listened:
    """A source around which a target listens, as execution makes it of the two."""

    source: Any
    target: StreamTarget

    def listen(self, call: Call[Any], after: str | None) -> Any:
        return stream_of(self.source, self.target).listen(call, after)

    def render(self, call: Call[Any]) -> Wire:
        return stream_of(self.source, self.target).render(call)

    def describe(self, call: Call[Any]) -> Any:
        return stream_of(self.source, self.target).describe(call)

    async def close(self) -> None:
        await self.source.close()


async def some(events: AsyncIterator[StreamEvent], count: int) -> list[StreamEvent]:
    """The next events, so many."""
    async with asyncio.timeout(PATIENCE):
        return [await anext(events) for _ in range(count)]


async def until(count: Callable[[], Awaitable[int]], wanted: int) -> None:
    """The system says so; it hears of a connection's end a moment later."""
    async with asyncio.timeout(PATIENCE):
        while await count() != wanted:  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.01)


class StreamContract:
    """The contract; a subclass has the fixture ``heard``."""

    async def test_what_is_said_after_entering_is_heard_in_order(
        self, heard: Heard
    ) -> None:
        """Entering is the source's word that it listens: nothing later is lost."""
        source = heard.open()
        async with source.listen(within(heard.call), None) as events:
            for number in range(3):
                await heard.say(b'{"number": %d}' % number)
            found = await some(events, 3)
        await source.close()
        assert [e.body for e in found] == [heard.body({"number": n}) for n in range(3)]
        assert all(event.size > 0 and event.trouble is None for event in found)
        assert all((event.id is not None) == heard.keeps for event in found)

    async def test_everyone_who_listens_hears(self, heard: Heard) -> None:
        """Two listeners of one source are told the same."""
        source = heard.open()
        async with AsyncExitStack() as stack:
            both = [
                await stack.enter_async_context(source.listen(within(heard.call), None))
                for _ in range(2)
            ]
            await heard.say(b'{"a": 1}')
            found = [(await some(events, 1))[0].body for events in both]
        await source.close()
        assert found == [heard.body({"a": 1})] * 2

    async def test_what_cannot_be_read_is_told_and_the_stream_lives(
        self, heard: Heard
    ) -> None:
        """A bad message says nothing about the next one."""
        if heard.unreadable is None:
            pytest.skip("whatever it says can be read")
        source = heard.open()
        async with source.listen(within(heard.call), None) as events:
            await heard.say(heard.unreadable)
            await heard.say(b'{"a": 1}')
            bad, good = await some(events, 2)
        await source.close()
        assert (bad.body, bad.trouble is None) == (None, False)
        assert (good.body, good.trouble) == (heard.body({"a": 1}), None)

    async def test_listening_goes_on_after_an_event_where_the_source_keeps_it(
        self, heard: Heard
    ) -> None:
        """Who was away hears what he missed, once; elsewhere he is told that."""
        source = heard.open()
        if not heard.keeps:
            with pytest.raises(UpstreamError) as refused:
                await _entered(source, within(heard.call), "1-0")
            assert refused.value.kind is ErrorClass.REJECTED
            await source.close()
            return
        async with source.listen(within(heard.call), None) as events:
            await heard.say(b'{"number": 1}')
            (first,) = await some(events, 1)
        await heard.say(b'{"number": 2}')
        async with source.listen(within(heard.call), first.id) as events:
            await heard.say(b'{"number": 3}')
            found = await some(events, 2)
        await source.close()
        assert [e.body for e in found] == [heard.body({"number": n}) for n in (2, 3)]

    async def test_a_place_that_never_was_is_refused(self, heard: Heard) -> None:
        """Better told than silently begun elsewhere."""
        if not heard.checks:
            pytest.skip("it makes of a place what it likes")
        source = heard.open()
        with pytest.raises(UpstreamError) as refused:
            await _entered(source, within(heard.call), "never was")
        await source.close()
        assert refused.value.kind is ErrorClass.REJECTED

    async def test_leaving_frees_the_connection(self, heard: Heard) -> None:
        """By the end of the block, and by a cancellation while nothing is said."""
        if heard.listeners is None:
            pytest.skip("the system counts no listeners")
        source = heard.open()
        before = await heard.listeners()
        async with source.listen(within(heard.call), None):
            await until(heard.listeners, before + 1)
        await until(heard.listeners, before)
        waiting = asyncio.create_task(_waits(source, within(heard.call)))
        await until(heard.listeners, before + 1)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        await until(heard.listeners, before)
        await source.close()

    async def test_a_broken_connection_is_told(self, heard: Heard) -> None:
        """Whether to listen again is decided by others."""
        if heard.cut is None:
            pytest.skip("its connections cannot be cut")
        source = heard.open()
        async with source.listen(within(heard.call), None) as events:
            waiting = asyncio.ensure_future(some(events, 1))
            await heard.cut()
            with pytest.raises(UpstreamError) as broken:
                await waiting
        await source.close()
        assert broken.value.kind is ErrorClass.RESET
        _hides(broken.value, heard.secrets)

    async def test_a_system_that_is_not_there_is_told(self, heard: Heard) -> None:
        """Entering fails with the class that retries know."""
        source = heard.dead()
        with pytest.raises(UpstreamError) as refused:
            await _entered(source, within(heard.call), None)
        await source.close()
        assert refused.value.kind is ErrorClass.CONNECT
        _hides(refused.value, heard.secrets)

    async def test_wrong_credentials_are_told_and_hidden(self, heard: Heard) -> None:
        """It says that it is not let in, and with what it tried is shown nowhere."""
        if heard.stranger is None:
            pytest.skip("it lets everybody in")
        source = heard.stranger()
        with pytest.raises(UpstreamError) as refused:
            await _entered(source, within(heard.call), None)
        shown = str(source.describe(heard.call)) + str(source.render(heard.call).key)
        await source.close()
        assert refused.value.kind in (ErrorClass.CONNECT, ErrorClass.STATUS)
        _hides(refused.value, heard.secrets)
        assert not [secret for secret in heard.secrets if secret in shown]

    def test_equal_listening_has_an_equal_key(self, heard: Heard) -> None:
        """So that subscribers may share one."""
        source = heard.open()
        assert source.render(heard.call).key == source.render(heard.call).key


async def _entered(source: Any, call: Call[Any], after: str | None) -> None:
    async with source.listen(call, after):
        pass


async def _waits(source: Any, call: Call[Any]) -> None:
    async with source.listen(call, None) as events:
        await anext(events)


def _hides(error: UpstreamError, secrets: tuple[str, ...]) -> None:
    chain: BaseException | None = error
    while chain is not None:
        shown = f"{chain!r} {chain} {getattr(chain, 'detail', '')}"
        assert not [secret for secret in secrets if secret in shown]
        chain = None if chain.__suppress_context__ else chain.__context__
