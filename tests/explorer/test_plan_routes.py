"""Plans as pictures, for the page: what is asked, what is answered, who may."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import httpx
import pytest

from gateway.app import Gateway, build_gateway
from gateway.explorer.plan_routes import plan_routes
from gateway.schema.server import application
from gateway.schema.serving import ServerSettings
from tests.drawing.kit import steps_in
from tests.project import write

PROFILE = """\
language: 1
operation: customer
args: { id: ID! }
steps:
  # who it is
  - name: person
    type: mock
    role: required
    timeout: 200ms
    cache: { ttl: 30s }
    replies: { body: { name: Ada, town: t1 } }
  - name: town
    type: value
    when: "flags.towns == true"
    value: "${ {'name': person.town} }"
  - { name: gift, type: value, value: "1" }
"""
VARIANT = """\
language: 1
profile: customer.acme
extends: customer
match: { tenant: [acme] }
remove: [gift]
"""
QUERY = "query Q($id: ID!) { customer(id: $id) { person town } }"
ASKED: dict[str, Any] = {"query": QUERY, "variables": {"id": 7}}
OPS = {"x-claims": '{"ops": true, "author": true}'}


def gateway_of(folder: Path) -> Gateway:
    when, inspect = "request.claims.ops == true", "request.claims.author == true"
    plan = f'{{ when: "{when}", inspect: "{inspect}" }}'
    files = {
        "headwater.yaml": f"auth: {{trust_headers: true}}\nplan: {plan}\n",
        "profiles/customer.yaml": PROFILE,
        "profiles/acme.yaml": VARIANT,
    }
    return build_gateway([write(folder, files)], {}, observe=lambda _: None)


@pytest.fixture
def gateway(tmp_path: Path) -> Gateway:
    return gateway_of(tmp_path)


@pytest.fixture
def client(gateway: Gateway) -> httpx.AsyncClient:
    routes = plan_routes(gateway, 20_000)
    app = application(gateway, ServerSettings(), routes=routes)
    transport = httpx.ASGITransport(app=app)
    return httpx.AsyncClient(transport=transport, base_url="http://test", headers=OPS)


async def planned(client: httpx.AsyncClient, **more: Any) -> dict[str, Any]:
    response = await client.post("/explorer/plan", json={**ASKED, **more})
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found


async def test_a_query_is_answered_by_its_plan_and_a_picture(
    client: httpx.AsyncClient,
) -> None:
    """Every step with its file, its line and its YAML; nothing is called."""
    found = await planned(client, **{"as": {"flags": {"towns": True}}})
    assert [one["status"] for one in found["plan"]["steps"]] == ["planned", "planned"]
    assert found["plan"]["left_out"] == {"gift": "not_selected"}
    svg = ET.fromstring(found["drawing"])  # noqa: S314 - our own
    assert {*steps_in(svg)} == {"customer.person", "customer.town", "gift"}
    person = found["steps"]["customer.person"]
    assert person["file"].endswith("profiles/customer.yaml")
    assert person["line"] == 6
    assert person["yaml"].splitlines()[0] == "name: person"
    assert (
        person["yaml"].splitlines()[-1] == "replies: { body: { name: Ada, town: t1 } }"
    )
    assert person["policy"]["timeout"] == "200ms"
    assert person["cache"] == {"ttl": "30s", "scope": "tenant", "tags": 0}
    town = found["steps"]["customer.town"]
    assert town["reads"] == {"customer.person": ["person.town"]}
    assert town["policy"]["when"] == "flags.towns == true"
    assert found["steps"]["gift"]["yaml"] == '{ name: gift, type: value, value: "1" }'


async def test_it_is_planned_for_whom_the_page_names(client: httpx.AsyncClient) -> None:
    """Another tenant is served by another profile; a flag that is off leaves out."""
    own = await planned(client, **{"as": {"flags": {"towns": False}}})
    assert own["plan"]["left_out"]["town"] == "flag_off"
    assert own["steps"]["town"]["policy"]["when"] == "flags.towns == true"
    acme = await planned(client, **{"as": {"tenant": "acme", "claims": {"ops": False}}})
    assert acme["plan"]["profiles"]["customer"]["name"] == "customer.acme"
    assert "gift" not in acme["plan"]["left_out"]


async def test_who_may_not_see_plans_learns_nothing(client: httpx.AsyncClient) -> None:
    """Before the body is read; naming an operator in it does not help."""
    asked = {**ASKED, "as": {"claims": {"ops": True}}}
    for path in ("/explorer/plan", "/explorer/drawing"):
        found = await client.post(path, json=asked, headers={"x-claims": "{}"})
        assert found.status_code == 403
        assert found.json()["errors"][0]["extensions"] == {"code": "FORBIDDEN"}
        assert "plan.when" in found.json()["errors"][0]["message"]
    own = {"x-claims": '{"ops": true}'}
    found = await client.post("/explorer/plan", json=asked, headers=own)
    assert found.status_code == 403
    assert "plan.inspect" in found.json()["errors"][0]["message"]


@pytest.mark.parametrize(
    ("posted", "status", "said"),
    [
        ({}, 400, "no 'query'"),
        ({"query": 1}, 400, "'query' is not a string"),
        ({"query": "{ nothing }"}, 200, "Cannot query field 'nothing'"),
        ({"query": "{"}, 200, "Syntax Error"),
        ({**ASKED, "as": 1}, 400, "'as' is not an object"),
        ({**ASKED, "as": {"tennant": "a"}}, 400, "'as' has no 'tennant'"),
        ({**ASKED, "x": "y" * 30_000}, 413, "larger than 20,000 bytes"),
    ],
)
async def test_a_bad_question_is_answered_in_a_sentence(
    client: httpx.AsyncClient, posted: dict[str, Any], status: int, said: str
) -> None:
    """As GraphQL spells errors."""
    found = await client.post("/explorer/plan", json=posted)
    assert found.status_code == status
    assert said in found.json()["errors"][0]["message"]


async def test_it_is_asked_by_json_alone(client: httpx.AsyncClient) -> None:
    """So that no form of another page can."""
    form = await client.post("/explorer/plan", data={"query": QUERY})
    assert form.status_code == 415
    get = await client.get("/explorer/plan")
    assert (get.status_code, get.headers["allow"]) == (405, "POST")
    headers = {"content-type": "application/json"}
    broken = await client.post("/explorer/plan", content=b"{", headers=headers)
    assert broken.status_code == 400
    listed = await client.post("/explorer/plan", json=[ASKED])
    assert listed.status_code == 400


async def test_a_plan_that_was_posted_is_drawn(client: httpx.AsyncClient) -> None:
    """Whoever has an answer's plan can see it; what is none is refused."""
    plan = (await planned(client))["plan"]
    found = await client.post("/explorer/drawing", json={"plan": plan})
    svg = ET.fromstring(found.json()["drawing"])  # noqa: S314 - our own
    assert {*steps_in(svg)} == {"customer.person", "customer.town", "gift"}
    for forged in ({}, {"plan": {"steps": [{}]}}, {"plan": []}):
        refused = await client.post("/explorer/drawing", json=forged)
        assert refused.status_code == 400
    refused = await client.post("/explorer/drawing", json={"plan": plan, "form": "png"})
    assert refused.status_code == 400


