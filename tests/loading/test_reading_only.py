"""What only reads sends no PUT, PATCH or DELETE without a word."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.loading.loader import Loader
from gateway.loading.opening import open_nothing
from tests.project import write

SAID = (
    ":{line}: step 'one' sends {method}, and a query changes nothing: whoever looks at "
    "it calls it, again and again — make the operation a mutation (kind: mutation), or "
    "write 'idempotent: true' where it only reads"
)
OPERATION = """language: 1
operation: a
args: {{ id: ID! }}
{kind}
steps:
  - {{ name: one, endpoint: "/x/{{id}}", {keys} }}
"""
ENTITY = """language: 1
entity: Thing
key: [id]
steps:
  - {{ name: one, endpoint: "/x/{{self.id}}", {keys} }}
"""


@pytest.mark.parametrize(
    ("text", "kind", "keys", "line"),
    [
        (OPERATION, "kind: query", "method: DELETE", "6:39"),
        (OPERATION, "kind: query", "method: PUT, idempotent: true", None),
        (OPERATION, "kind: query", "method: POST", None),
        (OPERATION, "kind: mutation", "method: DELETE", None),
        (ENTITY, "", "method: PATCH", "5:44"),
        (ENTITY, "", "method: GET", None),
    ],
)
def test_a_query_that_changes_something_is_warned_about(
    tmp_path: Path, text: str, kind: str, keys: str, line: str | None
) -> None:
    """At the method; whoever knows better says so with `idempotent`."""
    config = write(
        tmp_path,
        {
            "headwater.yaml": "sources: { default: { url: 'http://127.0.0.1:9' } }",
            "schema/a.graphql": "type Thing { id: ID one: JSON }\nscalar JSON",
            "profiles/a.yaml": text.format(kind=kind, keys=keys),
        },
    )
    found = [str(p) for p in Loader([config], {}, open_nothing).check()]
    told = [p.partition("a.yaml")[2] for p in found if "a query changes" in p]
    method = keys.partition(" ")[2]
    assert told == ([SAID.format(line=line, method=method)] if line else [])
