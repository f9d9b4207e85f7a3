"""Every null says why, and whose fault it is."""

from __future__ import annotations

from pathlib import Path

from tests.attack.project import Project


def test_a_computed_field_names_the_step_that_it_lacks(tmp_path: Path) -> None:
    """Whoever may see steps sees the one at fault, though no step gives the field."""
    project = Project.of(
        tmp_path,
        "type Customer { risk: JSON, label: String } scalar JSON",
        customer="""
            language: 1
            operation: customer
            steps:
              - { name: risk, endpoint: /risk }
            fields:
              Customer.label: risk.name
        """,
    )
    assert (
        project.differences(
            "customer",
            query="{ customer { label } }",
            replies={"risk": {"status": 500}},
            expect={
                "data": {"customer": {"label": None}},
                "errors": [
                    {
                        "path": ["customer", "label"],
                        "code": "DEPENDENCY_FAILED",
                        "step": "customer.risk",
                    }
                ],
            },
        )
        == []
    )


def test_null_if_that_is_no_truth_is_an_error_never_false(tmp_path: Path) -> None:
    """As with `when`: what cannot be decided is not decided."""
    project = Project.of(
        tmp_path,
        customer="""
            language: 1
            operation: customer
            null_if: account.gone
            steps:
              - { name: account, endpoint: /account }
        """,
    )
    assert (
        project.differences(
            "customer",
            query="{ customer { account } }",
            replies={"account": {"body": {"gone": "yes"}}},
            expect={
                "data": {"customer": None},
                "errors": [{"path": ["customer"], "code": "EXPRESSION_ERROR"}],
            },
        )
        == []
    )
