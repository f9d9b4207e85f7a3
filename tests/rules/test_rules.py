"""Rules of a team, held against a project: what breaks one is told in its place."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gateway.cli.judging import judged
from gateway.cli.main import app
from gateway.errors import Problems
from gateway.loading.examining import Examined, subjects
from gateway.loading.loader import Loader
from gateway.loading.opening import open_nothing
from gateway.rules.facts import KEYS, KNOWN
from gateway.rules.written import read_rules, recommended
from tests.project import write

PROJECT = {
    "headwater.yaml": """
sources:
  default: { url: "http://127.0.0.1:9" }
  billed: { url: "http://127.0.0.1:9", metered: true }
""",
    "schema/a.graphql": """
directive @tag(name: String!) repeatable on FIELD_DEFINITION | OBJECT
type Query { screen(id: ID!): Screen }
type Screen { account: Account scores: [Score!] }
type Account { id: ID! iban: String @tag(name: "pii") branch: Branch }
type Branch { city: String }
type Score @tag(name: "secret") { value: Int }
""",
    "profiles/screen.yaml": """
language: 1
operation: screen
defaults: { timeout: 1s }
steps:
  - name: account
    endpoint: /accounts/{id}
    cache: { ttl: 1m, scope: public }
    timeout: 12s
  - name: scores
    endpoint: /scores/{id}
    source: billed
    retry: { attempts: 3, errors: [5xx] }
""",
    "profiles/account.yaml": """
language: 1
entity: Account
key: [id]
steps:
  - { name: branch, endpoint: "/branches/{self.id}" }
