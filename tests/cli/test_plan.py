"""What a query would call, without calling it."""

from __future__ import annotations

from pathlib import Path

import pytest
from orjson import loads

from tests.cli.conftest import Invoke, Upstream

QUERY = "query Q($id: ID!) { customer(id: $id) { city } }"
ASKED = ("--variables", '{"id": 7}')


def test_a_plan_is_a_list_of_steps_and_of_what_is_left_out(
    customers: Upstream, invoke: Invoke
) -> None:
    """Text for people."""
    result = invoke("plan", QUERY, *ASKED)
    assert (result.exit_code, result.stdout) == (
        0,
        (
            "customer: customer, deadline 10000 ms\n"
            "  + customer.person [people]\n"
            "  + customer.city [cities] after customer.person\n"
            "  - gift left out: not_selected\n"
            "critical path: customer.person > customer.city\n"
            "cost: 21 of 100,000, 21 of it for 'customer'; upstream calls: about 2\n"
        ),
    )


def test_a_plan_is_json_for_programs(customers: Upstream, invoke: Invoke) -> None:
    """What the header `headwater-plan: dry-run` answers."""
    plan = loads(invoke("plan", QUERY, *ASKED, "--format", "json").stdout)
    assert [(step["id"], step["status"]) for step in plan["steps"]] == [
        ("customer.person", "planned"),
        ("customer.city", "planned"),
    ]
    assert plan["left_out"] == {"gift": "not_selected"}


def test_a_plan_is_a_picture_for_documents(customers: Upstream, invoke: Invoke) -> None:
    """Mermaid, which many wikis draw."""
    assert invoke("plan", QUERY, *ASKED, "--format", "mermaid").stdout == (
        "flowchart LR\n"
        '  s0("customer.person<br/>people")\n'
        '  s1("customer.city<br/>cities")\n'
        "  s0 --> s1\n"
        "  class s0,s1 critical\n"
        "  classDef critical stroke-width:3px\n"
        "  classDef leftOut opacity:0.4\n"
    )


def test_a_plan_is_a_picture_for_people(customers: Upstream, invoke: Invoke) -> None:
    """One SVG file, with every step and how long it may take."""
    written = invoke("plan", QUERY, *ASKED, "--format", "svg").stdout
    for step in ("customer.person", "customer.city", "gift"):
        assert f'data-step="{step}"' in written
    assert "the whole: not measured, at most 10 s" in written


PARTED = """query Q($id: ID!) { customer(id: $id) {
  __typename ... @defer(label: "where") { city }
} }"""


def test_a_plan_says_which_steps_each_payload_waits_for(
    customers: Upstream, invoke: Invoke
) -> None:
    """As lines, as a list for programs, and as boxes of the picture."""
    lines = invoke("plan", PARTED, *ASKED).stdout.splitlines()
    assert lines[-2:] == [
        "first payload: no step",
        "@defer where: customer.city, customer.person",
    ]
    plan = loads(invoke("plan", PARTED, *ASKED, "--format", "json").stdout)
    assert plan["payloads"] == [
        {"steps": []},
        {
            "label": "where",
            "streams": False,
            "steps": ["customer.city", "customer.person"],
        },
    ]
    picture = invoke("plan", PARTED, *ASKED, "--format", "mermaid").stdout
    assert '  subgraph p0["@defer where"]\n    s1\n    s0\n  end\n' in picture


def test_planning_calls_nothing(customers: Upstream, invoke: Invoke) -> None:
    """The sources are not even opened."""
    assert invoke("plan", QUERY, *ASKED).exit_code == 0
    assert customers.asked == []


@pytest.mark.parametrize("given", ["query.graphql", "@query.txt", "-"])
def test_a_query_comes_from_a_file_or_from_stdin(
    project: Path, invoke: Invoke, given: str
) -> None:
    """Long queries need no quoting."""
    text = '{ greeting(name: "Ada") { language } }'
    (project / "query.graphql").write_text(text, "utf-8")
    (project / "query.txt").write_text(text, "utf-8")
    result = invoke("plan", given, input=text)
    assert (result.exit_code, result.stdout) == (
        0,
        (
            "greeting: greeting, deadline 10000 ms\n"
            "  + greeting.language\n"
            "  - text left out: not_selected\n"
            "critical path: greeting.language\n"
            "cost: 1 of 100,000, 1 of it for 'greeting'; upstream calls: about 0\n"
        ),
    )


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["{ nope }"], 1, "Cannot query field 'nope' on type 'Query'. (1:3)"),
        (["{"], 1, "Syntax Error: Expected Name, found <EOF>. (1:2)"),
        (["missing.graphql"], 2, "missing.graphql cannot be read: No such file or"),
        (["@missing"], 2, "missing cannot be read: No such file or directory"),
        (["{ x }", "--variables", "["], 2, "--variables is not valid JSON: "),
        (["{ x }", "--variables", "[]"], 2, "--variables is not a JSON object"),
        (["{ x }", "--claims", "7"], 2, "--claims is not a JSON object"),
        (["{ x }", "--flag", "=on"], 2, "'=on' is not a flag — write NAME=VALUE"),
        ([" "], 2, "the query is empty"),
    ],
)
def test_what_cannot_be_planned_is_one_clear_line(
    project: Path, invoke: Invoke, arguments: list[str], status: int, said: str
) -> None:
    """1 where the query is wrong, 2 where the command is."""
    result = invoke("plan", *arguments)
    assert result.exit_code == status
    assert result.stderr.startswith(f"error: {said}")
    assert result.stderr.count("\n") == 1


def test_an_operation_without_a_valid_profile_has_no_empty_plan(
    project: Path, invoke: Invoke
) -> None:
    """Its problems are listed, and it is said that they leave it out."""
    wrong = project / "profiles" / "broken.yaml"
    wrong.write_text("language: 1\noperation: broken\nstepz: []\n")
    result = invoke("plan", "{ broken }")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "there is no key 'stepz' here" in result.stderr
    last = "error: Operation 'broken' has no valid profile at the moment.\n"
    assert result.stderr.endswith(last)
