"""What edited texts come to, in a process of their own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.errors import RequestError
from gateway.workbench.answers import Answers
from gateway.workbench.bench import Bench
from tests.explorer.looking import FILES, QUERY
from tests.project import write

BASE = FILES["profiles/customer.yaml"]


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return write(tmp_path, FILES)


@pytest.fixture
def bench(config: Path) -> Iterator[Bench]:
    made = Bench([config], {}, dev=True)
    yield made
    made.close()


Asking = tuple[Callable[[dict[str, Any]], Any], Path]


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Asking:
    """The answers for a project that nobody changes, and its folder."""
    folder = tmp_path_factory.mktemp("bank")
    return answers(write(folder, FILES)), folder


def answers(config: Path) -> Any:
    """Those of the process, asked in this one."""
    return Answers([config], {}, dev=True).answer


def check(config: Path, path: str, text: str | None) -> Any:
    return answers(config)({"kind": "check", "texts": {path: text}, "file": path})


def test_the_problems_are_those_of_the_checker(config: Path) -> None:
    """With file, line, column and fix, of the text as it is edited."""
    text = BASE.replace("source: scores", "source: scorse")
    found = check(config, "customer.yaml", text)
    file = f"{config.parent}/profiles/customer.yaml"
    problem = next(p for p in found["problems"] if p["file"] == file)
    assert (problem["line"], problem["severity"]) == (6, "error")
    assert "scores" in problem["hint"]
    assert found["files"] == {"customer.yaml": file}
    assert check(config, "customer.yaml", BASE)["problems"] == []


def test_a_file_is_judged_with_all_others(config: Path) -> None:
    """A variant breaks where its base goes away."""
    found = check(config, "customer.yaml", None)
    assert "customer.acme.yaml" in {Path(p["file"]).name for p in found["problems"]}


def test_a_profile_is_a_graph_of_all_its_steps(config: Path) -> None:
    """Drawn as a plan is, whatever a query would select."""
    (graph,) = check(config, "customer.yaml", BASE)["graphs"]
    assert [step["id"] for step in graph["plan"]["steps"]] == ["body", "risk"]
    assert 'data-step="risk"' in graph["drawing"]


def test_what_an_edit_changes_is_told_as_by_the_command(config: Path) -> None:
    """Against the files on disk; which have to be sound, as the edit has."""
    ask = answers(config)
    text = BASE.replace("/scores/", "/rates/")
    found = ask({"kind": "diff", "texts": {"customer.yaml": text}})
    assert (found["before"], found["after"]) == ("the files on disk", "as edited")
    assert [c["message"] for c in found["changes"]] == [
        "customer.risk: endpoint GET /scores/{id} → GET /rates/{id}"
    ]
    wrong = ask({"kind": "diff", "texts": {"customer.yaml": "language: 1\n"}})
    assert wrong["side"] == "as edited"
    assert wrong["problems"]


def test_a_query_is_planned_under_the_edit(config: Path) -> None:
    """For whomever; nothing is called, and nothing of it stays."""
    ask = answers(config)
    text = BASE.replace("source: scores, ", "")
    said = {"kind": "plan", "query": QUERY, "as": {"tenant": "acme"}}
    found = ask({**said, "texts": {"customer.yaml": text}})
    sources = {s["step"]: s["source"] for s in found["plan"]["steps"]}
    assert sources == {"audit": "default", "body": "default", "risk": "default"}
    assert 'data-step="customer.audit"' in found["drawing"]
    again = ask({**said, "texts": {}})
    assert {s["source"] for s in again["plan"]["steps"]} == {"default", "scores"}


def test_a_query_under_a_broken_edit_is_told_what_is_broken(config: Path) -> None:
    """A version that served before does not stand in for it."""
    said = {"kind": "plan", "query": QUERY, "texts": {"customer.yaml": "x: 1\n"}}
    found = answers(config)(said)
    assert [p["severity"] for p in found["problems"]] != []
    assert not (found.get("plan") or {}).get("steps")


BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{chr(97 + n)}: &{chr(97 + n)} [{','.join([f'*{chr(96 + n)}'] * 9)}]\n"
    for n in range(1, 12)
)


@pytest.mark.parametrize(
    "text",
    [BOMB, "[" * 50_000, "a: " * 20_000, "- " * 5_000, "\x00", "%YAML 9\n", "? " * 999],
)
def test_no_text_is_more_than_a_problem(asked: Asking, text: str) -> None:
    """It has a place, and the other files are still judged."""
    ask, folder = asked
    found = ask({"kind": "check", "texts": {"odd.yaml": text}})
    file = f"{folder}/profiles/odd.yaml"
    assert {p["file"] for p in found["problems"]} == {file}


@pytest.mark.parametrize(
    ("texts", "status"),
    [
        ([], 400),
        ({"a.yaml": 3}, 400),
        ({"../a.yaml": ""}, 404),
        ({"a.yaml": "x" * 1_000_001}, 413),
        ({f"{n}.yaml": "x" * 900_000 for n in range(4)}, 413),
        ({f"{n}.yaml": "" for n in range(101)}, 400),
    ],
)
def test_edits_are_bounded(asked: Asking, texts: object, status: int) -> None:
    """In number, in size, and to the folder."""
    with pytest.raises(RequestError) as raised:
        asked[0]({"kind": "check", "texts": texts})
    assert raised.value.status == status


async def test_one_process_answers_all_questions(bench: Bench) -> None:
    """It starts with the first, and a second one where it went away."""
    said = {"kind": "check", "texts": {"customer.yaml": BASE}}
    found = await asyncio.gather(bench.ask(said), bench.ask(said))
    assert [one["problems"] for one in found] == [[], []]  # type: ignore[index,call-overload]
    assert bench.started == 1
    process = bench._process
    assert process is not None
    process.kill()
    process.wait()
    assert (await bench.ask(said))["problems"] == []  # type: ignore[index,call-overload]
    assert bench.started == 2
    with pytest.raises(RequestError) as raised:
        await bench.ask({"kind": "check", "texts": {"../x.yaml": ""}})
    assert (raised.value.status, bench.started) == (404, 2)


async def test_a_variable_that_is_no_text_is_left_out(config: Path) -> None:
    """The system gives such ones as halves of letters, which JSON cannot say."""
    bench = Bench([config], {"ODD": "\udcff", "FINE": "1"}, dev=True)
    found = await bench.ask({"kind": "check"})
    bench.close()
    assert found["problems"] == []  # type: ignore[index,call-overload]


async def test_an_answer_that_takes_too_long_is_given_up(config: Path) -> None:
    """The process goes with it, and nobody else waits."""
    bench = Bench([config], {}, dev=True, patience=0.01, starting=0)
    with pytest.raises(RequestError) as raised:
        await bench.ask({"kind": "check"})
    assert raised.value.status == 422
    assert "longer than 0.01 s" in raised.value.message
    assert bench._process is None


async def test_more_than_a_few_who_wait_are_told_so(bench: Bench) -> None:
    """One author asks one thing at a time."""
    bench._waiting = 8
    with pytest.raises(RequestError) as raised:
        await bench.ask({"kind": "check"})
    assert raised.value.status == 503