""",
}


@pytest.fixture
def inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    write(tmp_path, PROJECT)
    return tmp_path


def examined(files: Mapping[str, str] | None = None) -> Examined:
    write(Path(), files or {})
    found = Loader([Path("headwater.yaml")], {}, open_nothing).examine_files()
    assert [str(p) for p in found.problems if p.severity == "error"] == []
    return found


def broken(rules: str) -> list[str]:
    Path("rules.yaml").write_text(rules)
    return [str(problem) for problem in judged(examined(), ["rules.yaml"])]


def rule(**keys: str) -> str:
    lines = [f"  - name: {keys.pop('name', 'mine')}"]
    lines += [f"    {key}: {value}" for key, value in keys.items()]
    return "\n".join(["rules:", *lines]) + "\n"


@pytest.mark.usefixtures("inside")
def test_a_rule_points_at_the_key_that_breaks_it() -> None:
    """At the step where nobody wrote the key; a default is what it is."""
    text = rule(
        check="\"step.timeout <= duration('2s')\"",
        message="it waits ${ string(step.timeout) }",
        hint="ask for less",
    )
    assert broken(text) == [
        (
            "profiles/account.yaml:6:5: Account.branch: it waits 5s (mine) — ask for "
            "less"
        ),
        (
            "profiles/screen.yaml:9:5: screen.account: it waits 12s (mine) — ask for "
            "less"
        ),
    ]


@pytest.mark.usefixtures("inside")
@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            rule(over="profile", check='"size(profile.steps) < 2"'),
            [
                (
                    "profiles/screen.yaml:5:1: screen: mine: "
                    "size(profile.steps) < 2 does not hold"
                )
            ],
        ),
        (
            rule(over="field", when="field.name == 'iban'", check="field.deprecated"),
            [
                (
                    "schema/a.graphql:5:24: Account.iban: mine: "
                    "field.deprecated does not hold"
                )
            ],
        ),
        (
            rule(over="source", check="source.metered"),
            ["headwater.yaml:3:19: default: mine: source.metered does not hold"],
        ),
        (rule(check="step.writes", exempt="['screen.*', Account.branch]"), []),
        (rule(when="step.retry == null", check="'true'"), []),
    ],
)
def test_a_rule_is_over_each_of_its_kind(text: str, said: list[str]) -> None:
    """Profiles, steps, fields and sources; what is exempt by name is left alone."""
    assert broken(text) == said


@pytest.mark.usefixtures("inside")
@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            rule(check="step.timeot > 1"),
            "rules.yaml:3:12: a step has no 'timeot' — did you mean 'timeout'?",
        ),
        (
            rule(over="source", check="step.name == ''"),
            (
                "rules.yaml:4:12: a rule over each source reads no 'step' — there are "
                "deployment, source"
            ),
        ),
        (rule(check="1 +"), "rules.yaml:3:12: the expression ends too early"),
        (
            rule(check="step.writes", message="${ step. }"),
            "rules.yaml:4:14: the expression ends too early",
        ),
        (
            rule(check="step.writes", over="steps"),
            "rules.yaml:4:11: 'over': 'steps' is not one of profile",
        ),
        ("rules: []", "rules.yaml:1:8: 'rules': "),
        (
            rule(check="step.retry.attempts < 3"),
            "rules.yaml:2:11: rule 'mine' cannot be held against ",
        ),
    ],
)
def test_a_rule_that_is_none_is_told_at_its_place(text: str, said: str) -> None:
    """Nothing is judged by half: an error in the rules is the only news."""
    assert any(line.startswith(said) for line in broken(text))


@pytest.mark.usefixtures("inside")
def test_the_rules_that_are_built_in_find_what_hurts() -> None:
    """Each of them finds its mistake in a project that makes them all."""
    found = [str(p) for p in judged(examined(), ["recommended"])]
    names = {line.rpartition(" (")[2].partition(")")[0] for line in found}
    assert names == {
        "timeouts-are-written",
        "timeouts-are-short",
        "a-deadline-is-written",
        "somebody-owns-it",
        "public-caches-are-looked-at",
        "tags-of-people-carry-a-policy",
        "no-retries-of-billed-calls",
    }


@pytest.mark.usefixtures("inside")
def test_the_facts_are_those_that_are_documented() -> None:
    """A word that a rule may read is there, and none that it may not."""
    for subject in subjects(examined()):
        assert set(subject.facts) == set(KNOWN[subject.over])
        for word, facts in subject.facts.items():
            assert isinstance(facts, Mapping)
            assert set(facts) == KEYS[word], word


def test_the_rules_that_are_built_in_and_those_of_the_guide_are_rules() -> None:
    """People begin with both."""
    guide = (Path(__file__).parents[2] / "deploy/README.md").read_text("utf-8")
    found = re.search(r"```yaml\n(# rules.yaml\n.*?)```", guide, re.DOTALL)
    assert found is not None
    for text in (recommended(), found[1]):
        problems = Problems()
        assert read_rules(text, "rules.yaml", KNOWN, problems)
        assert problems.found == []


def test_every_fact_is_documented() -> None:
    """The guide lists what a rule may read."""
    guide = (Path(__file__).parents[2] / "deploy/README.md").read_text("utf-8")
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*?) \|$", guide, re.MULTILINE))
    for word, keys in KEYS.items():
        assert set(re.findall(r"`(\w+)`", rows[word])) >= keys, word


@pytest.mark.usefixtures("inside")
def test_a_variant_is_held_against_rules_like_any_profile() -> None:
    """A tenant's own version is no way around them."""
    Path("profiles/acme.yaml").write_text(
        "language: 1\nextends: screen\nmatch: { tenant: [acme] }\n"
        "steps: [{ name: account, timeout: 3s }]\n"
    )
    places = {
        str(subject.place("timeout")).rpartition(":")[0]
        for subject in subjects(examined())
        if subject.name == "screen.account"
    }
    assert places == {"profiles/screen.yaml:9", "profiles/acme.yaml:4"}


@pytest.mark.usefixtures("inside")
def test_the_command_ends_with_1_where_a_rule_is_broken() -> None:
    """Warnings alone leave it 0; a file that is not there is told."""
    run = CliRunner().invoke
    Path("rules.yaml").write_text(rule(check="step.writes", severity="warning"))
    assert run(app, ["check", "--rules", "rules.yaml"]).exit_code == 0
    Path("rules.yaml").write_text(rule(check="step.writes"))
    answer = run(app, ["check", "--rules", "rules.yaml", "--json"])
    assert (answer.exit_code, answer.output.count('"severity": "error"')) == (1, 3)
    missing = run(app, ["check", "--rules", "nowhere.yaml"])
    assert missing.exit_code == 2
    assert "nowhere.yaml cannot be read: No such file or directory" in missing.output
