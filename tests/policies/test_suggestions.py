"""No way in suggests the name of an operation that is hidden from its caller."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from gateway.app import build_gateway
from gateway.cli.listening import asgi
from tests.project import write

FILES = {
    "headwater.yaml": """
api: true
auth: { trust_headers: true }
policies: { inner: { when: "'inner' in request.claims.scope", deny: hide } }
""",
    "schema/s.graphql": """
type Query { cases: [Case!], team: String }
type Case @tag(name: "inner") { id: ID! }
""",
    "profiles/cases.yaml": """
language: 1
operation: cases
steps: [{ name: cases, type: value, value: [{ id: c }] }]
""",
    "profiles/team.yaml": """
language: 1
operation: team
steps: [{ name: team, type: value, value: x }]
""",
}


@pytest.mark.parametrize("broken", [False, True])
async def test_a_hidden_operation_is_as_one_that_is_not_there(
    tmp_path: Path, broken: bool
) -> None:
    """Neither by its name nor by one near it, served or not; others see which it is."""
    files = dict(FILES)
    if broken:
        files["profiles/cases.yaml"] += "nonsense: 1\n"
    gateway = build_gateway([write(tmp_path, files)], {})
    transport = httpx.ASGITransport(asgi(gateway))
    async with (
        gateway.serving(),
        httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client,
    ):

        async def said(name: str, claims: str) -> str:
            headers = {"x-claims": claims}
            answer = (await client.get(f"/api/{name}", headers=headers)).json()
            return str(answer["detail"] if isinstance(answer, dict) else answer)

        for name in ("case", "cases"):
            assert await said(name, "{}") == f"There is no operation '{name}'."
        assert "team" in await said("tean", "{}")
        allowed = '{"scope": ["inner"]}'
        shown = "has no valid version" if broken else "[{'id': 'c'}]"
        assert shown in await said("cases", allowed)
