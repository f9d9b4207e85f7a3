"""What fills the operation's own type: once for the operation, or for each object."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.attack.project import Project

SDL = """
    type Account { id: ID!, name: String, branch: Branch, label: String }
    type Branch { city: String }
"""


def profile(returns: str, rest: str) -> str:
    """An operation whose step ``accounts`` gives its value; `rest` is from line 6."""
    return (
        f"\nlanguage: 1\noperation: accounts\nreturns: '{returns}'\n"
        "steps:\n  - { name: accounts, endpoint: /accounts }\n" + rest
    )


BRANCH = "  - { name: place, endpoint: '/at/{self.branchId}', fills: Account.branch }\n"


def test_a_step_that_reads_self_runs_for_each_object_of_a_root_list(
    tmp_path: Path,
) -> None:
    """It fills the operation's own type, whose objects are what it reads."""
    project = Project.of(tmp_path, SDL, accounts=profile("[Account!]", BRANCH))
    assert project.problems() == []
    assert (
        project.differences(
            "accounts",
            query="{ accounts { id branch { city } } }",
            replies={
                "accounts": {
                    "body": [{"id": 1, "branchId": "b1"}, {"id": 2, "branchId": "b2"}]
                },
                "place": [{"body": {"city": "Kyiv"}}, {"body": {"city": "Lviv"}}],
            },
            expect={
                "calls": {"accounts": 1, "place": 2},
                "data": {
                    "accounts": [
                        {"id": "1", "branch": {"city": "Kyiv"}},
                        {"id": "2", "branch": {"city": "Lviv"}},
                    ]
                },
                "errors": [],
            },
        )
        == []
    )


def test_a_batch_fills_the_objects_of_a_root_list(tmp_path: Path) -> None:
    """Its key is read from them, so it is no step of the operation."""
    batch = (
        "  - name: place\n    endpoint: /branches\n    fills: Account.branch\n"
        "    batch: { key: '${ self.branchId }', query: { id: '${ keys }' }, by: id }\n"
    )
    project = Project.of(tmp_path, SDL, accounts=profile("[Account!]", batch))
    assert project.problems() == []
    assert (
        project.differences(
            "accounts",
            query="{ accounts { branch { city } } }",
            replies={
                "accounts": {"body": [{"branchId": "b1"}, {"branchId": "b2"}]},
                "place": {"body": [{"id": "b2", "city": "Lviv"}]},
            },
            expect={
                "calls": {"accounts": 1, "place": 1},
                "data": {"accounts": [{"branch": None}, {"branch": {"city": "Lviv"}}]},
                "errors": [],
            },
        )
        == []
    )


@pytest.mark.parametrize(
    ("returns", "body", "data"),
    [
        ("Account", {"id": 1, "name": "Ada"}, {"label": "Ada (1)"}),
        ("[Account]", [{"id": 1, "name": "Ada"}], [{"label": "Ada (1)"}]),
    ],
)
def test_a_field_that_reads_self_is_computed_for_each_object(
    tmp_path: Path, returns: str, body: object, data: object
) -> None:
    """`fields` of the operation's own type may be its objects'."""
    fields = "fields: { Account.label: \"self.name + ' (' + string(self.id) + ')'\" }\n"
    project = Project.of(tmp_path, SDL, accounts=profile(returns, fields))
    assert project.problems() == []
    assert (
        project.differences(
            "accounts",
            query="{ accounts { label } }",
            replies={"accounts": {"body": body}},
            expect={"data": {"accounts": data}, "errors": []},
        )
        == []
    )


def test_a_composite_has_steps_of_its_objects_beside_its_own(tmp_path: Path) -> None:
    """One reads the arguments, one what the composite has: both fill the type."""
    project = Project.of(
        tmp_path,
        "type Card { holder: String, number: String, limit: Int, news: String }",
        card="""
            language: 1
            operation: card
            args: { id: ID! }
            steps:
              - { name: core, endpoint: "/cards/{id}", provides: [holder, number] }
              - { name: bound, endpoint: "/limits/{self.number}", fills: Card.limit }
              - { name: paper, endpoint: "/news/{id}", fills: Card.news }
        """,
    )
    assert project.problems() == []
    assert (
        project.differences(
            "card",
            query='{ card(id: "7") { limit news } }',
            replies={
                "core": {"body": {"holder": "Ada", "number": "n1"}},
                "bound": {"body": 500},
                "paper": {"body": "none"},
            },
            expect={
                "requests": {"bound": [{"url": "/limits/n1"}]},
                "data": {"card": {"limit": 500, "news": "none"}},
                "errors": [],
            },
        )
        == []
    )


