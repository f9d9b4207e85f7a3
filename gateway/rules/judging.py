"""Rules held against what a configuration has: each that does not hold, with its place.

In charge of evaluating. A rule that cannot be evaluated is told at the rule itself, and
names what it failed over: silence would look like obedience.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase

from gateway.errors import Problem, Severity
from gateway.expression import EvaluationError
from gateway.rules.model import Rule, Subject
from gateway.values import SourceSpan


def judge(rules: Sequence[Rule], subjects: Iterable[Subject]) -> tuple[Problem, ...]:
    """Everything that breaks a rule, in the order of the files."""
    found = []
    for subject in subjects:
        for rule in rules:
            if rule.over is subject.over and not _is_exempt(rule, subject.name):
                problem = _held(rule, subject)
                if problem is not None:
                    found.append(problem)
    return tuple(sorted(set(found)))


def _is_exempt(rule: Rule, name: str) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in rule.exempt)


def _held(rule: Rule, subject: Subject) -> Problem | None:
    try:
        if rule.when is not None and rule.when(subject.facts) is not True:
            return None
        if rule.check(subject.facts) is True:
            return None
        return Problem(_place(rule, subject), _said(rule, subject), *_rest(rule))
    except EvaluationError as error:
        message = f"rule {rule.name!r} cannot be held against {subject.name}: {error}"
        return Problem(rule.span, message, "read with '.?' what may be missing")


def _rest(rule: Rule) -> tuple[str | None, Severity]:
    return rule.hint, rule.severity


def _said(rule: Rule, subject: Subject) -> str:
    if rule.message is None:
        return f"{subject.name}: {rule.name}: {rule.check.text} does not hold"
    return f"{subject.name}: {rule.message(subject.facts)} ({rule.name})"


def _place(rule: Rule, subject: Subject) -> SourceSpan:
    """The first key that the check reads, where somebody wrote it."""
    for reference in rule.check.references:
        if reference.root == subject.over.value and reference.path:
            return subject.place(reference.path[0])
    return subject.place("name")
