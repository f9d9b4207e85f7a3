"""Calls in company: each waits, gives up and runs out of time for itself."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any

import orjson
import pytest

from gateway.clock import Deadline
from gateway.connectors.base import Call, Reply, Wire
from gateway.connectors.graphql.source import GraphqlSource
from gateway.connectors.graphql.target import GraphqlTarget
from gateway.connectors.graphql.together import TogetherSource
from gateway.connectors.rest_request import Request
from gateway.connectors.settings import GraphqlSettings, RestSettings
from gateway.connectors.transport.base import WireReply
from gateway.errors import ErrorClass, UpstreamError
from gateway.testing import run_virtual

ONE = GraphqlTarget("One", "a", ("{ a }",))
TWO = GraphqlTarget("Two", "b", ("{ b }",))
BOTH = {"data": {"m0_a": 1, "m1_b": 2}}
JSON = {"content-type": "application/json"}


@dataclass
class Line:
    """A transport whose answers are let go. ``cut`` are requests that were given up."""

    answers: list[Any]
    let: asyncio.Event = field(default_factory=asyncio.Event)
    asked: list[Any] = field(default_factory=list)
    cut: int = 0
    closed: bool = False

    async def send(self, request: Request, _limit: int) -> WireReply:
        self.asked.append(orjson.loads(request.content or b""))
        answer = self.answers[len(self.asked) - 1]
        try:
            await self.let.wait()
        except asyncio.CancelledError:
            self.cut += 1
            raise
        if isinstance(answer, Exception):
            raise answer
        return WireReply(200, orjson.dumps(answer), JSON, size=100)

    async def close(self) -> None:
        self.closed = True


@dataclass
class Ear:
    """Who waits, and what he heard."""

    heard: list[Any] = field(default_factory=list)

    def came(self, reply: Reply) -> None:
        self.heard.append((reply.body, reply.size))

    def failed(self, error: Exception) -> None:
        self.heard.append(error)


def _source(line: Line) -> TogetherSource:
    settings = GraphqlSettings(RestSettings("http://bank.test/graphql"))
    return TogetherSource(GraphqlSource(settings, line))


def _call(
    source: TogetherSource,
    target: GraphqlTarget,
    whose: object = "me",
    seconds: float = 5,
) -> Call[GraphqlTarget]:
    until = Deadline(asyncio.get_running_loop().time() + seconds)
    call = Call("step", target, {}, until)
    wire: Wire = source.render(call)._replace(whose=whose)
    return call._replace(wire=wire)


def _run(main: Coroutine[Any, Any, None]) -> None:
    run_virtual(main)


def test_who_gives_up_takes_nobody_with_him() -> None:
    """The others go on to wait for the answer that is on its way."""

    async def main() -> None:
        line, gone, stays = Line([BOTH]), Ear(), Ear()
        source = _source(line)
        leave = source.begin(_call(source, ONE), gone)
        source.begin(_call(source, TWO), stays)
        await asyncio.sleep(0.1)
        assert leave is not None
        leave()
        line.let.set()
        await asyncio.sleep(0.1)
        assert (gone.heard, stays.heard, line.cut) == ([], [(2, 50)], 0)
        await source.close()
        assert line.closed

    _run(main())


@pytest.mark.parametrize("at_once", [True, False])
def test_a_request_that_nobody_waits_for_is_given_up(*, at_once: bool) -> None:
    """Or never sent, where all have gone before their turn came."""

    async def main() -> None:
        line, ears = Line([BOTH]), (Ear(), Ear())
        source = _source(line)
        targets = zip((ONE, TWO), ears, strict=True)
        leaving = [source.begin(_call(source, one), ear) for one, ear in targets]
        if not at_once:
            await asyncio.sleep(0.1)
        for leave in leaving:
            assert leave is not None
            leave()
            leave()
        await asyncio.sleep(0.1)
        assert (len(line.asked), line.cut) == ((0, 0) if at_once else (1, 1))
        await source.close()
        assert [one.heard for one in ears] == [[], []]

    _run(main())


def test_each_call_keeps_its_own_time() -> None:
    """One that has little is late; the other still gets its answer."""

    async def main() -> None:
        line = Line([BOTH])
        source = _source(line)
        asyncio.get_running_loop().call_later(1, line.let.set)
        late, came = await asyncio.gather(
            source.call(_call(source, ONE, seconds=0.5)),
            source.call(_call(source, TWO)),
            return_exceptions=True,
        )
        assert isinstance(late, UpstreamError)
        assert late.kind is ErrorClass.TIMEOUT
        assert isinstance(came, Reply)
        assert came.body == 2
        assert len(line.asked) == 1
        await source.close()

    _run(main())


def test_a_cancelled_call_frees_all_it_holds() -> None:
    """The last one gives the request up."""

    async def main() -> None:
        line = Line([BOTH])
        source = _source(line)
        calls = [
            asyncio.ensure_future(source.call(_call(source, t))) for t in (ONE, TWO)
        ]
        await asyncio.sleep(0.1)
        for one in calls:
            one.cancel()
        await asyncio.gather(*calls, return_exceptions=True)
        await source.close()
        assert (len(line.asked), line.cut) == (1, 1)

    _run(main())


@pytest.mark.parametrize(
    "pair",
    [
        ("me", "you", ONE, TWO),
        (None, None, ONE, TWO),
        ("me", "me", ONE, ONE),
        ("me", "me", ONE, GraphqlTarget("M", "c", ("mutation { c }",), mutation=True)),
        ("me", "me", ONE, GraphqlTarget("E", "c", ("{ c }",), exact=True)),
    ],
    ids=["requests", "nobody", "steps", "mutations", "numbers"],
)
def test_some_never_meet(pair: tuple[Any, Any, GraphqlTarget, GraphqlTarget]) -> None:
    """Calls of other requests, of one step, mutations, and other ways of reading."""

    async def main() -> None:
        whose, whose_else, first, second = pair
        line = Line([{"data": {"a": 1}}, {"data": {"a": 1, "c": 1}}])
        line.let.set()
        source = _source(line)
        await asyncio.gather(
            source.call(_call(source, first, whose)),
            source.call(_call(source, second, whose_else)),
            return_exceptions=True,
        )
        queries = sorted(one["query"] for one in line.asked)
        assert queries == sorted(str(one.parts[0]) for one in (first, second))
        await source.close()

    _run(main())


def test_more_than_ten_go_in_several_documents() -> None:
    """APIs bound the aliases of a document."""

    async def main() -> None:
        line = Line([{"data": None}] * 2)
        source = _source(line)
        for n in range(13):
            target = GraphqlTarget(f"S{n}", "a", (f"query S{n} {{ a }}",))
            source.begin(_call(source, target), Ear())
        await asyncio.sleep(0.1)
        assert [one["query"].count(":a") for one in line.asked] == [10, 3]
        line.answers = [*line.answers, *[{"data": {"a": 1}}] * 13]
        line.let.set()
        await source.close()
        assert len(line.asked) == 15

    _run(main())


def test_our_own_bug_reaches_all_who_wait() -> None:
    """Nobody hangs for it."""

    async def main() -> None:
        line, ears = Line([ZeroDivisionError()]), (Ear(), Ear())
        line.let.set()
        source = _source(line)
        for target, ear in zip((ONE, TWO), ears, strict=True):
            source.begin(_call(source, target), ear)
        await source.close()
        assert [str(one.heard) for one in ears] == ["[ZeroDivisionError()]"] * 2

    _run(main())
