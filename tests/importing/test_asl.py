"""A state machine becomes an operation whose steps start as early as they may."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gateway.errors import Severity
from gateway.importing.asl.importing import import_asl
from gateway.importing.made import Made
from gateway.testing.runner import run_profile_tests
from tests.cli.conftest import write
from tests.importing.conftest import DESCRIBED, Import, problems, texts

MACHINE = DESCRIBED / "onboarding.asl.json"
HTTP = "arn:aws:states:::http:invoke"


def test_a_machine_becomes_an_operation(run: Import, tmp_path: Path) -> None:
    """Parallel side by side, Choice as `when`, Retry, Catch, Pass as what it gives."""
    result = run("asl", MACHINE, "--into", tmp_path)
    assert (result.exit_code, result.stderr) == (0, "")
    assert [p for p in problems(tmp_path) if p.severity is Severity.ERROR] == []
    assert texts(tmp_path)["profiles/onboarding.yaml"] == (
        "language: 1\n"
        "operation: onboarding\n"
        "description: Decides about a new customer.\n"
        "args: { customerId: ID!, amount: Float! }\n"
        "deadline: 30s\n"
        "steps:\n"
        "  - name: getAccount\n"
        "    source: core\n"
        "    endpoint: /accounts/{customerId}\n"
        "    timeout: 2s\n"
        "    retry: { attempts: 3, errors: [429, timeout] }\n"
        "  - name: score\n"
        "    source: score\n"
        "    method: POST\n"
        "    endpoint: /\n"
        '    body: { customer: "${ customerId }", amount: "${ amount }" }\n'
        "    fallback: [{ value: { score: null } }]\n"
        "  - name: screen\n"
        "    source: screening\n"
        "    method: POST\n"
        "    endpoint: /checks\n"
        '    body: { name: "${ getAccount.name }", kind: large }\n'
        "    when: amount > 10000 && getAccount.segment != 'GOLD'\n"
        "    on_skip: null\n"
        "  - name: score2\n"
        "    type: value\n"
        '    value: "${ score.score }"\n'
        "  - name: label\n"
        "    type: value\n"
        "    value: \"${ '%s of %s'.format([getAccount.name, customerId]) }\"\n"
    )


def test_it_answers_as_the_machine_did(run: Import, tmp_path: Path) -> None:
    """The way of a failure, the way of a choice, and what is not asked for."""
    run("asl", MACHINE, "--into", tmp_path)
    write(
        tmp_path / "profiles/onboarding.test.yaml",
        """
        operation: onboarding
        cases:
          - name: a large amount is screened
            query: '{ onboarding(customerId: 7, amount: 2e4) { screen score2 label } }'
            replies:
              getAccount: { body: { name: Ada, segment: BASIC } }
              score: { status: 404 }
              screen: { body: { ok: true } }
            expect:
              requests:
                screen: [{ method: POST, body: { name: Ada, kind: large } }]
              data:
                onboarding: { screen: { ok: true }, score2: null, label: Ada of 7 }
          - name: a small one is not
            query: '{ onboarding(customerId: "7", amount: 5) { screen } }'
            replies: { getAccount: { body: { name: Ada, segment: BASIC } } }
            expect: { calls: { screen: 0 }, data: { onboarding: { screen: null } } }
        """,
    )
    report = run_profile_tests((), [tmp_path / "headwater.yaml"], {})
    assert str(report).splitlines()[-1] == "2 passed, 0 failed", str(report)


def machine(tmp_path: Path, states: dict[str, Any], **more: object) -> Made:
    """What a machine that starts at its first state becomes."""
    file = tmp_path / "flow.json"
    start = next(iter(states))
    file.write_text(json.dumps({"StartAt": start, "States": states, **more}))
    return import_asl(file, None)


def task(url: str, **more: object) -> dict[str, object]:
    """A call, which ends the machine where nothing else is said."""
    end: dict[str, object] = {} if "Next" in more else {"End": True}
    given = {"ApiEndpoint": url, "Method": "GET"}
    return {"Type": "Task", "Resource": HTTP, "Parameters": given, **end, **more}


def test_ways_that_meet_give_one_value(tmp_path: Path) -> None:
    """After a choice `$` is what the way that was taken gave."""
    made = machine(
        tmp_path,
        {
            "Which": {
                "Type": "Choice",
                "Choices": [{"Variable": "$.kind", "StringEquals": "a", "Next": "A"}],
                "Default": "B",
            },
            "A": task("https://a.b/a", Next="End"),
            "B": task("https://a.b/b", Next="End"),
            "End": {
                "Type": "Pass",
                "Parameters": {"name.$": "$.ResponseBody.name"},
                "End": True,
            },
        },
    )
    assert made.files["profiles/flow.yaml"].partition("steps:\n")[2] == (
        "  - name: a\n"
        "    source: a\n"
        "    endpoint: /a\n"
        "    when: kind == 'a'\n"
        "    on_skip: null\n"
        "  - name: b\n"
        "    source: a\n"
        "    endpoint: /b\n"
        "    when: kind != 'a'\n"
        "    on_skip: null\n"
        "  - name: name\n"
        "    type: value\n"
        "    value: \"${ (kind == 'a' ? a : b).name }\"\n"
    )


def test_what_a_step_cannot_do_is_told(tmp_path: Path) -> None:
    """Maps, waits, failures, JSONata, services of the cloud; readers of theirs too."""
    made = machine(
        tmp_path,
        {
            "Call": task("https://a.b/c", Next="Each"),
            "Each": {"Type": "Map", "ResultPath": "$.m", "Next": "Queue"},
            "Queue": {
                "Type": "Task",
                "Resource": "arn:aws:states:::sqs:sendMessage",
                "ResultPath": None,
                "Next": "Odd",
            },
            "Odd": {
                "Type": "Pass",
                "Arguments": "{% $x %}",
                "ResultPath": "$.o",
                "Next": "Say",
            },
            "Say": {"Type": "Pass", "Parameters": {"m.$": "$.m.x"}, "End": True},
        },
    )
    assert {each.what: each.why for each in made.told.left_out} == {
        "Each": "no step can say a Map: make it a step of the objects, with 'batch'",
        "Queue": "no step can say the resource arn:aws:states:::sqs:sendMessage",
        "Odd": "is written in JSONata",
        "Say": "no step can say the answer of Each, which is left out",
    }


CALL = task("https://a.b/c")
BAD = {
    "no machine": ("{}", ":1:1: this is no state machine"),
    "truncated": ('{"StartAt": "A",', "this is no JSON"),
    "JSONata": (
        json.dumps({"QueryLanguage": "JSONata", "StartAt": "A", "States": {"A": CALL}}),
        "the machine is written in JSONata — only JSONPath is read here",
    ),
    "no start": (
        json.dumps({"StartAt": "B", "States": {"A": CALL}}),
        ":1:2: there is no state 'B'",
    ),
    "a type": (
        json.dumps({"StartAt": "A", "States": {"A": {"Type": "Jump"}}}),
        "state 'A' is of type 'Jump'",
    ),
    "a target": (
        json.dumps({"StartAt": "A", "States": {"A": task("https://a.b", Next="C")}}),
        "'A' goes to 'C', which is none",
    ),
    "a circle": (
        json.dumps({"StartAt": "A", "States": {"A": task("https://a.b", Next="A")}}),
        "the machine goes round through 'A' — steps have no loops",
    ),
    "nothing": (
        json.dumps({"StartAt": "A", "States": {"A": {"Type": "Fail"}}}),
        "no state of it is a step: A: an end in failure",
    ),
}


@pytest.mark.parametrize(("text", "said"), BAD.values(), ids=BAD)
def test_bad_input_is_one_line_and_writes_nothing(
    text: str, said: str, run: Import, tmp_path: Path
) -> None:
    """What is wrong, and where; no file is there afterwards."""
    file = tmp_path / "flow.json"
    file.write_text(text)
    result = run("asl", file, "--into", tmp_path / "out")
    assert (result.exit_code, said in result.stderr) == (1, True), result.stderr
    assert not (tmp_path / "out").exists()
