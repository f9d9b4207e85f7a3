"""What a plan says is what happens."""

from __future__ import annotations

from pathlib import Path

from tests.attack.project import Project


def test_nobody_waits_for_a_step_that_is_left_out(tmp_path: Path) -> None:
    """`depends_on` names steps of the plan; a reader of the plan finds them all."""
    project = Project.of(
        tmp_path,
        checks="""
            language: 1
            operation: checks
            args: { id: ID!, deep: Boolean = false }
            steps:
              - name: scan
                endpoint: /scans/{id}
                when: deep
                on_skip: { level: 0 }
              - { name: alerts, endpoint: "/alerts/{scan.level}" }
        """,
    )
    assert (
        project.differences(
            "checks",
            query='{ checks(id: "1") { alerts } }',
            replies={"alerts": {"body": 3}},
            expect={
                "plan": {
                    "steps": ["checks.alerts"],
                    "left_out": {"scan": "condition_false"},
                },
                "requests": {"alerts": [{"url": "/alerts/0"}]},
                "data": {"checks": {"alerts": 3}},
                "extensions": {"plan": {"steps": [{"depends_on": []}]}},
            },
        )
        == []
    )
