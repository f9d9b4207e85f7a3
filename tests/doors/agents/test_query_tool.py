"""The tool `query`: what an agent writes is held to what the deployment says."""

from __future__ import annotations

import pytest

from gateway.doors.agents.http import routes
from gateway.doors.agents.settings import AgentSettings
from gateway.schema.server import application
from gateway.schema.serving import ServerSettings
from tests.serving import Bank, running

RENAME = 'mutation { rename(id: "7", name: "Bo") { name } }'
READ = '{ customer(id: "7") { name } }'


@pytest.mark.parametrize("mutations", [False, True])
async def test_an_agent_changes_something_only_where_agents_may(
    mutations: bool,
) -> None:
    """Whatever stands in the document: it is refused before anything is called."""
    from mcp import Client

    bank = Bank()
    settings = AgentSettings(result=2_000, body=10_000, query=True, mutations=mutations)
    own = ServerSettings(elsewhere=frozenset({settings.path}))
    app = application(bank, own, routes=routes(bank, settings))
    with running(app) as port:
        async with Client(f"http://127.0.0.1:{port}/mcp") as client:
            read = await client.call_tool("query", {"query": READ})
            assert not read.is_error
            before = len(bank.ledger.calls)
            changed = await client.call_tool("query", {"query": RENAME})
    if mutations:
        assert changed.structured_content == {"rename": {"name": "Bo"}}
        assert len(bank.ledger.calls) == before + 1
    else:
        (error,) = changed.structured_content["errors"]
        assert (changed.is_error, error["code"]) == (True, "FORBIDDEN")
        assert error["message"] == "Agents may only read here."
        assert len(bank.ledger.calls) == before
