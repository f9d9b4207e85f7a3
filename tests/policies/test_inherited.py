"""Whose policies a step is under because of what it reads, as people are told."""

from __future__ import annotations

from pathlib import Path

from gateway.app import build_gateway
from gateway.cli.explain import lines_of
from gateway.request.model import RequestContext
from tests.policies.kit import FILES, MAY
from tests.project import write

OWN = f"""
language: 1
operation: team
returns: JSON
steps:
  - {{ name: pay, type: value, value: 3, policy: "{MAY}" }}
  - {{ name: doubled, type: value, value: "${{ pay * 2 }}" }}
  - {{ name: again, type: value, value: "${{ doubled + 1 }}" }}
  - {{ name: high, type: value, value: "${{ pay > 2 }}", declassify: true }}
  - {{ name: open, type: value, value: "${{ high }}" }}
  - {{ name: free, type: value, value: 1 }}
aggregation: {{ strategy: first }}
"""


def told(folder: Path, operation: str) -> list[str]:
    files = {
        name: text.replace("URL", "http://127.0.0.1:9").replace("NOTES", MAY)
        for name, text in FILES.items()
    }
    files["profiles/team.yaml"] = OWN
    config = write(folder, files)
    gateway = build_gateway([config], {}, observe=lambda _: None)
    clock = gateway.pipeline.clock
    who = RequestContext("r", clock.now(), clock.wall())
    found = gateway.current.explained(operation, who)
    assert found is not None
    assert found.as_json()["inherited"]
    said = (line.replace(f"{folder}/", "") for line in lines_of(found))
    return [line for line in said if "policy of" in line]


def test_a_step_is_told_with_the_policy_that_it_inherits(tmp_path: Path) -> None:
    """By what it reads, however far below; not past what declassifies."""
    assert told(tmp_path, "team") == [
        "# step doubled inherits the policy of step pay (profiles/team.yaml:6:49)",
        "# step again inherits the policy of step pay (profiles/team.yaml:6:49)",
        "# step high declassifies the policy of step pay (profiles/team.yaml:6:49)",
    ]


def test_steps_of_objects_inherit_too(tmp_path: Path) -> None:
    """Those of an entity file, in every operation that leads to the type."""
    (line,) = told(tmp_path, "person")
    assert line.startswith(
        "# step offers inherits the policy of step notes (profiles/people.yaml:8:"
    )
