"""A batch's keys in SQL are one list."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.loading.loader import Loader

SDL = "type Query { a: A }\ntype A { id: ID! b: B }\ntype B { name: String }\n"
STEP = """\
language: 1
entity: A
steps:
  - name: b
    type: warehouse
    query: SELECT id, name FROM b WHERE id {}
    batch: {{ key: "${{ self.id }}", by: id }}
"""


@pytest.mark.parametrize(
    ("clause", "wrong"),
    [
        ("IN (:keys)", ["write = ANY(:keys)"]),
        ("in :keys", ["write = ANY(:keys)"]),
        ("= ANY(:keys)", []),
        (
            'IN (:ids)\n    params: { ids: "${ keys.map(k, int(k)) }" }',
            ["write = ANY(:ids)"],
        ),
        ('IN ( :ids )\n    params: { ids: "${ keys }" }', ["write = ANY(:ids)"]),
        ('IN (:one)\n    params: { one: "${ keys[0] }" }', []),
        ('= ANY(:ids)\n    params: { ids: "${ keys }" }', []),
    ],
)
def test_in_does_not_take_a_list(tmp_path: Path, clause: str, wrong: list[str]) -> None:
    """It would fail at the first query; the fix is told when it loads."""
    for folder in ("profiles", "schema"):
        (tmp_path / folder).mkdir()
    (tmp_path / "schema/s.graphql").write_text(SDL)
    (tmp_path / "profiles/a.yaml").write_text(STEP.format(clause))
    (tmp_path / "profiles/root.yaml").write_text(
        "language: 1\noperation: a\n"
        "steps: [{ name: v, type: value, value: { id: 1 } }]\n"
    )
    config = tmp_path / "headwater.yaml"
    config.write_text("sources: { warehouse: { type: duckdb } }\n")
    found = Loader([config], {}, lambda _: ({}, lambda: None)).check()
    assert [p.hint for p in found] == wrong
    assert {(p.span.line, p.span.column) for p in found} <= {(6, 12)}