def test_a_field_is_filled_by_the_objects_or_by_the_operation(tmp_path: Path) -> None:
    """Two that are told to give one field are two owners, whatever they read."""
    project = Project.of(
        tmp_path,
        "type Card { number: String, limit: Int }",
        card="""
            language: 1
            operation: card
            steps:
              - { name: core, endpoint: /card, provides: [number] }
              - { name: bound, endpoint: "/limits/{self.number}", fills: Card.limit }
              - { name: other, endpoint: /limit, fills: Card.limit }
        """,
    )
    assert project.problems()[0] == (
        "profiles/card.yaml:3:12: Card.limit has two owners: other, and what reads "
        "'self' for it — let one of them give it"
    )


def test_a_list_is_not_filled_by_a_step_that_reads_nothing_of_its_objects(
    tmp_path: Path,
) -> None:
    """It was taken for the list itself."""
    fills = "  - { name: place, endpoint: /branch, fills: Account.branch }\n"
    project = Project.of(tmp_path, SDL, accounts=profile("[Account!]", fills))
    assert project.problems()[0] == (
        "profiles/accounts.yaml:7:46: each Account of the list is filled for itself, "
        "and step 'place' reads nothing of it — read 'self', such as self.id"
    )


def test_self_as_a_whole_is_told_as_such(tmp_path: Path) -> None:
    """The hint never asks for the `fills` that is there."""
    whole = "  - { name: place, endpoint: '/b/{self}', fills: Account.branch }\n"
    project = Project.of(tmp_path, SDL, accounts=profile("Account", whole))
    assert project.problems() == [
        (
            "profiles/accounts.yaml:7:34: 'self' is read as a whole "
            "— read a field of it: self.id"
        )
    ]


@pytest.mark.parametrize(
    ("field", "wanted"),
    [
        (
            "Branch.city: accounts.city",
            (
                "7:24: fields of objects read only 'self', and Branch.city reads "
                "'accounts' — write self.city, or add a step with 'fills: Branch.city'"
            ),
        ),
        (
            "Account.label: accounts.name + self.name",
            (
                "7:26: fields of objects read only 'self', and Account.label reads "
                "'accounts' — write self.name, or add a step with "
                "'fills: Account.label'"
            ),
        ),
    ],
)
def test_a_field_of_an_object_that_reads_a_step_is_told_what_it_may_read(
    tmp_path: Path, field: str, wanted: str
) -> None:
    """The step is there: to say that there is none helps nobody."""
    text = profile("Account", f"fields: {{ {field} }}\n")
    assert Project.of(tmp_path, SDL, accounts=text).problems() == [
        f"profiles/accounts.yaml:{wanted}"
    ]


def test_an_entitys_field_reads_its_step_by_the_field_it_fills(tmp_path: Path) -> None:
    """In an entity file a step's field is the object's own."""
    project = Project.of(
        tmp_path,
        SDL,
        account="""
            language: 1
            entity: Account
            steps: [{ name: branch, endpoint: "/b/{self.id}" }]
            fields: { Account.label: branch.city }
        """,
    )
    assert (
        "profiles/account.yaml:5:26: fields of objects read only 'self', and "
        "Account.label reads 'branch' — write self.branch.city"
    ) in project.problems()


@pytest.mark.parametrize(
    ("more", "place"),
    [
        ("  - { name: paper, endpoint: '/n/{bound}', fills: Card.news }\n", "9:34"),
        ("  - { name: news, endpoint: /n, when: bound > 1 }\n", "9:39"),
        ("fields: { Card.news: string(bound) }\n", "9:22"),
        (
            (
                "  - { name: news, endpoint: /n }\n"
                "  - { name: city, endpoint: '/{bound}/{self.x}', fills: Branch.city }"
            ),
            "10:31",
        ),
    ],
)
def test_what_runs_for_each_object_is_not_read_where_there_is_none(
    tmp_path: Path, more: str, place: str
) -> None:
    """It loaded and crashed: nobody can say which object's answer is meant."""
    project = Project.of(
        tmp_path,
        "type Card { number: String, limit: Int, news: String, branch: Branch }"
        " type Branch { city: String }",
        card="""
language: 1
operation: card
steps:
  - { name: core, endpoint: /card, provides: [number, branch] }
  - name: bound
    endpoint: /limits/{self.number}
    fills: Card.limit
"""
        + more,
    )
    assert project.problems() == [
        (
            f"profiles/card.yaml:{place}: step 'bound' runs for each Card, and this is "
            "read elsewhere — only what fills another field of Card reads it"
        )
    ]
