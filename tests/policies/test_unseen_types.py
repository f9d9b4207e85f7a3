"""No answer names a type that is hidden from its caller, whatever object it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson

from gateway.app import build_gateway
from gateway.request.model import Asking, Caller, RequestContext
from tests.project import write

FILES = {
    "headwater.yaml": """
policies: { inner: { when: "'inner' in request.claims.scope", deny: hide } }
""",
    "schema/s.graphql": """
type Query { told: [Found]  named: [Found]  parties: [Party] }
union Found = Open | Case
type Open implements Party { id: ID! }
type Case @tag(name: "inner") { id: ID! }
interface Party { id: ID! }
type Half implements Party { id: ID!, more: String @tag(name: "inner") }
""",
    "profiles/told.yaml": """
language: 1
operation: told
steps:
  - name: told
    type: value
    value: [{ id: a, kind: o }, { id: b, kind: c }]
    type_by: { field: kind, types: { o: Open, "*": Case } }
""",
    "profiles/named.yaml": """
language: 1
operation: named
steps:
  - name: named
    type: value
    value: [{ id: a, __typename: Open }, { id: b, __typename: Case }]
""",
    "profiles/parties.yaml": """
language: 1
operation: parties
steps: [{ name: parties, type: value, value: [{ id: a, __typename: Half }] }]
""",
}


async def test_an_object_of_a_hidden_type_is_null(tmp_path: Path) -> None:
    """One of which something may be seen keeps its name; others see all of them."""
    gateway = build_gateway([write(tmp_path, FILES)], {})

    async def asked(query: str, scope: str) -> Any:
        clock = gateway.pipeline.clock
        caller = Caller("ann", {"scope": [scope]})
        request = RequestContext("r", clock.now(), clock.wall(), caller=caller)
        answer = await gateway.pipeline.answer(gateway.current, Asking(query), request)
        return orjson.loads(orjson.dumps(answer.as_json()))

    for name in ("told", "named"):
        query = f"{{ {name} {{ __typename }} }}"
        opened, case = {"__typename": "Open"}, {"__typename": "Case"}
        for _ in range(3):  # by the reference path first, compiled where it can be
            said = await asked(query, "")
            assert said["data"] == {name: [opened, None]}
            (error,) = said["errors"]
            assert error["path"] == [name, 1]
            assert "Case" not in error["message"]
            assert await asked(query, "inner") == {"data": {name: [opened, case]}}
    said = await asked("{ parties { __typename id } }", "")
    assert said == {"data": {"parties": [{"__typename": "Half", "id": "a"}]}}
