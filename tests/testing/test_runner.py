"""Profile tests: found, read strictly, run without a network, reported."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from gateway.errors import Problem, Problems
from gateway.testing.document import read_profile_test
from gateway.testing.report import CaseResult, NotRun, Report, write_junit
from gateway.testing.runner import run_profile_tests
from gateway.values import SourceSpan

PROFILE = """
language: 1
operation: customer
args: { id: ID! }
steps:
  - { name: account, endpoint: "/accounts/{id}" }
"""
CASES = """
operation: customer
cases:
  - name: answers
    query: "{ customer(id: 1) { account } }"
    replies: { account: { body: 7 } }
    expect: { calls: { account: 1 }, data: { customer: { account: 7 } } }
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A deployment with one operation and one case that passes."""
    write(
        tmp_path, "headwater.yaml", 'sources: { default: { url: "http://x.invalid" } }'
    )
    write(tmp_path, "profiles/customer.yaml", PROFILE)
    write(tmp_path, "profiles/customer.test.yaml", CASES)
    return tmp_path


def write(folder: Path, name: str, text: str) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def ran(project: Path, *paths: Path) -> Report:
    return run_profile_tests(paths, [project / "headwater.yaml"], {})


def differences(project: Path, cases: str) -> tuple[str, ...]:
    write(project, "profiles/customer.test.yaml", cases)
    (case,) = ran(project).cases
    return case.differences


def test_without_a_path_all_tests_below_the_profiles_run(project: Path) -> None:
    """The result is a value, with the place of each case."""
    report = ran(project)
    (case,) = report.cases
    assert (report.ok, report.passed, report.failed) == (True, 1, 0)
    assert (case.operation, case.name, case.span.line) == ("customer", "answers", 4)


def test_a_path_may_be_a_file_or_a_folder(project: Path) -> None:
    """Only what is below it runs."""
    write(project, "more/other.test.yaml", CASES.replace("answers", "other"))
    names = [case.name for case in ran(project, project / "more").cases]
    (one,) = ran(project, project / "more" / "other.test.yaml").cases
    assert (names, one.name) == (["other"], "other")


def test_a_call_without_a_reply_fails_the_case(project: Path) -> None:
    """Even where the answer is as expected."""
    cases = CASES.replace("replies: { account: { body: 7 } }", "replies: {}")
    cases = cases[: cases.index("expect:")] + "expect: {}"
    assert differences(project, cases) == (
        "step 'account' is called, and 'replies' has none for it",
    )


def test_every_difference_is_told_at_once(project: Path) -> None:
    """With the place in the answer."""
    assert differences(project, CASES.replace("body: 7", "status: 500")) == (
        "data.customer.account: expected 7, got null",
    )


def test_names_that_do_not_exist_are_problems_with_a_place(project: Path) -> None:
    """A reply to a step that nobody calls would hide a typo."""
    cases = CASES.replace("{ account: { body", "{ acount: { body")
    write(project, "profiles/customer.test.yaml", cases)
    (problem,) = ran(project).problems
    assert (problem.span.line, problem.span.column) == (6, 16)
    assert (problem.message, problem.hint) == (
        "there is no step 'acount'",
        "did you mean 'account'?",
    )


def test_an_operation_that_does_not_exist_is_a_problem(project: Path) -> None:
    """Its cases do not run."""
    cases = CASES.replace("operation: customer", "operation: custmer")
    write(project, "profiles/customer.test.yaml", cases)
    report = ran(project)
    assert (report.cases, report.ok) == ((), False)
    assert report.problems[0].hint == "did you mean 'customer'?"


def test_a_broken_profile_is_a_problem_of_the_run(project: Path) -> None:
    """Its cases would tell nothing; that they did not run is told."""
    write(project, "profiles/customer.yaml", PROFILE.replace("endpoint", "endpont"))
    report = ran(project)
    assert not report.ok
    assert any("endpont" in problem.message for problem in report.problems)
    file = str(project / "profiles/customer.test.yaml")
    reason = "operation 'customer' has no profile that loads"
    assert report.not_run == (NotRun(file, 1, reason),)
    assert str(report).splitlines()[-2:] == [
        f"not run  {file}: 1 case, {reason}",
        "0 passed, 0 failed, 1 not run, 2 problems",
    ]


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        ("operation: customer", "operation: cust", "there is no operation 'cust'"),
        ("{ account: { b", "{ a: { b", "the file names steps that do not exist"),
    ],
)
def test_cases_that_name_what_is_not_there_are_counted(
    project: Path, before: str, after: str, reason: str
) -> None:
    """Those of other files run all the same."""
    write(project, "profiles/b.test.yaml", CASES.replace(before, after))
    report = ran(project)
    missed = NotRun(str(project / "profiles/b.test.yaml"), 1, reason)
    assert (report.counts, report.not_run) == (
        "1 passed, 0 failed, 1 not run",
        (missed,),
    )


def test_cases_that_did_not_run_fail_a_report_without_problems() -> None:
    """A run that tests less than was asked for is no success."""
    assert not Report(not_run=(NotRun("a.test.yaml", 2, "no profile"),)).ok


def test_what_did_not_run_is_an_error_in_junit(tmp_path: Path) -> None:
    """One for each file, with the number and the reason."""
    missed = NotRun("a.test.yaml", 2, "no profile")
    write_junit(Report(not_run=(missed,)), tmp_path / "junit.xml")
    root = ET.parse(tmp_path / "junit.xml").getroot()  # noqa: S314 - ours
    (suite,) = root
    assert dict(suite.attrib) == {
        "name": "not run",
        "tests": "1",
        "failures": "0",
        "errors": "1",
    }
    assert [error.get("message") for error in root.iter("error")] == [str(missed)]


def test_a_broken_deployment_is_reported_not_raised(project: Path) -> None:
    """With its place."""
    write(project, "headwater.yaml", "sorces: {}")
    (problem,) = ran(project).problems
    assert problem.message == "there is no key 'sorces' here"


@pytest.mark.parametrize(
    ("text", "messages"),
    [
        ("operation: x\ncases: []", ["'cases': a longer list is wanted"]),
        ("cases: 3", ["the key 'operation' is missing", "'cases': a list is wanted"]),
        ("operation: x", ["the key 'cases' is missing"]),
        (CASES.replace("expect:", "expct:"), ["there is no key 'expct' here"]),
        (
            CASES.replace("calls: {", "elapsed: 5, calls: {"),
            ["a duration needs a unit"],
        ),
        (CASES + "    as: { time: noon }", ["this is no time"]),
        (CASES.replace("{ body: 7 }", "[]"), ["there is no reply in the list"]),
    ],
)
def test_test_files_are_read_strictly(text: str, messages: list[str]) -> None:
    """All problems of the file at once, with the fix."""
    problems = Problems()
    assert read_profile_test(text, "x.test.yaml", problems) is None
    said = [problem.message for problem in problems.found]
    for message in messages:
        assert any(one.startswith(message) for one in said), said


def test_the_report_reads_as_lines() -> None:
    """Problems, cases, and the count."""
    where = SourceSpan("a.test.yaml", 3, 5)
    report = Report(
        (
            CaseResult(where, "customer", "good"),
            CaseResult(where, "customer", "bad", ("data: expected 1, got 2",)),
        ),
        (Problem(where, "something", "a fix"),),
    )
    assert str(report).splitlines() == [
        "a.test.yaml:3:5: something — a fix",
        "passed  customer: good",
        "FAILED  customer: bad  (a.test.yaml:3:5)",
        "        data: expected 1, got 2",
        "1 passed, 1 failed, 1 problems",
    ]


def test_junit_has_a_suite_for_each_file(tmp_path: Path) -> None:
    """Failures have their text, problems are errors, control characters are gone."""
    where = SourceSpan("a.test.yaml", 3, 5)
    bad = CaseResult(where, "customer", "b\x00d", ("data: <1>", "more"))
    report = Report(
        (CaseResult(where, "customer", "good"), bad), (Problem(where, "p"),)
    )
    write_junit(report, tmp_path / "out" / "junit.xml")
    root = ET.parse(tmp_path / "out" / "junit.xml").getroot()  # noqa: S314 - ours
    assert [dict(suite.attrib) for suite in root] == [
        {"name": "a.test.yaml", "tests": "2", "failures": "1", "errors": "0"},
        {"name": "problems", "tests": "1", "failures": "0", "errors": "1"},
    ]
    assert [case.get("name") for case in root.iter("testcase")] == [
        "good",
        "b\ufffdd",
        "a.test.yaml:3:5",
    ]
    assert [node.text for node in root.iter("failure")] == ["data: <1>\nmore"]