async def test_a_run_is_told_in_pictures_and_words_or_as_one_file(
    client: httpx.AsyncClient,
) -> None:
    """Each attempt of a request that wants its plan is in it, with its times."""
    headers = {"headwater-plan": "include"}
    answer = (await client.post("/graphql", json=ASKED, headers=headers)).json()
    plan = answer["extensions"]["plan"]
    person = plan["steps"][0]
    assert [(one["n"], one["came"]) for one in person["tries"]] == [(1, "ok")]
    assert {*plan["times"]} == {"before", "steps", "answer"}
    posted = {"plan": plan, "completeness": None, "query": QUERY, "errors": []}
    found = (await client.post("/explorer/drawing", json=posted)).json()
    assert found["words"][0].startswith("2 steps ran with 1 call")
    assert {*steps_in(ET.fromstring(found["waterfall"]))} == {  # noqa: S314
        "customer.person",
        "customer.town",
    }
    page = {**posted, "form": "page"}
    text = (await client.post("/explorer/drawing", json=page)).json()["page"]
    assert text.startswith("<!doctype html>")
    assert "query Q($id: ID!)" in text
    svg = {**posted, "form": "svg"}
    text = (await client.post("/explorer/drawing", json=svg)).json()["svg"]
    assert text.startswith("<svg ")


async def test_an_operation_that_no_valid_profile_serves_is_told_with_its_problem(
    tmp_path: Path,
) -> None:
    """An empty plan would say that nothing is to be called; files are for authors."""
    root = "type Query { customer(id: ID!): String other: String }"
    sdl = {"schema/all.graphql": root}
    wrong = {"profiles/other.yaml": "language: 1\noperation: other\nstepz: []\n"}
    right = {"profiles/customer.yaml": _VALUE}
    config = write(tmp_path, {"headwater.yaml": _SEEN, **sdl, **right, **wrong})
    gateway = build_gateway([config], {}, observe=lambda _: None)
    app = application(gateway, ServerSettings(), routes=plan_routes(gateway, 20_000))
    http = httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app), base_url="http://test", headers=OPS
    )
    alone = await planned(http, query="{ other }")
    assert alone["plan"] is None
    words = alone["errors"][0]["message"]
    assert words.startswith("Operation 'other' has no valid profile at the moment: ")
    assert "other.yaml:3:1: there is no key 'stepz' here" in words
    both = await planned(http, query='{ customer(id: "1") other }')
    assert [one["id"] for one in both["plan"]["steps"]] == ["customer.name"]
    assert both["errors"] == alone["errors"]
    http.headers["x-claims"] = '{"ops": true}'
    told = await planned(http, query="{ other }")
    assert told["errors"][0]["message"] == (
        "Operation 'other' has no valid profile at the moment."
    )


_VALUE = """
language: 1
operation: customer
steps:
  - { name: name, type: value, value: Ada }
"""
_SEEN = """
auth: { trust_headers: true }
schema: ./schema
plan: { when: "request.claims.ops == true", inspect: "has(request.claims.author)" }
"""
