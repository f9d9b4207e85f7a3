"""`/-/explain`, `/api`, tools of agents: what doors tell of profiles, and to whom."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from gateway.app import build_gateway
from gateway.doors.agents.catalog import catalog_of
from gateway.doors.agents.settings import AgentSettings
from gateway.doors.rest.endpoint import RestDoor
from gateway.schema.exchange import Receive, Scope, Send
from gateway.schema.server import application
from gateway.schema.serving import ServerSettings
from tests.loading.test_variants import ACME, ACME_ASKS, BASE, WHO

OPEN = "profiles: ./profiles\nauth: { trust_headers: true }\n"
OPERATIONS = "operations: ./operations\n"
SECRET = "language: 1\noperation: secret\nmatch: { tenant: [acme] }\n"
SECRET += "steps: [{ name: only, type: value, value: 1 }]\n"


def client_of(folder: Path, *, plan: str = "'true'") -> httpx.AsyncClient:
    files = {
        "headwater.yaml": f"{OPEN}{OPERATIONS}plan: {{ when: {plan} }}\n",
        "profiles/overview.yaml": BASE,
        "profiles/acme.yaml": ACME,
        "profiles/secret.yaml": SECRET,
        "operations/mine.graphql": "query mine { overview(id: 1) { disputes } }\n",
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    config = [folder / "headwater.yaml"]
    gateway = build_gateway(config, {}, observe=lambda _: None)
    app = application(gateway, ServerSettings())
    rest = RestDoor(gateway, "/api")
    both = {"/api": rest}

    async def asgi(scope: Scope, receive: Receive, send: Send) -> None:
        inner = both.get("/" + scope["path"].split("/")[1], app)
        await inner(scope, receive, send)

    transport = httpx.ASGITransport(app=asgi)
    return httpx.AsyncClient(transport=transport, base_url="http://test")


async def test_who_may_see_plans_is_told_which_profile_serves_whom(
    tmp_path: Path,
) -> None:
    """About himself, or about whom the URL names."""
    client = client_of(tmp_path, plan='"request.claims.ops == true"')
    ops = {"x-claims": '{"ops": true}'}
    own = (await client.get("/-/explain/overview", headers=ops)).json()
    assert own["profile"]["name"] == "overview"
    about = "/-/explain/overview?tenant=acme"
    acme = (await client.get(about, headers=ops)).json()
    assert acme["profile"]["name"] == "acme"
    assert acme["hidden"] == ["Overview.fraud"]
    assert [c["why"] for c in acme["candidates"]] == ["it matches", "acme matches"]
    assert (await client.get(about)).status_code == 403
    assert (await client.get("/-/explain/nothing", headers=ops)).status_code == 404
    assert (await client.get("/-/explain/nothing")).status_code == 403


async def test_the_plan_says_which_profile_served(tmp_path: Path) -> None:
    """Of each root field, by name and file."""
    client = client_of(tmp_path, plan='"true"')
    asked = {"query": "{ o: overview(id: 1) { account } }"}
    headers = {"x-tenant": "acme", "headwater-plan": "include"}
    came = (await client.post("/graphql", json=asked, headers=headers)).json()
    (found,) = came["extensions"]["plan"]["profiles"].items()
    assert found[0] == "o"
    assert found[1]["name"] == "acme"
    assert found[1]["file"].endswith("acme.yaml")


ACME_HEADERS = {"x-tenant": "acme"}


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/overview?id=1&fields=account", (200, 200)),
        ("/api/overview?id=1&fields=fraud", (200, 400)),
        ("/api/overview?id=1&fields=disputes", (400, 200)),
        ("/api/overview?id=1&deep=true&fields=account", (400, 200)),
        ("/api/secret", (404, 200)),
        ("/api/operations/mine", (404, 200)),
    ],
)
async def test_resources_are_those_that_the_caller_sees(
    tmp_path: Path, path: str, status: tuple[int, int]
) -> None:
    """Operations, fields, arguments and saved operations of others are not there."""
    client = client_of(tmp_path)
    anybody = await client.get(path)
    acme = await client.get(path, headers=ACME_HEADERS)
    assert (anybody.status_code, acme.status_code) == status


async def test_each_caller_reads_his_own_description(tmp_path: Path) -> None:
    """One after the other, from one process."""
    client = client_of(tmp_path)
    for _ in range(2):
        anybody = (await client.get("/api/openapi.json")).text
        acme = (await client.get("/api/openapi.json", headers=ACME_HEADERS)).text
        assert ("disputes" in anybody, "secret" in anybody) == (False, False)
        assert ("disputes" in acme, "fraud" in acme) == (True, False)


def test_agents_have_tools_of_what_they_see(tmp_path: Path) -> None:
    """Those of other audiences are neither listed nor known."""
    client_of(tmp_path)
    gateway = build_gateway([tmp_path / "headwater.yaml"], {}, observe=lambda _: None)
    current = gateway.current
    settings = AgentSettings()

    def tools(who: object) -> set[str]:
        seen = current.seen_by(current.offered(who))  # type: ignore[arg-type]
        return {*catalog_of(seen, settings).tools}

    assert {"overview", "secret", "mine"} - tools(WHO) == {"secret", "mine"}
    assert {"overview", "secret", "mine"} <= tools(ACME_ASKS)
