"""Names that a profile says and nobody has; keys that loaded and did nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.attack.project import Project

SDL = "type Card { id: ID } enum Tone { LOUD } input Filter { city: String }"
PARTY = """
    language: 1
    fragment: shared/party
    steps: [{ name: party, endpoint: /party }]
    fields: { Contract.risk: party.risk, Contract.holder: party.name }
"""


def profile(rest: str) -> str:
    """An operation ``wrong``; `rest` is its lines from the fourth on."""
    return (
        f"\nlanguage: 1\noperation: wrong\n{rest}\n"
        "steps: [{ name: one, endpoint: /one }]\n"
    )


@pytest.mark.parametrize(
    ("rest", "wanted"),
    [
        (
            "include: [shared/prty]",
            "4:11: there is no fragment 'shared/prty' — did you mean 'shared/party'?",
        ),
        (
            "include: [other]",
            "4:11: there is no fragment 'other' — add a file that says 'fragment'",
        ),
        (
            "aggregation: { required_steps: [oen] }",
            "4:33: there is no step 'oen' to require — did you mean 'one'?",
        ),
        (
            "aggregation: { required_steps: [x] }",
            "4:33: there is no step 'x' to require — remove it",
        ),
        (
            "returns: Crd",
            (
                "4:10: there is no type 'Crd' — did you mean 'Card'? If not, declare "
                "it in schema/"
            ),
        ),
        (
            "returns: Filter",
            (
                "4:10: Filter is an input, no operation answers with it — return a "
                "type, or JSON"
            ),
        ),
        (
            "aggregation: { by: id }",
            (
                "4:16: 'by' makes one of equal rows, and only 'concat' puts rows "
                "together — add 'strategy: concat', or remove 'by'"
            ),
        ),
    ],
)
def test_a_word_that_means_nothing_is_told_with_the_likely_one(
    tmp_path: Path, rest: str, wanted: str
) -> None:
    """Nothing is declared, and nothing ignored, by a mistake of typing."""
    project = Project.of(tmp_path, SDL, wrong=profile(rest), party=PARTY)
    assert project.problems()[0] == f"profiles/wrong.yaml:{wanted}"


@pytest.mark.parametrize(
    ("sdl", "rest"),
    [
        (SDL, "returns: Whole"),
        (SDL.replace("Card", "Wrng"), ""),
        (SDL.replace("Card", "Wrng"), "returns: Wrong"),
        ("", "returns: Data"),
    ],
)
def test_a_type_that_is_none_of_the_schemas_is_declared(
    tmp_path: Path, sdl: str, rest: str
) -> None:
    """Where nothing is near, where the name is the operation's, where no SDL is."""
    project = Project.of(tmp_path, sdl, wrong=profile(rest))
    assert project.problems() == []


def test_a_fragments_fields_are_fields_of_the_operation_ours_winning(
    tmp_path: Path,
) -> None:
    """They loaded, and nothing read them."""
    project = Project.of(
        tmp_path,
        "type Contract { risk: Float, holder: String }",
        party=PARTY,
        contract="""
            language: 1
            operation: contract
            include: [shared/party]
            steps: [{ name: core, endpoint: /core }]
            fields: { Contract.risk: core.risk }
        """,
    )
    assert project.problems() == []
    assert (
        project.differences(
            "contract",
            query="{ contract { risk holder } }",
            replies={
                "party": {"body": {"risk": 0.1, "name": "Ada"}},
                "core": {"body": {"risk": 0.9}},
            },
            expect={"data": {"contract": {"risk": 0.9, "holder": "Ada"}}},
        )
        == []
    )


def test_a_fragments_field_that_is_wrong_is_told_in_the_fragment(
    tmp_path: Path,
) -> None:
    """Its place is where it was written, not where it is included."""
    project = Project.of(
        tmp_path,
        "type Contract { risk: Float }",
        party=PARTY,
        contract="""
            language: 1
            operation: contract
            include: [shared/party]
            steps: [{ name: risk, endpoint: /risk }]
        """,
    )
    assert (
        "profiles/party.yaml:5:55: type Contract has no field 'holder' "
        "— add 'returns' to declare it here"
    ) in project.problems()
