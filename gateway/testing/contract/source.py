"""What every source has to keep, one test a rule.

In charge of what can be seen from outside: answers, errors, time, cancelling, closing.
Must never know what kind of source it tries.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import orjson

from gateway.connectors.base import Call, Reply, Source
from gateway.errors import ErrorClass, UpstreamError
from gateway.testing.contract.subject import PATIENCE, Subject, require, within

_SHORT = 0.05
"""Seconds that a slow call is given."""
_CANCELS = 20
"""More than a pool of usual size would survive, if each took something with it."""
_ON_ITS_WAY = 0.002
"""Seconds after which a call has left the process."""
_PROMPT = 20.0
"""Seconds in which a cancelled call has ended: a slow one that was awaited is found by
its answer, and a machine may be busy."""
_END = 20.0
"""Seconds in which what was given up has ended."""
_AWAY = frozenset({ErrorClass.CONNECT, ErrorClass.RESET, ErrorClass.TIMEOUT})


class SourceContract:
    """Subclass it with a fixture ``subject`` that gives a `Subject`."""

    async def test_it_opens_without_its_system_and_closes_twice(
        self, subject: Subject
    ) -> None:
        """A gateway starts while its sources are down; closing twice harms nothing."""
        source = (subject.dead or subject.open)()
        await source.close()
        await source.close()

    async def test_a_call_is_answered(self, subject: Subject) -> None:
        """A `Reply` with a decoded body, whatever was asked before it."""
        async with _opened(subject) as source:
            for _ in range(2):
                await _answers(subject, source)

    async def test_calls_at_one_time_are_answered_each(self, subject: Subject) -> None:
        """A source serves many requests at once."""
        async with _opened(subject) as source:
            await asyncio.gather(*(_answers(subject, source) for _ in range(8)))

    async def test_a_call_that_was_rendered_before_is_the_same(
        self, subject: Subject
    ) -> None:
        """The engine renders first, to see who else asks; the call is what it was."""
        async with _opened(subject) as source:
            call = within(subject.call)
            reply = await source.call(call._replace(wire=source.render(call)))
            _equal(reply.body, subject.body)

    async def test_equal_calls_are_rendered_equally(self, subject: Subject) -> None:
        """By value, in any process; time and what changes by the attempt stay out."""
        async with _opened(subject) as source, _opened(subject) as another:
            call = subject.call
            copied = call._replace(inputs=dict(call.inputs), passing={"x-left": "5"})
            same = source.render(within(call)).key
            later = another.render(within(copied, 1.0)).key
            require(that=same == later, why=f"{same!r} is not {later!r}")
            require(that=hash(same) == hash(later), why="equal keys have two hashes")
            if subject.other is not None:
                differs = source.render(within(subject.other)).key != same
                require(that=differs, why="two calls that differ have one key")

    async def test_describing_shows_no_secret(self, subject: Subject) -> None:
        """A map that JSON can say, for people; it asks nobody."""
        async with _opened(subject) as source:
            shown = source.describe(within(subject.call))
            text = orjson.dumps(shown, default=str).decode()
            _hides(subject, text + repr(source) + str(source), "describe")

    async def test_it_fails_with_an_upstream_error_and_goes_on(
        self, subject: Subject
    ) -> None:
        """No other exception leaves a source, and the next call is answered."""
        async with _opened(subject) as source:
            for call in subject.refused:
                await _fails(subject, source, within(call))
                await _answers(subject, source)

    async def test_a_call_keeps_its_deadline(self, subject: Subject) -> None:
        """It fails as a timeout when its time is up, not later."""
        if subject.slow is None:
            return
        async with _opened(subject) as source, asyncio.timeout(PATIENCE):
            error = await _fails(subject, source, within(subject.slow, _SHORT))
            late = error.kind is ErrorClass.TIMEOUT
            require(that=late, why=f"too late is {error.kind}, not a timeout")
            await _answers(subject, source)

    async def test_a_cancelled_call_frees_what_it_holds(self, subject: Subject) -> None:
        """However many are cancelled, the next one is answered, and no task stays."""
        if subject.slow is None:
            return
        before = asyncio.all_tasks()
        async with _opened(subject) as source, asyncio.timeout(PATIENCE):
            for turns in range(_CANCELS):
                await _cancelled(source, within(subject.slow), turns)
            await _answers(subject, source)
        left = await _outliving(asyncio.all_tasks() - before)
        require(that=not left, why=f"tasks are left: {left}")

    async def test_closing_lets_calls_end(self, subject: Subject) -> None:
        """What was under way is answered, or fails as a source does."""
        source = subject.open()
        calls = [asyncio.ensure_future(_answers(subject, source)) for _ in range(3)]
        await asyncio.sleep(0)
        async with asyncio.timeout(PATIENCE):
            await source.close()
            for ended in await asyncio.gather(*calls, return_exceptions=True):
                fine = ended is None or isinstance(ended, UpstreamError)
                require(that=fine, why=f"a call ended with {ended!r}")

    async def test_without_its_system_it_says_so(self, subject: Subject) -> None:
        """A source that is away is told from one that refuses, and nothing leaks."""
        if subject.dead is None:
            return
        source = subject.dead()
        try:
            error = await _fails(subject, source, within(subject.call, 1.0))
            require(that=error.kind in _AWAY, why=f"away is {error.kind}")
        finally:
            await source.close()


@contextlib.asynccontextmanager
async def _opened(subject: Subject) -> AsyncIterator[Source[Any]]:
    source = subject.open()
    try:
        yield source
    finally:
        await source.close()


async def _answers(subject: Subject, source: Source[Any]) -> None:
    reply = await source.call(within(subject.call))
    require(that=isinstance(reply, Reply), why=f"{reply!r} is no Reply")
    _equal(reply.body, subject.body)
    names = [name for name in reply.headers if name != name.lower()]
    require(that=not names, why=f"headers are not lower-case: {names}")


async def _fails(
    subject: Subject, source: Source[Any], call: Call[Any]
) -> UpstreamError:
    try:
        reply = await source.call(call)
    except UpstreamError as error:
        _hides(subject, f"{error.message} {error.detail}", "an error")
        return error
    except Exception as error:
        why = f"a source raises UpstreamError, not {type(error).__name__}"
        raise AssertionError(why) from error
    raise AssertionError(f"a call that should fail is answered: {reply!r}")


async def _cancelled(source: Source[Any], call: Call[Any], turns: int) -> None:
    """Given up after so many turns of the loop; late ones have reached the system."""
    task = asyncio.ensure_future(source.call(call))
    for _ in range(turns):
        await asyncio.sleep(0)
    if turns > _CANCELS // 2:
        await asyncio.sleep(_ON_ITS_WAY)
    task.cancel()
    await asyncio.wait({task}, timeout=_PROMPT)
    require(that=task.done() and task.cancelled(), why="a cancelled call goes on")


async def _outliving(tasks: set[asyncio.Task[Any]]) -> set[asyncio.Task[Any]]:
    """Tasks that do not end; those of a server in this loop see the end first."""
    if tasks:
        await asyncio.wait(tasks, timeout=_END)
    return {task for task in tasks if not task.done()}


def _equal(came: object, wanted: object) -> None:
    require(that=came == wanted, why=f"the body is {came!r}, not {wanted!r}")


def _hides(subject: Subject, text: str, place: str) -> None:
    shown = [secret for secret in subject.secrets if secret in text]
    require(that=not shown, why=f"{place} shows {len(shown)} of the secrets")
