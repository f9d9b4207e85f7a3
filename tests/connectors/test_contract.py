"""Our own sources keep the contract that other packages run against theirs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from gateway.connectors.base import Call, Reply, Wire
from gateway.connectors.duckdb import DuckDBSource
from gateway.connectors.mock import MockSource, MockTarget
from gateway.connectors.rest import RestSource
from gateway.connectors.rest_request import RestTarget
from gateway.connectors.rows import SqlTarget
from gateway.connectors.settings import CannedAnswer, DuckDBSettings, RestSettings
from gateway.errors import ErrorClass
from gateway.testing import HostileUpstream, hostile
from gateway.testing.contract import SourceContract, Subject, call_of
from gateway.values import JsonValue

PASSWORD = "hunter2"
_ENDLESS = "SELECT count(*) FROM range(100000000) a, range(100000) b WHERE a = b"


class TestRest(SourceContract):
    """An HTTP API on a real socket."""

    @pytest.fixture
    async def subject(self) -> AsyncIterator[Subject]:
        async with HostileUpstream() as upstream:
            upstream.script("/customers/42", hostile.answers({"id": "42"}))
            upstream.script("/broken", hostile.resets_in_body())
            upstream.script("/slow", hostile.hangs())
            url = upstream.url.replace("//", f"//anna:{PASSWORD}@")
            yield Subject(
                open=lambda: RestSource(RestSettings(url)),
                call=_get("/customers/42"),
                body={"id": "42"},
                other=_get("/customers/43"),
                refused=(_get("/no/such"), _get("/broken")),
                slow=_get("/slow"),
                dead=lambda: RestSource(RestSettings(f"http://a:{PASSWORD}@[::1]:9")),
                secrets=(PASSWORD,),
            )


class TestDuckDB(SourceContract):
    """An embedded database."""

    @pytest.fixture
    def subject(self) -> Subject:
        return Subject(
            open=lambda: DuckDBSource(DuckDBSettings(threads=2)),
            call=call_of(_sql("SELECT $n + 1 AS n", n=41)),
            body={"n": 42},
            other=call_of(_sql("SELECT $n + 1 AS n", n=42)),
            refused=(
                call_of(_sql("SELECT nothing FROM nowhere")),
                call_of(_sql("SELECT $n AS n", n=object)),
            ),
            slow=call_of(_sql(_ENDLESS)),
        )


class TestMock(SourceContract):
    """Canned replies."""

    @pytest.fixture
    def subject(self) -> Subject:
        return Subject(
            open=MockSource,
            call=call_of(MockTarget("a.b", (CannedAnswer({"id": "42"}),))),
            body={"id": "42"},
            other=call_of(MockTarget("a.c", (CannedAnswer({"id": "43"}),))),
            refused=(
                call_of(MockTarget("a.d", (CannedAnswer(error=ErrorClass.RESET),))),
                call_of(MockTarget("a.e", (CannedAnswer(status=500),))),
            ),
            slow=call_of(MockTarget("a.f", (CannedAnswer(delay=60.0),))),
        )


def _get(url: str) -> Call[RestTarget]:
    return call_of(RestTarget("GET", (url,)))


def _sql(query: str, **params: object) -> SqlTarget:
    return SqlTarget(query, params, "one")


# -- the contract itself ---------------------------------------------------------------


@dataclass
class Careless:
    """A source that can break any of the rules."""

    answer: Callable[[Call[Any]], object] = lambda _: Reply("yes")
    key: Callable[[Call[Any]], object] = lambda call: call.target
    shown: str = "nothing"
    closings: int = 1
    stays: bool = False
    left: list[asyncio.Task[None]] = field(default_factory=list)

    def render(self, call: Call[Any]) -> Wire:
        return Wire(self.key(call))

    async def call(self, call: Call[Any]) -> Reply:
        if call.target == "slow":
            if self.stays:
                self.left.append(asyncio.create_task(asyncio.sleep(60)))
            await asyncio.sleep(60)
        return self.answer(call)  # type: ignore[return-value]

    def describe(self, call: Call[Any]) -> Mapping[str, JsonValue]:
        return {"asked": self.shown, "step": call.step}

    async def close(self) -> None:
        self.closings -= 1
        if self.closings < -1:
            raise RuntimeError("closed already")


def _subject(source: Callable[[], Any], *, refused: bool = False) -> Subject:
    asked = call_of("yes")
    return Subject(
        open=source,
        call=asked,
        body="yes",
        other=call_of("no"),
        refused=(call_of("no"),) if refused else (),
        slow=call_of("slow"),
        secrets=(PASSWORD,),
    )


def _raises(call: Call[Any]) -> Reply:
    if call.target == "no":
        raise ValueError("no")
    return Reply("yes")


@pytest.mark.parametrize(
    ("rule", "subject", "why"),
    [
        (
            "a_call_is_answered",
            _subject(lambda: Careless(lambda _: "yes")),
            "'yes' is no Reply",
        ),
        (
            "a_call_is_answered",
            _subject(lambda: Careless(lambda _: Reply("no"))),
            "the body is 'no', not 'yes'",
        ),
        (
            "a_call_is_answered",
            _subject(lambda: Careless(lambda _: Reply("yes", 200, {"X-A": "b"}))),
            "headers are not lower-case: ['X-A']",
        ),
        (
            "equal_calls_are_rendered_equally",
            _subject(lambda: Careless(key=lambda call: call.passing.get("x-left"))),
            "None is not '5'",
        ),
        (
            "equal_calls_are_rendered_equally",
            _subject(lambda: Careless(key=lambda _: 1)),
            "two calls that differ have one key",
        ),
        (
            "describing_shows_no_secret",
            _subject(lambda: Careless(shown=f"redis://a:{PASSWORD}@b")),
            "describe shows 1 of the secrets",
        ),
        (
            "it_fails_with_an_upstream_error_and_goes_on",
            _subject(lambda: Careless(_raises), refused=True),
            "a source raises UpstreamError, not ValueError",
        ),
        (
            "it_fails_with_an_upstream_error_and_goes_on",
            _subject(Careless, refused=True),
            "a call that should fail is answered: ",
        ),
        (
            "a_cancelled_call_frees_what_it_holds",
            _subject(lambda: Careless(stays=True)),
            "tasks are left: ",
        ),
    ],
)
async def test_a_source_that_breaks_a_rule_is_told_so(
    rule: str, subject: Subject, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In words that name the rule, not in a traceback from inside."""
    monkeypatch.setattr("gateway.testing.contract.source._END", 0.1)
    with pytest.raises(AssertionError) as caught:
        await getattr(SourceContract(), f"test_{rule}")(subject)
    assert str(caught.value).startswith(why)
    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        task.cancel()
