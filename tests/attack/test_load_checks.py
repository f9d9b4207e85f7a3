"""What used to load and go wrong later, or took everybody else's profiles with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.attack.project import Project

GOOD = """
    language: 1
    operation: good
    steps: [{ name: fine, endpoint: /fine }]
"""


def step(keys: str) -> str:
    """A profile whose only step has these keys, in line 5."""
    return (
        f"\nlanguage: 1\noperation: wrong\nargs: {{ id: ID! }}\nsteps: [{{ {keys} }}]\n"
    )


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (
            step("name: one, endpoint: /one, returns: Brnch"),
            "5:47: there is no type 'Brnch' — did you mean 'Branch'?",
        ),
        (
            step("name: one, endpoint: /one, returns: '[Branch'"),
            (
                "5:47: '[Branch' is no GraphQL type "
                "— write it as in GraphQL: Branch, [Branch!]!"
            ),
        ),
        (
            step("name: one, endpoint: /one, returns: Filter"),
            (
                "5:47: Filter is an input, no step answers with it "
                "— return a type, or JSON"
            ),
        ),
        (
            step("name: __one, endpoint: /one"),
            (
                "5:17: '__one' starts with __, and such names belong to GraphQL "
                "— write one"
            ),
        ),
        (
            (
                "\nlanguage: 1\noperation: wrong\nargs: { n: Imt }\n"
                "steps: [{ name: one, endpoint: /one }]\n"
            ),
            "4:12: there is no type 'Imt' — did you mean 'Int'?",
        ),
        (
            (
                "\nlanguage: 1\noperation: wrong\nargs: { b: Branch }\n"
                "steps: [{ name: one, endpoint: /one }]\n"
            ),
            (
                "4:12: Branch is what a field answers with, not the type of an "
                "argument — arguments take scalars, enums and inputs"
            ),
        ),
        (
            (
                "\nlanguage: 1\noperation: wrong\nargs: { n: Int = many }\n"
                "steps: [{ name: one, endpoint: /one }]\n"
            ),
            (
                "4:12: 'Int = many' is no argument type: many is no Int "
                "— write it as in GraphQL: ID!, [String!], Int = 10"
            ),
        ),
    ],
)
def test_one_authors_mistake_has_its_place_and_stops_nobody_else(
    tmp_path: Path, text: str, wanted: str
) -> None:
    """It never makes the schema of everybody impossible."""
    project = Project.of(
        tmp_path,
        "type Branch { id: ID! } input Filter { city: String }",
        good=GOOD,
        wrong=text,
    )
    assert project.problems() == [f"profiles/wrong.yaml:{wanted}"]
    assert (
        project.differences(
            "good",
            query="{ good { fine } }",
            replies={"fine": {"body": 1}},
            expect={"data": {"good": {"fine": 1}}},
        )[1:]
        == []
    )


@pytest.mark.parametrize("name", ["self", "flags", "response", "in", "function"])
def test_a_step_has_a_name_that_expressions_can_read(tmp_path: Path, name: str) -> None:
    """Words of the expression language are no names of steps."""
    project = Project.of(tmp_path, wrong=step(f"name: {name}, endpoint: /one"))
    assert project.problems() == [
        (
            f"profiles/wrong.yaml:5:17: {name!r} is a word of the expression language "
            f"— rename the step; 'fills: Type.{name}' says which field it gives"
        )
    ]


def test_a_step_that_reads_itself_is_told_so(tmp_path: Path) -> None:
    """It is a step here, so nothing else would help."""
    project = Project.of(tmp_path, wrong=step("name: one, endpoint: '/one/{one.id}'"))
    assert project.problems() == [
        (
            "profiles/wrong.yaml:5:38: step 'one' reads itself "
            "— read another step; its own reply is 'response', in 'select'"
        )
    ]


def test_a_fallback_names_a_step(tmp_path: Path) -> None:
    """What is needed only on the day of a failure is checked when the file loads."""
    project = Project.of(
        tmp_path, wrong=step("name: one, endpoint: /one, fallback: [on]")
    )
    assert project.problems() == [
        (
            "profiles/wrong.yaml:5:49: step 'one' falls back to 'on', which is no "
            "other step here — name a step, or write { value: ... }"
        )
    ]


ENTITY_SDL = """
    type Query { good: JSON }
    scalar JSON
    interface Case { id: ID!, text: String }
    type CardCase implements Case { id: ID!, text: String, card: String }
"""


@pytest.mark.parametrize(
    ("entity", "wanted"),
    [
        (
            "\nlanguage: 1\nentity: Cas\nkey: [id]\n",
            "3:9: there is no type 'Cas' — did you mean 'Case'?",
        ),
        (
            "\nlanguage: 1\nentity: Case\nfields: { Case.text: self.id }\n",
            "3:9: Case is no object type — write a file for each of CardCase",
        ),
        (
            (
                "\nlanguage: 1\nentity: CardCase\nsteps: [{ name: text, endpoint: "
                "'/t/{self.id}', always: true }]\n"
            ),
            (
                "4:49: 'always' is for steps of an operation, and this one runs for "
                "each parent — remove it"
            ),
        ),
        (
            (
                "\nlanguage: 1\nentity: CardCase\nsteps: [{ name: one, endpoint: "
                "'/t/{self.id}', fills: CardCase.text, provides: [card] }]\n"
            ),
            (
                "4:70: 'fills: CardCase.text' names the field already "
                "— write 'fills: CardCase' with 'provides', or leave 'provides' away"
            ),
        ),
        (
            (
                "\nlanguage: 1\nentity: CardCase\nsteps: [{ name: text, endpoint: "
                "'/t/{self.id}', batch: { key: '${ self.id }', by: id } }]\n"
            ),
            (
                "4:37: a batch asks for many parents, so this cannot read 'self' "
                "— write 'keys'; 'batch.key' says what they are made of"
            ),
        ),
    ],
)
def test_what_an_entity_file_cannot_mean_is_told(
    tmp_path: Path, entity: str, wanted: str
) -> None:
    """It is never taken, and then without effect."""
    project = Project.of(tmp_path, ENTITY_SDL, good=GOOD, wrong=entity)
    assert project.problems() == [f"profiles/wrong.yaml:{wanted}"]


def test_a_type_that_an_answer_may_have_is_an_object(tmp_path: Path) -> None:
    """The hint never proposes what was just refused."""
    project = Project.of(
        tmp_path,
        ENTITY_SDL,
        good="""
            language: 1
            operation: good
            steps:
              - { name: fine, endpoint: /f, type_by: { field: k, types: { a: Case } } }
        """,
    )
    assert project.problems() == [
        (
            "profiles/good.yaml:5:66: 'Case' is not an object type of the schema "
            "— did you mean 'CardCase'?"
        )
    ]
