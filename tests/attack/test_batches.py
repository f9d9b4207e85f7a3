"""Batches where keys and rows are not what one expects."""

from __future__ import annotations

from pathlib import Path

from tests.attack.project import Project

SDL = """
    type Query { payments: [Payment!] }
    type Payment { id: ID!, merchant: Merchant, notes(first: Int = 3): [Note!] }
    type Merchant { name: String! }
    type Note { text: String! }
"""
PAYMENTS = """
    language: 1
    operation: payments
    steps:
      - { name: payments, endpoint: /payments }
"""


def test_a_row_without_a_key_is_nobodys(tmp_path: Path) -> None:
    """Keys join by their text, and null has none: not even that of the word None."""
    project = Project.of(
        tmp_path,
        SDL,
        payments=PAYMENTS,
        entity="""
            language: 1
            entity: Payment
            steps:
              - name: merchant
                endpoint: /merchants
                batch: { key: "${ self.to }", query: { id: "${ keys }" }, by: id }
        """,
    )
    assert (
        project.differences(
            "payments",
            query="{ payments { merchant { name } } }",
            replies={
                "payments": {"body": [{"to": "None"}, {"to": 7}]},
                "merchant": {"body": [{"id": None, "name": "Lost"}, {"name": "Too"}]},
            },
            expect={
                "calls": {"payments": 1, "merchant": 1},
                "data": {"payments": [{"merchant": None}, {"merchant": None}]},
                "errors": [],
            },
        )
        == []
    )


def test_keys_asked_with_other_arguments_are_asked_again(tmp_path: Path) -> None:
    """Even where the call cannot be told apart without keys, as `keys[0]` has none."""
    project = Project.of(
        tmp_path,
        SDL,
        payments=PAYMENTS,
        entity="""
            language: 1
            entity: Payment
            steps:
              - name: notes
                method: POST
                endpoint: /notes
                batch:
                  key: "${ self.id }"
                  body: { from: "${ keys[0] }", first: "${ args.first }" }
                  by: of
        """,
    )
    assert (
        project.differences(
            "payments",
            query="{ payments { few: notes(first: 1) { text } notes { text } } }",
            replies={
                "payments": {"body": [{"id": "p1"}]},
                "notes": [
                    {"body": [{"of": "p1", "text": "a"}]},
                    {"body": [{"of": "p1", "text": "a"}, {"of": "p1", "text": "b"}]},
                ],
            },
            expect={
                "requests": {
                    "notes": [
                        {"body": {"from": "p1", "first": 1}},
                        {"body": {"from": "p1", "first": 3}},
                    ]
                },
                "data": {
                    "payments": [
                        {
                            "few": [{"text": "a"}],
                            "notes": [{"text": "a"}, {"text": "b"}],
                        }
                    ]
                },
                "errors": [],
            },
        )
        == []
    )


def test_a_batchs_key_cannot_read_the_keys(tmp_path: Path) -> None:
    """It is what they are made of; found when the file loads, not at a request."""
    project = Project.of(
        tmp_path,
        SDL,
        payments=PAYMENTS,
        entity="""
            language: 1
            entity: Payment
            steps:
              - name: merchant
                endpoint: /merchants
                batch: { key: "${ keys }", query: { id: "${ keys }" }, by: id }
        """,
    )
    (problem, *_) = project.problems()
    assert problem == (
        "profiles/entity.yaml:7:19: 'keys' are made of this, so it cannot read them "
        "— read the parent: ${ self.id }"
    )
