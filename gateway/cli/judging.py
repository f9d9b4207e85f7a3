"""Files of rules on the command line, held against what was examined."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from gateway.cli.failures import misused
from gateway.errors import Problem, Problems, Severity
from gateway.loading.examining import Examined, subjects
from gateway.rules.facts import KNOWN
from gateway.rules.judging import judge
from gateway.rules.model import Rule
from gateway.rules.written import RECOMMENDED, read_rules, recommended


def judged(examined: Examined, files: Sequence[str]) -> tuple[Problem, ...]:
    """What breaks a rule; what is wrong in the rules, where something is."""
    problems = Problems()
    rules: list[Rule] = []
    for file in files:
        text = recommended() if file == RECOMMENDED else _text(file)
        rules += read_rules(text, file, KNOWN, problems)
    if any(problem.severity is Severity.ERROR for problem in problems.found):
        return tuple(problems.found)
    return (*problems.found, *judge(rules, subjects(examined)))


def _text(file: str) -> str:
    try:
        return Path(file).read_text(encoding="utf-8")
    except OSError as error:
        raise misused(
            f"{file} cannot be read: {error.strerror}",
            hint=f"name a file of rules, or write --rules {RECOMMENDED}",
        ) from None
    except UnicodeDecodeError:
        raise misused(f"{file} is no UTF-8 text") from None
