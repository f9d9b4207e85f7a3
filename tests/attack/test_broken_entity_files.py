"""What an entity file would give is not guessed where the file cannot serve."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.app import build_gateway
from gateway.errors import Code
from gateway.request.model import Asking, RequestContext
from gateway.response.model import Answer
from tests.attack.project import Project

SDL = """
    type Query { a: A }
    type A { x: Int, y: Int, z: Int, sum: Int }
"""
OPERATION = """
    language: 1
    operation: a
    steps: [{ name: a, type: value, value: { x: 1 } }]
"""
ENTITY = """
    language: 1
    entity: A
    steps:
      - { name: y, type: value, value: 2 }
      - { name: more, type: value, value: { z: 3 }, provides: [z] }
    fields: { A.sum: self.x + self.y }
"""
STEPS = ENTITY.partition("fields:")[0]
_TIME = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "entity",
    [
        ENTITY + "    stepz: []\n",
        ENTITY.replace("self.x", "selfish.x"),
        ENTITY.replace("value: 2", "valu: 2"),
    ],
)
async def test_a_field_of_a_broken_entity_file_says_so(
    tmp_path: Path, entity: str
) -> None:
    """It is no null without a reason; the object's other fields are there."""
    project = Project.of(tmp_path, SDL, a=OPERATION, entity=entity)
    answer = await asked(project, "{ a { x y z sum } }")

    assert answer.data == {"a": {"x": 1, "y": None, "z": None, "sum": None}}
    assert [(error.path, error.code) for error in answer.errors] == [
        (("a", name), Code.PROFILE_UNAVAILABLE) for name in ("y", "z", "sum")
    ]


async def test_an_operations_own_step_wins_over_a_broken_file(tmp_path: Path) -> None:
    """It would have won over a good one."""
    own = OPERATION.replace("steps: [", "steps: [{ fills: A.y, name: y, value: 7 }, ")
    own = own.replace("value: 7", "type: value, value: '${ self.x + 6 }'")
    project = Project.of(tmp_path, SDL, a=own, entity=STEPS + "    stepz: []\n")
    answer = await asked(project, "{ a { x y } }")

    assert answer.data == {"a": {"x": 1, "y": 7}}
    assert answer.errors == ()


async def asked(project: Project, document: str) -> Answer:
    gateway = build_gateway([project.folder / "headwater.yaml"], {})
    async with gateway.serving():
        request = RequestContext("test", gateway.pipeline.clock.now(), _TIME)
        asking = Asking(document)
        return await gateway.pipeline.answer(gateway.current, asking, request)
