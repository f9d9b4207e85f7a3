"""What a router names objects by tells nobody of types and keys that are hidden."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from gateway.app import build_gateway
from gateway.request.model import Asking, Caller, RequestContext
from tests.project import write

FILES = {
    "headwater.yaml": """
federation: true
policies: { inner: { when: "'inner' in request.claims.scope", deny: hide } }
""",
    "schema/s.graphql": """
type Query { person: Person }
type Person @key(fields: "id") @key(fields: "iban") {
  id: ID!, iban: ID @tag(name: "inner"), case: Case, name: String
}
type Case @key(fields: "id") @tag(name: "inner") { id: ID! }
""",
    "profiles/person.yaml": """
language: 1
operation: person
steps: [{ name: person, type: value, value: { id: a, iban: b, case: { id: c } } }]
""",
    "profiles/Person.yaml": """
language: 1
entity: Person
lookup:
  - name: whole
    type: value
    value: { id: a, iban: b, name: Ada, case: { id: c } }
    provides: [id, iban, name, case]
""",
}


async def named(folder: Path, scope: str, **one: str) -> tuple[Any, list[str]]:
    """What `_entities` gives for one representation, and the errors."""
    gateway = build_gateway([write(folder, FILES)], {})
    query = "query($r: [_Any!]!) { _entities(representations: $r) { __typename } }"
    clock = gateway.pipeline.clock
    request = RequestContext(
        "r", clock.now(), clock.wall(), caller=Caller("ann", {"scope": [scope]})
    )
    asking = Asking(query, None, {"r": [one]})
    answer = await gateway.pipeline.answer(gateway.current, asking, request)
    said = orjson.loads(orjson.dumps(answer.as_json()))
    (found,) = said["data"]["_entities"]
    return found, [error["message"] for error in said.get("errors", ())]


async def test_a_hidden_type_is_as_one_that_is_not_there(tmp_path: Path) -> None:
    """Whoever guesses its name learns nothing."""
    case = {"__typename": "Case", "id": "c"}
    assert await named(tmp_path, "", **case) == (
        None,
        ["There is no entity type 'Case' here."],
    )
    assert await named(tmp_path, "inner", **case) == ({"__typename": "Case"}, [])


@pytest.mark.parametrize(
    ("scope", "said"),
    [
        ("", (None, ["A representation of 'Person' has 'id'."])),
        ("inner", ({"__typename": "Person"}, [])),
    ],
)
async def test_a_hidden_field_is_no_key(tmp_path: Path, scope: str, said: Any) -> None:
    """Nobody is found by what he must not know of, and no error names it."""
    assert await named(tmp_path, scope, __typename="Person", iban="b") == said
