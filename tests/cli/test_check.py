"""Problems as a person and as a program reads them."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from orjson import loads

from tests.cli.conftest import Invoke, Upstream, write

BAD = """
language: 1
operation: other
stesp: []
steps:
  - { name: a, type: value, value: 1, timeut: 5ms }
"""


@pytest.fixture
def bad(project: Path) -> Path:
    """A project with one good and one bad profile."""
    write(project / "profiles/bad.yaml", BAD)
    return project


def test_every_problem_shows_its_line_a_mark_and_the_fix(
    bad: Path, invoke: Invoke
) -> None:
    """Grouped by file; the status says that something is wrong."""
    result = invoke("check")
    assert result.exit_code == 1
    assert result.stdout == (
        "profiles/bad.yaml\n"
        "  3:1 error: there is no key 'stesp' here\n"
        "    3 | stesp: []\n"
        "      | ^\n"
        "    fix: did you mean 'steps'?\n"
        "  5:39 error: there is no key 'timeut' here\n"
        "    5 |   - { name: a, type: value, value: 1, timeut: 5ms }\n"
        "      |                                       ^\n"
        "    fix: did you mean 'timeout'?\n"
        "2 errors\n"
    )


def test_problems_are_a_list_of_objects_for_programs(bad: Path, invoke: Invoke) -> None:
    """The same problems, with nothing that only a person needs."""
    result = invoke("check", "--json")
    assert (result.exit_code, loads(result.stdout)) == (
        1,
        [
            {
                "file": "profiles/bad.yaml",
                "line": 3,
                "column": 1,
                "severity": "error",
                "message": "there is no key 'stesp' here",
                "hint": "did you mean 'steps'?",
            },
            {
                "file": "profiles/bad.yaml",
                "line": 5,
                "column": 39,
                "severity": "error",
                "message": "there is no key 'timeut' here",
                "hint": "did you mean 'timeout'?",
            },
        ],
    )


def test_no_problem_is_an_empty_list(project: Path, invoke: Invoke) -> None:
    """A program needs no special case."""
    assert invoke("check", "--json").stdout == "[]\n"


def test_warnings_alone_are_a_success(project: Path, invoke: Invoke) -> None:
    """A pipeline goes on; a person sees what to think about."""
    with (project / "headwater.yaml").open("a") as file:
        file.write("telemetry: { sample: 5% }\n")
    result = invoke("check")
    assert (result.exit_code, result.stdout) == (
        0,
        (
            "headwater.yaml\n"
            "  8:14 warning: 'sample' is accepted, "
            "but has no effect without 'otlp'\n"
            "    8 | telemetry: { sample: 5% }\n"
            "      |              ^\n"
            "1 warning\n"
        ),
    )


def test_a_part_of_a_project_shows_its_own_problems(bad: Path, invoke: Invoke) -> None:
    """An editor checks the file that was just saved, from wherever it runs."""
    assert invoke("check", "profiles/greeting.yaml").stdout == "No problems.\n"
    assert invoke("check", "profiles/bad.yaml").exit_code == 1
    assert invoke("check", "profiles").exit_code == 1


def test_a_project_elsewhere_is_checked_by_its_folder(
    bad: Path, invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files are named as seen from here."""
    monkeypatch.chdir(bad.parent)
    found = loads(invoke("check", bad.name, "--json").stdout)
    assert [problem["file"] for problem in found] == [
        f"{bad.name}/profiles/bad.yaml",
        f"{bad.name}/profiles/bad.yaml",
    ]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere"], "there is no nowhere"),
        (["README.md"], "README.md is no part of this deployment"),
    ],
)
def test_what_cannot_be_checked_is_a_wrong_use(
    project: Path, invoke: Invoke, arguments: list[str], said: str
) -> None:
    """To say that it has no problems would mislead whoever mistyped a path."""
    result = invoke("check", *arguments)
    assert (result.exit_code, result.stderr) == (2, f"error: {said}\n")


def test_a_folder_without_a_deployment_is_a_wrong_use(
    here: Path, invoke: Invoke
) -> None:
    """The message says both ways on."""
    result = invoke("check")
    assert (result.exit_code, result.stderr) == (
        2,
        (
            "error: there is no headwater.yaml here — name one with -c, or start a "
            "project with headwater init\n"
        ),
    )


def test_later_deployment_files_override(project: Path, invoke: Invoke) -> None:
    """`-c` is repeatable; the environment is asked only where no option is given."""
    write(project / "more.yaml", "server: { prot: 1 }")
    result = invoke("check", "-c", "headwater.yaml", "--config", "more.yaml", "--json")
    assert [problem["file"] for problem in loads(result.stdout)] == ["more.yaml"]


def test_options_beat_the_environment(
    project: Path, invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    """HEADWATER_CONFIG is heard, until an option says otherwise."""
    monkeypatch.setenv("HEADWATER_CONFIG", "missing.yaml")
    assert invoke("check").exit_code == 1
    assert invoke("check", "-c", "headwater.yaml").exit_code == 0


def test_checking_opens_no_connection(
    customers: Upstream, invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A check runs where no source can be reached."""

    def refuse(*_: object) -> None:
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    assert invoke("check").stdout == "No problems.\n"
    assert customers.asked == []
