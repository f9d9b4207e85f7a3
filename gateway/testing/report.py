"""What a run of profile tests came to, as a value, as text and as JUnit XML."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from xml.etree import ElementTree as ET

from gateway.errors import Problem
from gateway.record import Model
from gateway.values import SourceSpan


class CaseResult(Model, frozen=True):
    """One case: passed where there is no difference."""

    span: SourceSpan
    operation: str
    name: str
    differences: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        return not self.differences

    def __str__(self) -> str:
        if self.passed:
            return f"passed  {self.operation}: {self.name}"
        lines = (f"        {line}" for line in self.differences)
        head = f"FAILED  {self.operation}: {self.name}  ({self.span})"
        return "\n".join((head, *lines))


class NotRun(Model, frozen=True):
    """A file whose cases could not run, how many there are, and why."""

    file: str
    cases: int
    reason: str

    def __str__(self) -> str:
        cases = "1 case" if self.cases == 1 else f"{self.cases} cases"
        return f"not run  {self.file}: {cases}, {self.reason}"


class Report(Model, frozen=True):
    """All cases of a run, and the problems that kept files from running."""

    cases: tuple[CaseResult, ...] = ()
    problems: tuple[Problem, ...] = ()
    not_run: tuple[NotRun, ...] = ()

    @property
    def passed(self) -> int:
        return sum(case.passed for case in self.cases)

    @property
    def failed(self) -> int:
        return len(self.cases) - self.passed

    @property
    def ok(self) -> bool:
        """Whether everything ran and passed."""
        return not (self.failed or self.problems or self.not_run)

    @property
    def counts(self) -> str:
        """How many cases passed, failed and, where there are such, did not run."""
        missed = sum(one.cases for one in self.not_run)
        told = f"{self.passed} passed, {self.failed} failed"
        return f"{told}, {missed} not run" if missed else told

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        yield from map(str, self.problems)
        yield from map(str, self.cases)
        yield from map(str, self.not_run)
        problems = f", {len(self.problems)} problems" if self.problems else ""
        yield self.counts + problems


def write_junit(report: Report, path: Path) -> None:
    """The report as JUnit XML, one suite for each file; problems are errors.

    So is each file whose cases could not run.

    Raises:
        OSError: the file cannot be written.
    """
    root = ET.Element("testsuites", name="headwater")
    for file, cases in groupby(report.cases, key=lambda case: case.span.file):
        suite = ET.SubElement(root, "testsuite", name=file)
        _count(suite, [_junit_case(suite, case) for case in cases])
    if report.problems:
        suite = ET.SubElement(root, "testsuite", name="problems")
        _count(suite, [_junit_problem(suite, problem) for problem in report.problems])
    if report.not_run:
        suite = ET.SubElement(root, "testsuite", name="not run")
        _count(suite, [_junit_not_run(suite, one) for one in report.not_run])
    ET.indent(root)
    path.parent.mkdir(parents=True, exist_ok=True)
    ET.ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)


def _count(suite: ET.Element, outcomes: list[str]) -> None:
    suite.set("tests", str(len(outcomes)))
    suite.set("failures", str(outcomes.count("failure")))
    suite.set("errors", str(outcomes.count("error")))


def _junit_case(suite: ET.Element, case: CaseResult) -> str:
    entry = ET.SubElement(
        suite,
        "testcase",
        classname=case.operation,
        name=printable(case.name),
        file=case.span.file,
        line=str(case.span.line),
    )
    if case.passed:
        return "passed"
    failure = ET.SubElement(entry, "failure", message=printable(case.differences[0]))
    failure.text = printable("\n".join(case.differences))
    return "failure"


def _junit_problem(suite: ET.Element, problem: Problem) -> str:
    where = str(problem.span)
    entry = ET.SubElement(suite, "testcase", classname="problems", name=where)
    ET.SubElement(entry, "error", message=printable(str(problem)))
    return "error"


def _junit_not_run(suite: ET.Element, one: NotRun) -> str:
    name = printable(one.file)
    entry = ET.SubElement(suite, "testcase", classname="not run", name=name)
    ET.SubElement(entry, "error", message=printable(str(one)))
    return "error"


def printable(text: str) -> str:
    """XML has no way to write most control characters, not even escaped."""
    return "".join(c if c >= " " or c in "\n\t" else "\ufffd" for c in text)
