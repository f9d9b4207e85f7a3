"""Operations whose value comes from several steps: `first`, `concat`, `on_conflict`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.attack.project import Project

SDL = "type Hit { id: ID!, bookTitle: String }"


@pytest.mark.parametrize(
    ("strategy", "returns"), [("first", "Hit"), ("concat", "'[Hit]'")]
)
def test_answers_that_are_spelled_differently_are_not_taken_for_each_other(
    tmp_path: Path, strategy: str, returns: str
) -> None:
    """Which of them comes is not known at load; how it is read has to be."""
    project = Project.of(
        tmp_path,
        SDL,
        find=f"""
            language: 1
            operation: find
            returns: {returns}
            steps:
              - {{ name: ours, endpoint: /ours }}
              - {{ name: theirs, endpoint: /theirs, source: core }}
            aggregation: {{ strategy: {strategy} }}
        """,
    )
    assert project.problems() == [
        (
            "profiles/find.yaml:7:5: steps 'ours' and 'theirs' give one value, and "
            "their sources spell names differently — give their sources the same "
            "'names'"
        )
    ]


def test_rows_that_are_no_list_are_missed_with_an_error(tmp_path: Path) -> None:
    """A part of a list never goes missing without a reason."""
    project = Project.of(
        tmp_path,
        SDL,
        find="""
            language: 1
            operation: find
            returns: "[Hit]"
            steps:
              - { name: ours, endpoint: /ours }
              - { name: theirs, endpoint: /theirs }
            aggregation: { strategy: concat }
        """,
    )
    assert (
        project.differences(
            "find",
            query="{ find { id } }",
            replies={
                "ours": {"body": [{"id": 1}]},
                "theirs": {"body": {"items": [{"id": 2}]}},
            },
            expect={
                "data": {"find": [{"id": "1"}]},
                "errors": [
                    {"path": ["find"], "code": "INVALID_VALUE", "step": "find.theirs"}
                ],
            },
        )
        == []
    )


def test_on_conflict_names_steps(tmp_path: Path) -> None:
    """A misspelled winner would leave the field to somebody else."""
    project = Project.of(
        tmp_path,
        "type Contact { email: String }",
        contact="""
            language: 1
            operation: contact
            steps:
              - { name: crm, endpoint: /crm, provides: [email] }
              - { name: web, endpoint: /web, provides: [email] }
            aggregation: { on_conflict: [wbe, crm] }
        """,
    )
    assert project.problems()[1] == (
        "profiles/contact.yaml:7:30: aggregation.on_conflict names 'wbe', which is no "
        "step here — did you mean 'web'?"
    )


@pytest.mark.parametrize(
    ("returns", "strategy"), [("Hit", "first"), ("'[Hit]'", "concat")]
)
def test_no_field_is_computed_beside_a_value_that_steps_give_whole(
    tmp_path: Path, returns: str, strategy: str
) -> None:
    """It would be null without an error, and its step no part of the value."""
    project = Project.of(
        tmp_path,
        SDL,
        find=f"""
            language: 1
            operation: find
            returns: {returns}
            steps:
              - {{ name: ours, endpoint: /ours }}
              - {{ name: theirs, endpoint: /theirs }}
            fields: {{ Hit.bookTitle: ours.title }}
            aggregation: {{ strategy: {strategy} }}
        """,
    )
    assert project.problems() == [
        (
            "profiles/find.yaml:8:26: Hit.bookTitle would have to be added to what "
            "steps give whole — compute it from 'self', which is each object"
        )
    ]
