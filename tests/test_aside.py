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
from gateway.errors import Code, RequestError
from gateway.light import is_large
from gateway.loading.loader import Loader
from gateway.loading.opening import open_nothing
from gateway.policy.limits import Excess, LimitError
from gateway.request.model import Asking, RequestContext
from gateway.request.patience import Patience
from gateway.response.reference import described, refer
from tests.project import ask, write

FILES = {
    "headwater.yaml": "schema: ./schema\n",
    "schema/all.graphql": "scalar Slow"
    " type Query { one(at: Slow): One  many(on: Boolean): Many  either: Either }"
    " type One { id: ID } type Many { more: ID rest: Rest } type Rest { FIELDS }"
    " interface Either { id: ID either: Either }".replace(
        "FIELDS", " ".join(f"f{number}: ID" for number in range(301))
    )
    + "".join(
        f" type {name} implements Either {{ id: ID either: Either }}" for name in "ABC"
    ),
    "profiles/many.yaml": "language: 1\noperation: many\n"
    "steps:\n  - { name: rest, type: value, value: {} }\n"
    "  - { name: more, role: optional, type: value, when: on, value: 2 }\n",
    "profiles/either.yaml": "language: 1\noperation: either\n"
    "steps: [{ name: it, type: value, value: { __typename: A, id: 1 } }]\n",
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


MULTIPLYING = "{ either { either { either { id } } } }"
"""Of three types each: 53 fields."""


@pytest.fixture
def ticking(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each look at the clock takes a millisecond of planning."""
    ticks = partial(next, count(0.0, 0.001))
    monkeypatch.setattr(prepared, "Patience", partial(Patience, spent=ticks))


@pytest.mark.usefixtures("ticking")
async def test_a_short_document_that_multiplies_is_planned_aside(
    gateway: Gateway, threads: list[threading.Thread]
) -> None:
    """The loop gives up early; one that is as short and selects little it does plan."""
    assert not is_large(MULTIPLYING)
    assert "errors" not in await ask(gateway, MULTIPLYING)
    assert threads
    assert threading.current_thread() not in threads
    threads.clear()
    assert "errors" not in await ask(gateway, "{ either { id } }")
    assert {*threads} == {threading.current_thread()}


async def test_what_took_too_long_once_is_refused_at_once_for_a_while(
    gateway: Gateway,
    looks: list[threading.Thread],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """In the same words, and each time is counted; then it is tried again."""
    first = await ask(gateway, MULTIPLYING)
    assert first["errors"][0]["extensions"]["code"] == "PLANNING_TIME_LIMIT"
    looks.clear()
    assert await ask(gateway, MULTIPLYING) == first
    assert looks == []
    counts = gateway.pipeline.preparing.excesses.counts
    assert counts == {("planning", "refused"): 2}
    monkeypatch.setattr("gateway.aside._REMEMBERED", 0.0)
    gateway.pipeline.aside.slow.drop(*(key for key, _ in _slow(gateway)))
    assert await ask(gateway, MULTIPLYING) == first
    assert await ask(gateway, MULTIPLYING) == first
    assert len(looks) > 2


@pytest.mark.parametrize(
    ("text", "planned"), [(MULTIPLYING, 2), ("{ many(on: true) { more } }", 4)]
)
async def test_what_takes_too_long_to_plan_for_all_is_remembered_too(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch, text: str, planned: int
) -> None:
    """On the loop, and beside it; each time, where early conditions decide."""
    tries = []

    def gives_up(*_: object) -> None:
        tries.append(text)
        code, what = Code.PLANNING_TIME_LIMIT, "takes too long to be planned"
        raise LimitError(Excess("planning", code, what, 1, 1, "The operation"))

    monkeypatch.setattr(prepared, "make_plan", gives_up)
    for _ in range(2):
        (error,) = (await ask(gateway, text))["errors"]
        assert error["extensions"]["code"] == "PLANNING_TIME_LIMIT"
    assert len(tries) == planned


async def test_what_is_slow_for_some_variables_is_not_refused_to_others(
    gateway: Gateway, looks: list[threading.Thread]
) -> None:
    """Only what the document alone decides is remembered."""
    text = "query($a: Boolean!) { either { id either @include(if: $a) { id } } }"
    for a in (True, False):
        await ask(gateway, text, variables={"a": a})
        assert looks
        looks.clear()
    assert _slow(gateway) == []


def _slow(gateway: Gateway) -> list[Any]:
    return gateway.pipeline.aside.slow.items()


async def test_what_selects_much_is_planned_aside_for_other_conditions_too(
    gateway: Gateway, threads: list[threading.Thread]
) -> None:
    """However short its document; both plans are kept then."""
    fields = " ".join(f"f{number}" for number in range(301))
    text = f"query($on: Boolean) {{ many(on: $on) {{ more rest {{ {fields} }} }} }}"
    assert not is_large(text)
    told, planned = [], []
    for on in (True, False, True, False):
        answer = await ask(gateway, text, variables={"on": on})
        told.append(answer["data"]["many"]["more"])
        planned.append(len(threads))
    assert told == ["2", None, "2", None]
    assert planned[1] == planned[2] == planned[3] == planned[0] + 1
    assert threads[-1] is not threading.current_thread()


SCHEMA_ASKED = "{ __schema { queryType { name } } }"


@pytest.fixture
def describers(monkeypatch: pytest.MonkeyPatch) -> list[threading.Thread]:
    """The threads in which the schema was described."""
    found = list[threading.Thread]()

    def noted(*given: Any) -> Any:
        found.append(threading.current_thread())
        return described(*given)

    def unwanted(*given: Any) -> Any:
        found.append(threading.current_thread())
        return refer(*given)

    monkeypatch.setattr("gateway.aside.described", noted)
    monkeypatch.setattr("gateway.response.answering.refer", unwanted)
    return found


async def test_the_schema_is_described_aside_and_once(
    gateway: Gateway, describers: list[threading.Thread]
) -> None:
    """However short the question: the answer is as long as the schema is wide."""
    told = {"data": {"__schema": {"queryType": {"name": "Query"}}}}
    for _ in range(3):
        assert await ask(gateway, SCHEMA_ASKED) == told
    assert len(describers) == 1
    assert describers[0] is not threading.current_thread()


async def test_other_questions_about_the_schema_have_other_answers(
    gateway: Gateway, describers: list[threading.Thread]
) -> None:
    """The variables tell them apart, too."""
    text = "query($n: String!) { __type(name: $n) { name } }"
    for name in ("One", "Many", "One"):
        answer = await ask(gateway, text, variables={"n": name})
        assert answer == {"data": {"__type": {"name": name}}}
    told = await ask(gateway, '{ __type(name: "One") { kind } }')
    assert told == {"data": {"__type": {"kind": "OBJECT"}}}
    assert len(describers) == 3
    assert threading.current_thread() not in describers


async def test_a_question_about_schema_and_data_has_both_answered(
    gateway: Gateway,
) -> None:
    """Each time anew: its data is the sources'."""
    text = "{ one(at: 3) { id } __schema { queryType { name } } }"
    for _ in range(2):
        assert await ask(gateway, text) == {
            "data": {
                "one": {"id": "1"},
                "__schema": {"queryType": {"name": "Query"}},
            }
        }
    assert gateway.pipeline.preparing.described.items() == []
