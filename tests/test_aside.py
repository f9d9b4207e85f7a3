"""Large new documents are prepared beside the event loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from gateway import prepared
from gateway.app import Gateway, build_gateway
from gateway.aside import Aside
from gateway.errors import RequestError
from gateway.loading.loader import Loader
from gateway.loading.opening import open_nothing
from gateway.prepared import is_large
from gateway.request.model import Asking, RequestContext
from gateway.request.patience import Patience
from tests.project import ask, write

FILES = {
    "headwater.yaml": "schema: ./schema\n",
    "schema/all.graphql": "scalar Slow type Query { one(at: Slow): One }"
    " type One { id: ID }",
    "profiles/one.yaml": "language: 1\noperation: one\n"
    "steps: [{ name: one, type: value, value: { id: 1 } }]\n",
}
BLANK = " " * 2_000
LARGE = "{ one(at: 3) { id } }" + BLANK


@pytest.fixture
def gateway(tmp_path: Path) -> Gateway:
    return build_gateway([write(tmp_path, FILES)], {})


def test_what_is_long_or_may_multiply_is_large() -> None:
    """Half a kilobyte of fragments can select as much as a megabyte."""
    assert not is_large("{ ...a ...a ...a ...a }")
    assert is_large("{ ...a ...a ...a ...a ...a }")
    assert is_large(BLANK + "{ a }")


async def test_the_loop_goes_on_while_a_large_document_is_read(
    gateway: Gateway,
) -> None:
    """The document is valid once the loop has done something else meanwhile."""
    went_on, threads = threading.Event(), []

    def waits(*_: object) -> int:
        threads.append(threading.current_thread())
        assert went_on.wait(60)
        return 3

    slow: Any = gateway.current.schema.type_map["Slow"]
    slow.coerce_input_literal = slow.parse_literal = waits
    asyncio.get_running_loop().call_later(0.01, went_on.set)
    assert await ask(gateway, LARGE) == {"data": {"one": {"id": "1"}}}
    assert threads[0] is not threading.current_thread()
    assert gateway.pipeline.preparing.left.found == {}


async def test_a_large_document_is_refused_in_the_words_of_a_small_one(
    gateway: Gateway,
) -> None:
    """Once, by the request that brought it; the next one has it read anew."""
    told = [
        (await ask(gateway, text))["errors"]
        for text in ("{ one { ib } }", "{ one { ib } }" + BLANK)
    ]
    assert told[0] == told[1]
    assert gateway.pipeline.preparing.left.found == {}


async def test_a_limit_that_a_large_document_is_beyond_counts_once(
    gateway: Gateway,
) -> None:
    """It is read aside and refused by the request: that is one excess."""
    aliases = " ".join(f"a{n}: id" for n in range(31))
    await ask(gateway, f"{{ one {{ {aliases} }} }}{BLANK}")
    counts = gateway.pipeline.preparing.excesses.counts
    assert counts == {("aliases", "refused"): 1}


async def test_only_so_many_large_documents_wait(gateway: Gateway) -> None:
    """One more is told to come again, before anything of it is read."""
    pipeline, clock = gateway.pipeline, gateway.pipeline.clock
    request = RequestContext("r", clock.now(), clock.wall())
    given = pipeline.preparing, gateway.current, Asking(LARGE, None, {}), request
    with pytest.raises(RequestError) as error:
        await Aside(most=0).prepare(*given)
    assert (error.value.code, error.value.status) == ("OVERLOADED", 503)
    assert pipeline.preparing.left.found == {}


SWITCHED = "query($a: Boolean!) { one(at: 3) { id @include(if: $a) b: id } }" + BLANK


@pytest.fixture
def threads(monkeypatch: pytest.MonkeyPatch) -> list[threading.Thread]:
    """The threads in which something was planned."""
    made, found = prepared.make_plan, list[threading.Thread]()

    def noted(*given: Any) -> Any:
        found.append(threading.current_thread())
        return made(*given)

    monkeypatch.setattr(prepared, "make_plan", noted)
    return found


async def test_another_selection_of_a_large_document_is_planned_aside_too(
    gateway: Gateway, threads: list[threading.Thread]
) -> None:
    """Whoever flips its switches holds nobody up; what was made is found again."""
    told = []
    for a in (True, False, True, False):
        answer = await ask(gateway, SWITCHED, variables={"a": a})
        told.append(sorted(answer["data"]["one"]))
    assert told == [["b", "id"], ["b"], ["b", "id"], ["b"]]
    assert len(threads) == 2
    assert threading.current_thread() not in threads


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[threading.Thread]]:
    """The threads that looked at the clock: to them a second passes at each look."""
    ticks, found = count(0.0), list[threading.Thread]()

    def spent() -> float:
        found.append(threading.current_thread())
        return next(ticks)

    with monkeypatch.context() as slow:
        slow.setattr(prepared, "Patience", partial(Patience, spent=spent))
        yield found


async def test_an_operation_that_takes_too_long_to_plan_is_given_up(
    gateway: Gateway, looks: list[threading.Thread]
) -> None:
    """Once, beside the loop, by the processor's time; and it is counted once."""
    (error,) = (await ask(gateway, LARGE))["errors"]
    assert error["extensions"]["code"] == "PLANNING_TIME_LIMIT"
    assert error["message"] == (
        "The operation takes too long to be planned; 'limits.planning' allows 250ms."
    )
    assert len(set(looks)) == 1
    assert looks[0] is not threading.current_thread()
    assert gateway.pipeline.preparing.excesses.counts == {("planning", "refused"): 1}
    assert gateway.pipeline.preparing.left.found == {}


async def test_another_selection_that_takes_too_long_is_given_up_too(
    gateway: Gateway,
    threads: list[threading.Thread],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Of an operation that is known, and goes on being answered otherwise."""
    whole = await ask(gateway, SWITCHED, variables={"a": True})
    hurried = partial(Patience, spent=partial(next, count(0.0)))
    with monkeypatch.context() as slow:
        slow.setattr(prepared, "Patience", hurried)
        (error,) = (await ask(gateway, SWITCHED, variables={"a": False}))["errors"]
        assert error["extensions"]["code"] == "PLANNING_TIME_LIMIT"
        assert await ask(gateway, SWITCHED, variables={"a": True}) == whole
    assert threading.current_thread() not in threads
    assert gateway.pipeline.preparing.excesses.counts == {("planning", "refused"): 1}


def test_check_tells_of_a_document_that_takes_too_long_to_plan(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every request of a saved operation would be refused: it is an error."""
    hurried = partial(Patience, spent=partial(next, count(0.0)))
    monkeypatch.setattr("gateway.loading.foreseeing.Patience", hurried)
    saved = {"operations/Slow.graphql": "query Slow { one(at: 3) { id } }"}
    deployment = FILES["headwater.yaml"] + "operations: ./operations\n"
    files = {**FILES, **saved, "headwater.yaml": deployment}
    (problem,) = Loader([write(tmp_path, files)], {}, open_nothing).check()
    assert problem.severity == "error"
    assert problem.message == (
        "the operation 'Slow' takes too long to be planned,"
        " and 'limits.planning' allows 250ms"
    )
