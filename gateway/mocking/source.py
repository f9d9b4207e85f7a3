"""The source that stands for every system of a mocked deployment.

In charge of answering from memory. Must never open anything.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from gateway.connectors.acceptance import check_status, unwrapped
from gateway.connectors.base import Call, Reply, Wire
from gateway.connectors.mock import MockSource, given, in_turn
from gateway.connectors.settings import CannedAnswer
from gateway.mocking.targets import MadeTarget, RecordedTarget, ScriptTarget
from gateway.mocking.values import Making
from gateway.values import JsonValue, canonical, digest


class MockedSource:
    """Answers whatever is asked of any source."""

    __slots__ = ("_asked", "_mock")

    def __init__(self) -> None:
        self._mock = MockSource()
        self._asked: Counter[str] = Counter()

    def render(self, call: Call[Any]) -> Wire:
        name = getattr(call.target, "name", call.step)
        return Wire((name, id(call.target), canonical(dict(call.inputs))))

    async def call(self, call: Call[Any]) -> Reply:
        match call.target:
            case MadeTarget():
                return Reply(made(call.target, call.inputs))
            case RecordedTarget():
                answer = recorded(call.target, call.inputs)
            case ScriptTarget(name, script):
                answer = in_turn(script, self._asked[name])
                self._asked[name] += 1
            case _ if hasattr(call.target, "script"):
                return await self._mock.call(call)
            case _:
                return Reply(None)  # an alarm, or a call in place of another
        return await _reply(answer, call)

    def describe(self, call: Call[Any]) -> Mapping[str, JsonValue]:
        return {"mocked": call.step}

    async def close(self) -> None:
        """There is nothing to give back."""


async def _reply(answer: CannedAnswer, call: Call[Any]) -> Reply:
    target = call.target
    reply = await given(answer, call.deadline, target.accepts)
    check_status(reply.status, target.accepts, reply.headers)
    body = unwrapped(reply.body, target.unwrap) if reply.status < 300 else reply.body  # noqa: PLR2004
    return Reply(body, reply.status, reply.headers)


def recorded(target: RecordedTarget, inputs: Mapping[str, object]) -> CannedAnswer:
    """What was recorded for these values; for others always the same one of all."""
    key = key_of(inputs)
    found = target.replies.get(key)
    if found is not None:
        return found
    keys = sorted(target.replies)
    return target.replies[keys[int(digest(target.name, key)[:8], 16) % len(keys)]]


def key_of(inputs: Mapping[str, object]) -> str:
    """The values of a call as a short text."""
    return digest(canonical(dict(inputs)))


def made(target: MadeTarget, inputs: Mapping[str, object]) -> JsonValue:
    """A value of the step's type, the same for the same values."""
    seed = digest(target.name, canonical(dict(inputs)))
    named = {
        name.rpartition(":")[2].rpartition(".")[2]: v for name, v in inputs.items()
    }
    making, wanted = Making(target.shapes, seed, named, target.extra), target.wanted
    if wanted.whole is not None:
        value = making.value(wanted.whole, ())
    else:
        value = {key: making.value(t, (key,)) for key, t in wanted.keys.items()}
    for path, type_ in wanted.read.items():
        value = _with(value, path, making.value(type_, path))
    return value


def _with(value: JsonValue, path: tuple[str, ...], leaf: JsonValue) -> JsonValue:
    """The value with something at a path, where nothing is yet."""
    if not path:
        return leaf if value is None else value
    if value is not None and not isinstance(value, dict):
        return value
    known: dict[str, JsonValue] = dict(value or {})
    known[path[0]] = _with(known.get(path[0]), path[1:], leaf)
    return known
