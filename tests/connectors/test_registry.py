"""Step types by name, sources by what they are, canned replies by the real rules."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import EntryPoint
from typing import Any, ClassVar

import pytest

from gateway.clock import Deadline, LoopClock
from gateway.connectors.base import Call, Reply, Slot, Wire
from gateway.connectors.duckdb import DuckDBSource
from gateway.connectors.mock import MockSource, MockStep, MockTarget
from gateway.connectors.options import STEP_OPTIONS, MockOptions, ValueOptions
from gateway.connectors.registry import open_source, step_types, with_plugins
from gateway.connectors.rest import RestSource
from gateway.connectors.settings import (
    CannedAnswer,
    DuckDBSettings,
    MockSettings,
    RestSettings,
    SourceSettings,
)
from gateway.connectors.sources import Sources
from gateway.connectors.value import ValueStep
from gateway.errors import ErrorClass, InternalError, UpstreamError
from gateway.values import JsonValue
from tests.connectors.section import TestedSection


def test_every_built_in_type_has_its_options() -> None:
    """The registry and the models of the language name the same types."""
    assert {name: type_.options for name, type_ in step_types().items()} == STEP_OPTIONS


class PingStep(ValueStep):
    """A step type as a package would bring it."""

    names: ClassVar[tuple[str, ...]] = ("ping",)


def entry(name: str) -> EntryPoint:
    return EntryPoint(name, f"{__name__}:{name}", "headwater.step_types")


def test_packages_add_step_types(monkeypatch: pytest.MonkeyPatch) -> None:
    """An entry point names a class; a name that is taken is refused."""
    monkeypatch.setattr(EntryPoint, "load", lambda self: globals()[self.name])
    assert set(with_plugins([entry("PingStep")])) == {*STEP_OPTIONS, "ping"}
    with pytest.raises(InternalError):
        with_plugins([entry("ValueStep")])


@pytest.mark.parametrize(
    ("settings", "kind"),
    [
        (RestSettings("http://127.0.0.1:1"), RestSource),
        (DuckDBSettings("/no/such/file"), DuckDBSource),
        (MockSettings(), MockSource),
    ],
)
async def test_opening_a_source_connects_to_nothing(
    settings: SourceSettings, kind: type
) -> None:
    """So a gateway starts while its sources are down."""
    source = open_source(settings)
    assert type(source) is kind
    await source.close()


@dataclass
class Counted:
    """A source that only counts how often it was closed."""

    closed: int = 0

    def render(self, call: Call[Any]) -> Wire:
        return Wire(call.step)

    async def call(self, call: Call[Any]) -> Reply:
        return Reply(call.step)

    def describe(self, call: Call[Any]) -> Mapping[str, JsonValue]:
        return {"step": call.step}

    async def close(self) -> None:
        self.closed += 1


async def test_a_source_lives_from_its_first_user_to_its_last() -> None:
    """A reload that does not touch it keeps it; a dropped one closes once."""
    sources, made = Sources(), [Counted(), Counted()]
    left = iter(made)
    first = sources.acquire("a", lambda: next(left))
    assert sources.acquire("a", lambda: next(left)) is first
    sources.release("a")
    await sources.closed()
    assert ("a" in sources, made[0].closed) == (True, 0)
    sources.release("a")
    await sources.closed()
    assert ("a" in sources, made[0].closed) == (False, 1)
    assert sources.acquire("a", lambda: next(left)) is made[1]
    with pytest.raises(InternalError):
        sources.release("b")


class Stuck(Counted):
    """A source that cannot close."""

    async def close(self) -> None:
        raise ValueError("hunter2")


async def test_a_source_that_cannot_close_keeps_no_other_from_it() -> None:
    """It is told by its class alone, and whoever waits for the others goes on."""
    told: list[str] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: told.append(str(context)))
    sources, fine = Sources(), Counted()
    sources.acquire("a", Stuck)
    sources.acquire("b", lambda: fine)
    for digest in ("a", "b"):
        sources.release(digest)
    await sources.closed()
    assert fine.closed == 1
    assert told == ["{'message': 'a source did not close: ValueError'}"]


def test_a_value_is_a_constant_or_one_slot() -> None:
    """`type: value` needs no source; the engine reads its target."""
    section = TestedSection()
    step = ValueStep()
    assert step.compile(section, ValueOptions(value={"a": 1})) == {"a": 1}
    assert step.compile(section, ValueOptions(value="${ x }")) == Slot("value")
    assert step.sources == frozenset()


def call(target: object, step: str = "account", within: float = 30.0) -> Call[Any]:
    return Call(step, target, {}, Deadline.after(within, LoopClock()))


async def test_a_mock_step_gives_its_replies_in_turn() -> None:
    """The last one stays."""
    options = MockOptions(
        replies=[
            {"body": 1, "headers": {"X-A": "b"}},
            {"error": "reset"},
            {"body": 2, "delay": "1ms"},
        ]
    )
    asked = call(MockStep().compile(TestedSection(), options))
    source = MockSource()
    assert await source.call(asked) == Reply(1, 200, {"x-a": "b"})
    with pytest.raises(UpstreamError) as caught:
        await source.call(asked)
    assert caught.value.kind is ErrorClass.RESET
    assert [(await source.call(asked)).body for _ in range(3)] == [2, 2, 2]
    assert source.describe(asked) == {"mock": "customer360.account"}


@pytest.mark.parametrize(
    ("answer", "kind", "message"),
    [
        ({"status": 503}, ErrorClass.STATUS, "The source answered with status 503."),
        (
            {"delay": "30s"},
            ErrorClass.TIMEOUT,
            "The source did not answer in time.",
        ),
    ],
)
async def test_a_mock_step_fails_as_a_real_one_would(
    answer: dict[str, Any], kind: ErrorClass, message: str
) -> None:
    """What a socket may not say, a script may not say either."""
    asked = MockStep().compile(TestedSection(), MockOptions(replies=[answer]))
    with pytest.raises(UpstreamError) as caught:
        await MockSource().call(call(asked, within=0.01))
    assert (caught.value.kind, caught.value.message) == (kind, message)


def test_mocks_with_other_scripts_share_no_reply() -> None:
    """Another deployment, or the next reload, may give the same step other replies."""
    targets = [MockTarget("a.b", (CannedAnswer(n),)) for n in (1, 2, 1)]
    never = Deadline(float("inf"))
    keys = [MockSource().render(Call("b", one, {}, never)).key for one in targets]
    assert (keys[0] == keys[2], len(set(keys))) == (True, 2)
