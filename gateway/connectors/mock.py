"""Canned replies: `type: mock` steps, and the scripted sources of tests and mocks.

In charge of answering without any system, by the same rules as the real ones: what
would be refused from a socket is refused from a script. Must never do I/O but wait.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, TypeAlias, cast

from gateway.canned import CannedReply
from gateway.connectors.acceptance import check_status, is_success, unwrapped
from gateway.connectors.base import Call, Reply, ReplyRules, Section
from gateway.connectors.options import MockOptions
from gateway.connectors.rest_request import RestTarget
from gateway.connectors.rows import SqlTarget, checked_rows
from gateway.connectors.settings import CannedAnswer
from gateway.errors import ErrorClass, InternalError, UpstreamError
from gateway.shape import FieldShape
from gateway.values import JsonValue

Script: TypeAlias = Sequence[CannedAnswer]
"""Replies in turn; the last one stays."""

_SAYS = {
    ErrorClass.TIMEOUT: "The source did not answer in time.",
    ErrorClass.CONNECT: "The source cannot be reached.",
    ErrorClass.RESET: "The connection broke before the answer.",
    ErrorClass.INVALID: "The source's answer is not valid JSON.",
}


def canned(replies: Sequence[CannedReply]) -> Script:
    """Replies as written in YAML as the answers that sources give."""
    return tuple(
        CannedAnswer(
            reply.body,
            reply.status,
            {name.lower(): value for name, value in reply.headers.items()},
            reply.delay or 0.0,
            ErrorClass(reply.error) if reply.error else None,
        )
        for reply in replies
    )


@dataclass(frozen=True, slots=True)
class MockTarget:
    """One mock step's script. ``name`` tells it from all others of a generation."""

    name: str
    script: Script


class MockStep:
    """Load time of ``type: mock``."""

    names: ClassVar[tuple[str, ...]] = ("mock",)
    options: ClassVar[type[MockOptions]] = MockOptions
    sources: ClassVar[frozenset[str]] = frozenset({"mock"})
    default_source: ClassVar[str | None] = "mock"

    def compile(self, section: Section, options: object) -> MockTarget:
        asked = cast("MockOptions", options)
        return MockTarget(f"{section.operation}.{section.name}", canned(asked.replies))

    def shape(self, options: object) -> tuple[FieldShape, ...] | None:  # noqa: ARG002
        return None

    def rules(self, options: object) -> ReplyRules:  # noqa: ARG002
        return ReplyRules()

    def idempotent(self, options: object) -> bool:  # noqa: ARG002
        return True


class MockSource:
    """Answers `type: mock` steps, each from its own script."""

    __slots__ = ("_asked",)

    def __init__(self) -> None:
        self._asked: Counter[str] = Counter()

    async def call(self, call: Call[MockTarget]) -> Reply:
        target = call.target
        answer = _in_turn(target.script, self._asked[target.name])
        self._asked[target.name] += 1
        return await _given(answer, call)

    def describe(self, call: Call[MockTarget]) -> Mapping[str, JsonValue]:
        return {"mock": call.target.name}

    async def close(self) -> None:
        """There is nothing to give back."""


@dataclass(slots=True)
class ScriptedSource:
    """Stands for every source of a test: scripts by step, and the calls it had.

    ``unwrap`` is the real source's key. ``describing`` is the real source's
    `describe`, where the wire request matters. A step without a script fails, with a
    message that says so.
    """

    replies: Mapping[str, Script]
    unwrap: str | None = None
    row_limit: int | None = None
    describing: Callable[[Call[Any]], Mapping[str, JsonValue]] | None = None
    calls: Counter[str] = field(default_factory=Counter)

    async def call(self, call: Call[Any]) -> Reply:
        script = self.replies.get(call.step)
        number = self.calls[call.step]
        self.calls[call.step] += 1
        if script is None:
            raise UpstreamError(
                f"There is no canned reply for step '{call.step}'.",
                kind=ErrorClass.CONNECT,
            )
        return await _given(_in_turn(script, number), call, unwrap=self.unwrap)

    def describe(self, call: Call[Any]) -> Mapping[str, JsonValue]:
        return self.describing(call) if self.describing else {"step": call.step}

    async def close(self) -> None:
        """There is nothing to give back."""


def _in_turn(script: Script, number: int) -> CannedAnswer:
    if not script:
        raise InternalError("a script without a reply")
    return script[min(number, len(script) - 1)]


async def _given(
    answer: CannedAnswer, call: Call[Any], *, unwrap: str | None = None
) -> Reply:
    if answer.delay:
        try:
            async with asyncio.timeout_at(call.deadline.at):
                await asyncio.sleep(answer.delay)
        except TimeoutError:
            raise _failure(ErrorClass.TIMEOUT) from None
    if answer.error is not None:
        raise _failure(answer.error)
    return Reply(_accepted(answer, call.target, unwrap), answer.status, answer.headers)


def _accepted(answer: CannedAnswer, target: object, unwrap: str | None) -> object:
    """The body, by the rules of the source that the step really has."""
    accepts = target.accepts if isinstance(target, RestTarget) else frozenset()
    check_status(answer.status, accepts)
    if isinstance(target, SqlTarget):
        return checked_rows(answer.body, target.rows)
    return unwrapped(answer.body, unwrap) if is_success(answer.status) else answer.body


def _failure(kind: ErrorClass) -> UpstreamError:
    return UpstreamError(_SAYS.get(kind, "The call failed."), kind=kind)
