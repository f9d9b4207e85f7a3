"""Profile tests run by the command."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.cli.conftest import Invoke, write


@pytest.fixture
def failing(project: Path) -> Path:
    """A project with a case that expects what does not come."""
    write(
        project / "profiles/wrong.test.yaml",
        """
        operation: greeting
        cases:
          - name: speaks French
            query: '{ greeting(name: "Ada") { language } }'
            expect:
              data: { greeting: { language: fr } }
        """,
    )
    return project


def test_a_failing_case_says_what_came(failing: Path, invoke: Invoke) -> None:
    """With its place, and the status 1."""
    result = invoke("test", "profiles/wrong.test.yaml")
    assert result.exit_code == 1
    first, *differences, last = result.stdout.splitlines()
    assert first == ("FAILED  greeting: speaks French  (profiles/wrong.test.yaml:3:5)")
    assert any("language" in line for line in differences)
    assert last == "0 passed, 1 failed"


def test_a_project_elsewhere_is_tested_by_its_folder(
    project: Path, invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A path belongs to the nearest project around it."""
    monkeypatch.chdir(project.parent)
    result = invoke("test", f"{project.name}/profiles")
    assert (result.exit_code, result.stdout.splitlines()[-1]) == (
        0,
        "2 passed, 0 failed",
    )


def test_a_report_is_written_for_the_build_server(
    failing: Path, invoke: Invoke
) -> None:
    """JUnit XML, beside what a person reads."""
    assert invoke("test", "--junit", "out/report.xml").exit_code == 1
    root = ET.parse(failing / "out/report.xml").getroot()  # noqa: S314 - our own
    assert {s.get("name"): s.get("failures") for s in root} == {
        "profiles/greeting.test.yaml": "0",
        "profiles/wrong.test.yaml": "1",
    }


def test_cases_of_a_profile_that_does_not_load_are_told(
    project: Path, invoke: Invoke
) -> None:
    """The end says how many did not run; it is no success."""
    (project / "profiles/greeting.yaml").write_text(
        "language: 1\noperation: greeting\nsteps: [{ name: a, endpont: /a }]\n"
    )
    result = invoke("test")
    assert result.exit_code == 1
    not_run = (
        "not run  profiles/greeting.test.yaml: 2 cases, operation 'greeting' has no "
        "profile that loads"
    )
    last = result.stdout.splitlines()[-2:]
    assert last == [not_run, "0 passed, 0 failed, 2 not run"]


def test_no_tests_are_no_failure(project: Path, invoke: Invoke) -> None:
    """The message says where they would be."""
    (project / "profiles/greeting.test.yaml").unlink()
    result = invoke("test")
    assert (result.exit_code, result.stdout) == (
        0,
        "There are no tests: profiles/**/*.test.yaml.\n",
    )


def test_a_path_that_is_not_there_is_a_wrong_use(project: Path, invoke: Invoke) -> None:
    """It is not taken for a folder without tests."""
    result = invoke("test", "nowhere")
    assert (result.exit_code, result.stderr) == (2, "error: there is no nowhere\n")
