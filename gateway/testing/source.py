"""A source that answers from a script: counts its calls, keeps them, does no I/O.

In charge of standing in for real sources in tests. Knows nothing of plans or steps
but their names. A behaviour is a function from a call to its reply; the ones here
answer, fail, hang, or wait for the test.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from gateway.connectors.base import Call, Reply, Wire
from gateway.connectors.rest_request import RestTarget, render
from gateway.errors import ErrorClass, UpstreamError
from gateway.values import JsonValue, canonical

Behaviour: TypeAlias = Callable[[Call[Any]], Awaitable[Reply]]
"""What a source does with one call."""


def answers(
    body: object = None,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    after: float = 0.0,
) -> Behaviour:
    """A reply, `after` so many virtual seconds."""
    reply = Reply(body, status, dict(headers or {}))

    async def behave(_call: Call[Any]) -> Reply:
        await asyncio.sleep(after)
        return reply

    return behave


def fails(
    kind: ErrorClass = ErrorClass.STATUS,
    *,
    status: int | None = None,
    after: float = 0.0,
) -> Behaviour:
    """The source's failure, `after` so many virtual seconds."""

    async def behave(_call: Call[Any]) -> Reply:
        await asyncio.sleep(after)
        raise failure(kind, status)

    return behave


def failure(kind: ErrorClass, status: int | None = None) -> UpstreamError:
    """The error that a connector raises for a kind of trouble."""
    messages = {
        ErrorClass.TIMEOUT: "The source did not answer in time.",
        ErrorClass.CONNECT: "The source cannot be reached.",
        ErrorClass.RESET: "The source closed the connection.",
        ErrorClass.STATUS: f"The source answered with status {status}.",
    }
    message = messages.get(kind, "The source's answer cannot be used.")
    return UpstreamError(message, kind=kind, status=status)


def hangs() -> Behaviour:
    """No reply, ever: ends by cancellation only."""

    async def behave(_call: Call[Any]) -> Reply:
        await asyncio.Event().wait()
        raise AssertionError("nobody sets this event")  # pragma: no cover

    return behave


def waits(released: asyncio.Event, body: object = None) -> Behaviour:
    """A reply once the test sets the event."""

    async def behave(_call: Call[Any]) -> Reply:
        await released.wait()
        return Reply(body)

    return behave


def meets(barrier: asyncio.Barrier, body: object = None) -> Behaviour:
    """A reply once as many calls as the barrier wants are in flight at one time."""

    async def behave(_call: Call[Any]) -> Reply:
        await barrier.wait()
        return Reply(body)

    return behave


@dataclass(slots=True)
class ScriptedSource:
    """Behaves as scripted for each step; of several behaviours the last one stays.

    ``calls`` are all calls in the order they came, ``cancelled`` the steps of those
    that were cancelled, ``unexpected`` the steps that were called without a script.
    """

    script: Mapping[str, Behaviour | Sequence[Behaviour]]
    calls: list[Call[Any]] = field(default_factory=list)
    otherwise: Behaviour | None = None
    """What answers steps that have no script; None: nothing may ask for them."""
    cancelled: list[str] = field(default_factory=list)
    unexpected: list[str] = field(default_factory=list)
    running: int = 0
    most_running: int = 0
    closed: bool = False

    @property
    def counts(self) -> dict[str, int]:
        """Calls by step."""
        return dict(Counter(call.step for call in self.calls))

    def render(self, call: Call[Any]) -> Wire:
        """REST steps as they would go over the wire; others by target and inputs.

        Raises:
            UpstreamError: a value cannot stand where the step wants it.
        """
        target, headers = call.target, tuple(sorted(call.headers.items()))
        if not isinstance(target, RestTarget):
            return Wire((repr(target), canonical(call.inputs), headers))
        request = render(target, call.inputs)
        asked = (request.method, request.url, request.content, target.accepts)
        return Wire((asked, (*headers, *sorted(request.headers.items())), target.exact))

    async def call(self, call: Call[Any]) -> Reply:
        """Do what the script says.

        Raises:
            UpstreamError: the script says so, or has nothing for the step.
        """
        behave = self._next(call.step)
        self.calls.append(call)
        self.running += 1
        self.most_running = max(self.most_running, self.running)
        try:
            return await behave(call)
        except asyncio.CancelledError:
            self.cancelled.append(call.step)
            raise
        finally:
            self.running -= 1

    def _next(self, step: str) -> Behaviour:
        scripted = self.script.get(step)
        if scripted is None and self.otherwise is not None:
            return self.otherwise
        if scripted is None:
            self.unexpected.append(step)
            return fails(ErrorClass.CONNECT)
        if not isinstance(scripted, Sequence):
            return scripted
        before = sum(call.step == step for call in self.calls)
        return scripted[min(before, len(scripted) - 1)]

    def describe(self, call: Call[Any]) -> Mapping[str, JsonValue]:
        """The call's step; a script has no wire."""
        return {"step": call.step}

    async def close(self) -> None:
        """Remember that it was closed."""
        self.closed = True
