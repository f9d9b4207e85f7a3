"""Canned replies: `type: mock` steps.

In charge of answering without any system, by the same rules as the real ones: what
would be refused from a socket is refused from a script. Must never do I/O but wait.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import ClassVar, TypeAlias, cast

from gateway.canned import CannedReply
from gateway.clock import Deadline
from gateway.connectors.acceptance import check_status
from gateway.connectors.base import Call, Reply, ReplyRules, Section, Wire
from gateway.connectors.options import MockOptions
from gateway.connectors.settings import CannedAnswer
from gateway.errors import ErrorClass, InternalError, UpstreamError
from gateway.record import Model
from gateway.shape import FieldShape
from gateway.values import JsonValue, canonical

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


class MockTarget(Model, frozen=True):
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

    def render(self, call: Call[MockTarget]) -> Wire:
        target = call.target  # its script is all that there is of the source
        return Wire((target.name, repr(target.script), canonical(call.inputs)))

    async def call(self, call: Call[MockTarget]) -> Reply:
        target = call.target
        answer = in_turn(target.script, self._asked[target.name])
        self._asked[target.name] += 1
        return await given(answer, call.deadline)

    def describe(self, call: Call[MockTarget]) -> Mapping[str, JsonValue]:
        return {"mock": call.target.name}

    async def close(self) -> None:
        """There is nothing to give back."""


def in_turn(script: Script, number: int) -> CannedAnswer:
    """The reply of so many-th call, from 0; the last one stays."""
    if not script:
        raise InternalError("a script without a reply")
    return script[min(number, len(script) - 1)]


async def given(
    answer: CannedAnswer, deadline: Deadline, accepts: frozenset[int] = frozenset()
) -> Reply:
    """The reply once its time has come. ``accepts`` are statuses besides 2xx.

    Raises:
        UpstreamError: it is a failure, or comes too late.
    """
    if answer.delay:
        try:
            async with asyncio.timeout_at(deadline.at):
                await asyncio.sleep(answer.delay)
        except TimeoutError:
            raise _failure(ErrorClass.TIMEOUT) from None
    if answer.error is not None:
        raise _failure(answer.error)
    check_status(answer.status, accepts, answer.headers)
    return Reply(answer.body, answer.status, answer.headers)


def _failure(kind: ErrorClass) -> UpstreamError:
    return UpstreamError(_SAYS.get(kind, "The call failed."), kind=kind)
