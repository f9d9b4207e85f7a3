"""What a batch's window may stand beside."""

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
    endpoint: /b
    {}
    batch: {{ key: "${{ self.id }}", query: {{ k: "${{ keys }}" }}, by: k, window: 1s }}
"""


@pytest.mark.parametrize(
    ("share", "wrong"),
    [
        ("share: all", []),
        ("timeout: 1s", []),
        ("share: request", ["7:77"]),
        ("share: none", ["7:77"]),
    ],
)
def test_a_window_shares_with_other_requests(
    tmp_path: Path, share: str, wrong: list[str]
) -> None:
    """So a step that is kept from them cannot have one."""
    for folder in ("profiles", "schema"):
        (tmp_path / folder).mkdir()
    (tmp_path / "schema/s.graphql").write_text(SDL)
    (tmp_path / "profiles/a.yaml").write_text(STEP.format(share))
    (tmp_path / "profiles/root.yaml").write_text(
        "language: 1\noperation: a\n"
        "steps: [{ name: v, type: value, value: { id: 1 } }]\n"
    )
    config = tmp_path / "headwater.yaml"
    config.write_text('sources: { default: { url: "http://upstream.invalid" } }\n')
    found = Loader([config], {}, lambda _: ({}, lambda: None)).check()
    assert [f"{p.span.line}:{p.span.column}" for p in found] == wrong
    assert {p.hint for p in found} <= {"remove one of the two"}
