"""What is hidden of values is as unknown in variables as it is in a document."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gateway.app import Gateway, build_gateway
from gateway.request.model import Asking, RequestContext
from tests.project import write

SDL = """
type Query { other(kind: Kind): String }
enum Kind { OPEN }
"""
MORE = """
input By { id: ID, inner: Inner }
input Inner { secret: ID }
enum Level { LOW }
"""
FOUND = """
language: 1
operation: found
returns: String
steps: [{ name: found, type: value, value: x }]
"""
ACME = """
language: 1
extends: found
match: { tenant: [acme] }
args: { by: By, level: Level }
"""
OTHER = FOUND.replace("found", "other").replace("returns: String\n", "")


def served(folder: Path, more: str = "") -> Gateway:
    files = {
        "headwater.yaml": "limits: { depth: 15 }\n",
        "schema/s.graphql": SDL + more,
        "profiles/found.yaml": FOUND,
        "profiles/other.yaml": OTHER,
    }
    if more:
        files["profiles/acme.yaml"] = ACME
    gateway = build_gateway([write(folder, files)], {}, observe=lambda _: None)
    assert [p for p in gateway.current.problems if p.severity == "error"] == []
    return gateway


async def asked(gateway: Gateway, asking: Asking, tenant: str) -> Any:
    clock = gateway.pipeline.clock
    who = RequestContext("r", clock.now(), clock.wall(), tenant=tenant)
    answer = await gateway.pipeline.answer(gateway.current, asking, who)
    return answer.as_json()


BY = "query Q($by: By) { found(by: $by) }"
LEVEL = "query Q($level: Level) { found(level: $level) }"


@pytest.mark.parametrize(
    ("document", "variables"),
    [
        (BY, {"by": {"inner": {"secret": "1"}}}),
        (BY, {"by": {"inner": None}}),
        (BY, {"by": {"id": "1", "inner": {}}}),
        (LEVEL, {"level": "LOW"}),
        (LEVEL, {"level": None}),
        (LEVEL, {}),
        ('{ found(by: { inner: { secret: "1" } }) }', {}),
        ("{ found(level: LOW) }", {}),
        ("query Q($by: By = { inner: {} }) { found(by: $by) }", {}),
    ],
)
async def test_what_is_hidden_is_refused_as_what_is_not_there(
    tmp_path: Path, document: str, variables: dict[str, Any]
) -> None:
    """In the same words as where the schema has never had it; others are answered."""
    gateway = served(tmp_path / "hidden", MORE)
    other = served(tmp_path / "unknown")
    asking = Asking(document, None, variables)
    for _ in range(2):
        said = await asked(gateway, asking, "eu")
        assert said == await asked(other, asking, "eu")
        assert "errors" in said
        assert await asked(gateway, asking, "acme") == {"data": {"found": "x"}}
