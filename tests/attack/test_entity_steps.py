"""Entity steps beside steps of their own name, beside each other, with arguments."""

from __future__ import annotations

from pathlib import Path

from tests.attack.project import Project

ACCOUNT = """
    language: 1
    operation: account
    steps:
      - { name: account, endpoint: "/accounts/{id}" }
"""


def test_a_root_step_and_an_entity_step_of_one_name_are_two_steps(
    tmp_path: Path,
) -> None:
    """A name means a step of its own file; equal names never share an answer."""
    project = Project.of(
        tmp_path,
        """
        type Query { account(id: ID!): Account }
        type Account { id: ID!, name: String, iban: String }
        """,
        account="""
            language: 1
            operation: account
            steps:
              - { name: details, endpoint: "/accounts/{id}" }
        """,
        entity="""
            language: 1
            entity: Account
            steps:
              - { name: details, endpoint: "/details/{self.id}", provides: [iban] }
        """,
    )
    assert (
        project.differences(
            "account",
            query='{ account(id: "1") { name iban } }',
            replies={
                "details": [
                    {"body": {"id": "1", "name": "Ada"}},
                    {"body": {"iban": "X1"}},
                ]
            },
            expect={
                "requests": {
                    "details": [{"url": "/accounts/1"}, {"url": "/details/1"}]
                },
                "plan": {"steps": ["account.details", "account.<Account>.details"]},
                "data": {"account": {"name": "Ada", "iban": "X1"}},
                "errors": [],
            },
        )
        == []
    )


def test_an_entity_file_reads_its_own_steps_never_an_operations(
    tmp_path: Path,
) -> None:
    """What an entity file means cannot depend on the operation that it serves."""
    project = Project.of(
        tmp_path,
        """
        type Overview { account: Account, branch: Branch }
        type Account { id: ID!, branch: Branch, manager: String }
        type Branch { id: ID! }
        """,
        overview="""
            language: 1
            operation: overview
            args: { id: ID! }
            steps:
              - { name: account, endpoint: "/accounts/{id}" }
              - { name: branch, endpoint: "/head-office" }
        """,
        entity="""
            language: 1
            entity: Account
            steps:
              - { name: branch, endpoint: "/branches/{self.branchId}" }
              - { name: manager, endpoint: "/managers/{branch.id}" }
        """,
    )
    assert (
        project.differences(
            "overview",
            query='{ overview(id: "1") { account { manager } } }',
            replies={
                "account": {"body": {"id": "1", "branchId": "b7"}},
                "branch": {"body": {"id": "b7"}},
                "manager": {"body": "Grace"},
            },
            expect={
                "requests": {
                    "branch": [{"url": "/branches/b7"}],
                    "manager": [{"url": "/managers/b7"}],
                },
                "data": {"overview": {"account": {"manager": "Grace"}}},
                "errors": [],
            },
        )
        == []
    )


def test_an_entity_step_waits_for_a_sibling_that_it_does_not_read(
    tmp_path: Path,
) -> None:
    """`depends_on` means steps of the same file, in entity files too."""
    project = Project.of(
        tmp_path,
        """
        type Query { account(id: ID!): Account }
        type Account { id: ID!, consent: Boolean, limit: Int }
        """,
        account=ACCOUNT,
        entity="""
            language: 1
            entity: Account
            steps:
              - { name: consent, endpoint: "/consents/{self.id}" }
              - { name: limit, endpoint: "/limits/{self.id}", depends_on: [consent] }
        """,
    )
    assert (
        project.differences(
            "account",
            query='{ account(id: "1") { limit } }',
            replies={
                "account": {"body": {"id": "1"}},
                "consent": {"body": True, "delay": "20ms"},
                "limit": {"body": 5, "delay": "30ms"},
            },
            expect={
                "calls": {"account": 1, "consent": 1, "limit": 1},
                "elapsed": "50ms",
                "data": {"account": {"limit": 5}},
                "errors": [],
            },
        )
        == []
    )


def test_who_reads_an_entity_step_with_arguments_reads_it_with_their_defaults(
    tmp_path: Path,
) -> None:
    """Whatever the client selects the field with, and whoever else has arguments."""
    project = Project.of(
        tmp_path,
        """
        type Query { account(id: ID!, first: Int = 99): Account }
        type Account { id: ID!, notes(first: Int = 7): [JSON], sum: Int, count: Int }
        scalar JSON
        """,
        account=ACCOUNT,
        entity="""
            language: 1
            entity: Account
            steps:
              - name: notes
                endpoint: /notes/{self.id}
                query: { n: "${ args.first }" }
              - { name: sum, type: value, value: "${ size(notes) }" }
            fields:
              Account.count: size(self.notes)
        """,
    )
    account = {"body": {"id": "1"}}
    assert (
        project.differences(
            "account",
            query='{ account(id: "1") { count sum } }',
            replies={"account": account, "notes": {"body": [1, 2]}},
            expect={
                "requests": {"notes": [{"url": "/notes/1?n=7"}]},
                "data": {"account": {"count": 2, "sum": 2}},
                "errors": [],
            },
        )
        == []
    )
    assert (
        project.differences(
            "account",
            query='{ account(id: "1") { notes(first: 1) count } }',
            replies={"account": account, "notes": [{"body": [1]}, {"body": [1, 2]}]},
            expect={
                "requests": {
                    "notes": [{"url": "/notes/1?n=1"}, {"url": "/notes/1?n=7"}]
                },
                "data": {"account": {"notes": [1], "count": 2}},
                "errors": [],
            },
        )
        == []
    )


def test_a_step_that_fills_a_field_of_another_name_has_that_fields_defaults(
    tmp_path: Path,
) -> None:
    """The arguments are the field's; the step's name says nothing of them."""
    project = Project.of(
        tmp_path,
        "type Ledger { entries(first: Int = 10): [JSON], size: Int } scalar JSON",
        ledger="""
            language: 1
            operation: ledger
            args: { id: ID! }
            steps:
              - name: rows
                fills: Ledger.entries
                endpoint: /rows/{id}
                query: { n: "${ args.first }" }
            fields:
              Ledger.size: size(rows)
        """,
    )
    assert (
        project.differences(
            "ledger",
            query='{ ledger(id: "1") { size } }',
            replies={"rows": {"body": [1, 2, 3]}},
            expect={
                "requests": {"rows": [{"url": "/rows/1?n=10"}]},
                "data": {"ledger": {"size": 3}},
                "errors": [],
            },
        )
        == []
    )
