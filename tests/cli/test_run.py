"""One query, or one step, against real sources."""

from __future__ import annotations

from pathlib import Path

import pytest
from orjson import loads

from tests.cli.conftest import Invoke, Upstream, write


def test_a_query_is_answered_by_the_real_sources(
    customers: Upstream, invoke: Invoke
) -> None:
    """JSON on stdout; each source is called once."""
    result = invoke("run", '{ customer(id: "7") { city person } }')
    assert (result.exit_code, loads(result.stdout)) == (
        0,
        {
            "data": {
                "customer": {
                    "city": {"name": "London"},
                    "person": {"name": "Ada", "city": "london"},
                }
            }
        },
    )
    assert customers.asked == ["/people/7", "/cities/london"]


def test_an_answer_with_errors_is_a_failure(
    customers: Upstream, invoke: Invoke
) -> None:
    """The answer is printed all the same, with what a person wants to know."""
    result = invoke("run", '{ customer(id: "8") { person } }')
    answer = loads(result.stdout)
    assert (result.exit_code, answer["data"]) == (1, {"customer": {"person": None}})
    (error,) = answer["errors"]
    assert (error["path"], error["extensions"]["status"]) == (
        ["customer", "person"],
        404,
    )


def test_the_plan_comes_with_the_answer(customers: Upstream, invoke: Invoke) -> None:
    """With what became of each step."""
    result = invoke("run", '{ customer(id: "7") { person } }', "--plan")
    steps = loads(result.stdout)["extensions"]["plan"]["steps"]
    assert [(s["id"], s["status"], s["attempts"]) for s in steps] == [
        ("customer.person", "ok", 1)
    ]


def test_a_query_is_asked_as_somebody(project: Path, invoke: Invoke) -> None:
    """Tenant, flags and claims reach expressions as they would over HTTP."""
    write(
        project / "profiles/who.yaml",
        """
        language: 1
        operation: who
        steps:
          - name: asks
            type: value
            value: "${ [request.tenant, request.claims.sub, string(flags.x)] }"
          - name: fast
            type: value
            value: "${ flags.fast }"
        """,
    )
    result = invoke(
        *("run", "{ who { asks fast } }", "--tenant", "acme", "--flag", "x=3"),
        *("--flag", "fast", "--claims", '{"sub": "ada"}'),
    )
    assert loads(result.stdout) == {
        "data": {"who": {"asks": ["acme", "ada", "3"], "fast": True}}
    }


def test_a_step_shows_its_request_its_reply_and_what_select_made_of_it(
    customers: Upstream, invoke: Invoke
) -> None:
    """Credentials are masked."""
    result = invoke("run", "--step", "customer.person", "id=7")
    shown = loads(result.stdout)
    assert "hush" not in result.stdout
    assert result.exit_code == 0
    assert (shown["request"]["method"], shown["request"]["url"]) == (
        "GET",
        f"{customers.url}/people/7",
    )
    assert (shown["reply"]["status"], shown["reply"]["body"]) == (
        200,
        {"person": {"name": "Ada", "city": "london"}},
    )
    assert (shown["step"], shown["status"], shown["result"]) == (
        "customer.person",
        "ok",
        {"name": "Ada", "city": "london"},
    )


def test_the_steps_that_a_step_reads_run_before_it(
    customers: Upstream, invoke: Invoke
) -> None:
    """Only those: the gift is not asked for."""
    result = invoke("run", "--step", "customer.city", "id=7")
    assert loads(result.stdout)["result"] == {"name": "London"}
    assert customers.asked == ["/people/7", "/cities/london"]


def test_a_value_given_for_a_step_stands_in_for_its_answer(
    customers: Upstream, invoke: Invoke
) -> None:
    """So a step can be tried while the one before it is down."""
    person = 'person={"city": "london"}'
    result = invoke("run", "--step", "customer.city", "id=7", person)
    assert loads(result.stdout)["result"] == {"name": "London"}
    assert customers.asked == ["/cities/london"]


def test_a_step_ruled_out_by_its_condition_is_no_failure(
    customers: Upstream, invoke: Invoke
) -> None:
    """Arguments have the defaults of the schema."""
    result = invoke("run", "--step", "customer.gift", "id=7")
    assert (result.exit_code, loads(result.stdout)) == (
        0,
        {"step": "customer.gift", "status": "skipped", "reason": "condition"},
    )


def test_a_step_whose_input_failed_is_skipped(
    customers: Upstream, invoke: Invoke
) -> None:
    """The status of the command says so."""
    result = invoke("run", "--step", "customer.city", "id=8")
    assert (result.exit_code, loads(result.stdout)) == (
        1,
        {"step": "customer.city", "status": "skipped", "reason": "dependency"},
    )


def test_a_step_that_fails_shows_why(customers: Upstream, invoke: Invoke) -> None:
    """Its request is shown, and the error that the engine saw."""
    result = invoke("run", "--step", "customer.gift", "id=7", "vip=true")
    shown = loads(result.stdout)
    assert result.exit_code == 1
    assert shown["request"]["url"] == f"{customers.url}/gifts/7"
    assert (shown["status"], shown["error"]["code"], shown["error"]["status"]) == (
        "failed",
        "UPSTREAM_STATUS",
        404,
    )


def test_a_step_of_an_entity_reads_the_given_parent(
    customers: Upstream, here: Path, invoke: Invoke
) -> None:
    """`self.x` is a field of the parent that the step would run for."""
    write(here / "schema/all.graphql", "type City { code: ID! mayor: JSON }")
    write(
        here / "profiles/city.yaml",
        """
        language: 1
        entity: City
        key: [code]
        steps:
          - name: mayor
            source: cities
            endpoint: /mayors/{self.code}
        """,
    )
    customers.answers["/mayors/lon"] = "Sadiq"
    result = invoke("run", "--step", "City.mayor", "self.code=lon")
    assert (loads(result.stdout)["result"], customers.asked) == (
        "Sadiq",
        ["/mayors/lon"],
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "give one query — quote it: headwater run '{ ... }'"),
        (["{", "a", "}"], "give one query — quote it: headwater run '{ ... }'"),
        (
            ["--step", "person"],
            "'person' names no step — write OPERATION.STEP, or TYPE",
        ),
        (
            ["--step", "custmer.x"],
            "there is no operation or entity 'custmer' — did you",
        ),
        (
            ["--step", "customer.persn"],
            "customer has no step 'persn' — did you mean 'p",
        ),
        (["--step", "customer.zzz"], "customer has no step 'zzz' — there are: city, g"),
        (["--step", "customer.person"], "Argument 'id' of required type 'ID!' was not"),
        (["--step", "customer.person", "7"], "'7' is not a value — write NAME=VALUE"),
        (
            ["--step", "customer.person", "idd=7"],
            "'idd' is neither an argument nor a step — did you mean 'id'?",
        ),
        (
            ["--step", "customer.gift", "id=7", "vip=maybe"],
            "Variable '$vip' ",
        ),
    ],
)
def test_what_cannot_be_run_is_one_clear_line(
    customers: Upstream, invoke: Invoke, arguments: list[str], said: str
) -> None:
    """A wrong use of the command calls nothing."""
    result = invoke("run", *arguments)
    assert result.exit_code == 2
    assert result.stderr.startswith(f"error: {said}")
    assert result.stderr.count("\n") == 1
    assert customers.asked == []
