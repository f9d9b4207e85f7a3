"""What a user can meet is in the documentation, and nothing else (datasette's way)."""

from __future__ import annotations

import re
from pathlib import Path

import typer.main
from pydantic import BaseModel

from gateway.errors import Code
from gateway.telemetry.log import LOGGED
from gateway.telemetry.metrics import COUNTERS, GAUGES, HISTOGRAMS
from gateway.testing.document import (
    AsDocument,
    CaseDocument,
    ExpectDocument,
    PlanExpectation,
    ProfileTestDocument,
    StepReply,
)
from gateway.watching.vocabulary import ATTRIBUTES, EVENTS, SPANS
from tests.house.tree import PACKAGE, ROOT

DEPLOY = ROOT / "deploy" / "README.md"
PAGES = (ROOT / "README.md", DEPLOY, ROOT / "profiles" / "README.md")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_FIRST_CELL = re.compile(r"^\| (`[^|]+`) \|", re.MULTILINE)


def section(page: Path, title: str) -> str:
    """The text below a heading, up to the next one."""
    text = page.read_text(encoding="utf-8")
    start = re.search(rf"^#+ {re.escape(title)}$", text, re.MULTILINE)
    assert start, f"{page.name} has no section {title!r}"
    after = _HEADING.search(text, start.end())
    return text[start.end() : after.start() if after else None]


def listed(text: str) -> set[str]:
    """The names in the first cells of a table."""
    return {
        name
        for cell in _FIRST_CELL.findall(text)
        for name in re.findall("`(.+?)`", cell)
    }


def keys(*models: type[BaseModel]) -> set[str]:
    return {
        field.alias or name
        for model in models
        for name, field in model.model_fields.items()
    }


def test_every_error_code_is_listed_for_those_who_operate() -> None:
    """And none that does not exist any more."""
    assert listed(section(DEPLOY, "Error codes")) == {code.value for code in Code}


def test_every_error_code_is_given_somewhere() -> None:
    """A code that nothing gives is a promise that nobody keeps."""
    source = "\n".join(
        path.read_text(encoding="utf-8")
        for path in PACKAGE.rglob("*.py")
        if path.name != "reference_tables.py"
    )
    assert {c.name for c in Code if f"Code.{c.name}" not in source} == set()


def test_every_log_event_is_listed() -> None:
    """By the name that stands in the line."""
    assert listed(section(DEPLOY, "Log events")) == LOGGED.keys()


def test_every_metric_is_listed() -> None:
    """By the name that Prometheus has it by."""
    names = {f"{name}_total" for name in COUNTERS} | GAUGES.keys() | HISTOGRAMS.keys()
    assert listed(section(DEPLOY, "Metrics")) == names


def test_every_span_is_listed() -> None:
    """With its marks, and what stands in it."""
    assert listed(section(DEPLOY, "Spans")) == SPANS.keys() | EVENTS.keys()
    assert listed(section(DEPLOY, "What spans say")) == ATTRIBUTES.keys()


def test_a_span_says_nothing_that_is_no_word_of_the_vocabulary() -> None:
    """Whatever the code writes into one."""
    written = {
        name
        for path in (PACKAGE / "watching").glob("*.py")
        for name in re.findall(
            r'"((?:headwater|graphql|http|url|rpc|db|peer|error|server|messaging)\.[a-z_.]+)"',
            path.read_text("utf-8"),
        )
    }
    assert written == ATTRIBUTES.keys()


def test_every_environment_variable_is_listed() -> None:
    """Whatever the code reads by name."""
    read = {
        name
        for path in PACKAGE.rglob("*.py")
        for name in re.findall(r'"(HEADWATER_[A-Z_]+)"', path.read_text("utf-8"))
    }
    documented = listed(section(DEPLOY, "Environment variables"))
    assert read <= documented
    assert documented <= read | {
        f"HEADWATER_{option}" for option in ("HOST", "PORT", "WORKERS", "LOG", "DEV")
    }


def test_every_command_is_shown_in_a_readme() -> None:
    """With the word that a person types."""
    from gateway.cli.main import app

    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    text = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    assert {name for name in commands if f"headwater {name}" not in text} == set()


def test_every_key_of_profile_tests_is_in_the_language_reference() -> None:
    """They are part of the language."""
    text = (ROOT / "profiles" / "README.md").read_text(encoding="utf-8")
    known = keys(
        ProfileTestDocument,
        CaseDocument,
        AsDocument,
        StepReply,
        ExpectDocument,
        PlanExpectation,
    )
    said = set(re.findall(r"`([a-z_]+)`", text)) | set(
        re.findall(r"\b([a-z_]+):", text)
    )
    assert known - said == set()


def test_every_scenario_is_a_project_that_a_user_could_have() -> None:
    """With a deployment file, profiles, and cases beside them."""
    scenarios = ROOT / "tests" / "scenarios"
    for folder in (one for one in scenarios.iterdir() if one.is_dir()):
        assert (folder / "headwater.yaml").is_file(), folder.name
        assert list((folder / "profiles").glob("*.test.yaml")), folder.name
