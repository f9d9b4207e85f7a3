"""A decision's table as written: what is wrong in it is told at its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.loading.loader import Loader

HEAD = """\
language: 1
operation: a
args: { id: ID!, x: Float, s: String, b: Boolean }
steps:
  - { name: risk, endpoint: "/risk/{id}" }
  - name: d
    type: decision
"""


NEVER = "rule 1 never holds: no value meets its condition"


def problems(folder: Path, table: tuple[str, ...]) -> list[str]:
    """What is wrong with a decision of these lines, of which the first is line 8."""
    for name in ("profiles", "schema"):
        (folder / name).mkdir()
    (folder / "headwater.yaml").write_text(
        "sources: { default: { url: 'http://up.invalid' } }\n"
    )
    lines = "".join(f"    {line}\n" for line in table)
    (folder / "profiles/a.yaml").write_text(HEAD + lines)
    loader = Loader([folder / "headwater.yaml"], {}, lambda _: ({}, lambda: None))
    return [str(problem).partition(":")[2] for problem in loader.check()]


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (
            ("rules: []",),
            (
                "8:12: a decision without rules decides nothing",
                'write - { when: "score > 0.8", then: { action: REVIEW } }',
            ),
        ),
        ((), ("6:5: the key 'rules' is missing", "add 'rules: ...'")),
        (
            ("rules:", "  - { when: b }"),
            ("9:9: the key 'then' is missing", "add 'then: ...'"),
        ),
        (
            ("rules:", "  - { then: { a: 1 } }"),
            ("9:9: the key 'when' is missing", "add 'when: ...'"),
        ),
        (
            ("rules:", "  - { when: b, then: {} }"),
            ("9:26: this gives nothing", "name an output: { action: REVIEW }"),
        ),
        (
            ("rules:", "  - { when: b, then: { a: 1 } }", "default: {}"),
            ("10:14: this gives nothing", "name an output: { action: REVIEW }"),
        ),
        (
            ("rules:", "  - { when: b, then: { a: 1 } }", "mode: all"),
            (
                "10:11: 'mode': 'all' is not one of first, collect",
                "write first or collect",
            ),
        ),
        (
            ("rules:", "  - { when: 'x >', then: { a: 1 } }"),
            ("9:21: the expression ends too early", ""),
        ),
        (
            ("rules:", "  - { when: rsk.x > 1, then: { a: 1 } }"),
            (
                "9:17: 'rsk' is neither an argument nor a step here",
                "did you mean 'risk'?",
            ),
        ),
        (
            ("rules:", "  - { when: b, then: { a: 1, c: '${ y }' } }"),
            ("9:37: 'y' is neither an argument nor a step here", ""),
        ),
        (
            ("rules:", "  - { when: b, then: { a: '${ x' } }"),
            ("9:32: '${' is never closed", "write `$${` for the text itself"),
        ),
        (
            ("rules:", "  - { when: b, then: { a: 1 } }", "default: { a: '${ d.a }' }"),
            (
                "10:19: step 'd' reads itself",
                "read another step; its own reply is 'response', in 'select'",
            ),
        ),
        (
            ("rules:", "  - { when: b, then: { a-b: 1 } }"),
            (
                "9:33: output 'a-b' is no name",
                "letters, digits and _ make one, not starting with a digit or __",
            ),
        ),
        (
            (
                "rules:",
                "  - { when: risk.score > 0.5, then: { a: 1 } }",
                "  - { when: risk.score > 0.8, then: { a: 2 } }",
            ),
            (
                "10:17: rule 2 is never reached: rule 1 holds whenever this one would",
                "put it before rule 1, or remove it",
            ),
        ),
        (
            (
                "rules:",
                "  - { when: risk.score > 0.5, then: { a: 1 } }",
                "  - { when: risk.score < 0.8, then: { a: 2 } }",
            ),
            (
                (
                    "10:17: rules 1 and 2 overlap where 0.5 < risk.score < 0.8, "
                    "and rule 1 answers"
                ),
                "let one end where the other begins",
            ),
        ),
        (
            ("mode: collect", "rules:", "  - { when: b && !b, then: { a: 1 } }"),
            (
                f"10:17: {NEVER}",
                "correct the condition, or remove the rule",
            ),
        ),
        (
            (
                "mode: collect",
                "rules:",
                "  - { when: 'true', then: { a: 1 } }",
                "default: { a: 3 }",
            ),
            (
                "11:5: 'default' is never given: rule 1 always holds",
                "remove one of the two",
            ),
        ),
    ],
)
def test_what_is_wrong_with_a_table_is_told_at_its_place(
    tmp_path: Path, table: tuple[str, ...], said: tuple[str, str]
) -> None:
    """What cannot be meant is an error, what cannot matter a warning."""
    message, fix = said
    assert problems(tmp_path, table) == [f"{message} — {fix}" if fix else message]


def test_rules_of_a_table_that_collects_may_hold_together(tmp_path: Path) -> None:
    """Each of them answers, so none hides another."""
    rows = ("x > 0.5", "x > 0.5", "x > 0.8", "x < 0.9")
    lines = (f"  - {{ when: {row}, then: {{ a: {n} }} }}" for n, row in enumerate(rows))
    assert problems(tmp_path, ("mode: collect", "rules:", *lines)) == []
