"""The agents' door, asked by the SDK's own client: over HTTP, and over stdio."""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from gateway.doors.agents.http import routes
from gateway.doors.agents.settings import AgentSettings
from gateway.request.adapter import Plans
from gateway.schema.server import application
from gateway.schema.serving import ServerSettings
from tests.project import write
from tests.serving import Bank, generation, running

if TYPE_CHECKING:  # the SDK takes a second, which each process would pay to collect
    from mcp import Client

ERAS = ("legacy", "2026-07-28")
JSON = {"content-type": "application/json", "accept": "application/json"}


@pytest.fixture
def bank() -> Bank:
    """A gateway that nobody serves yet."""
    return Bank()


@pytest.fixture
def settings() -> AgentSettings:
    """What a deployment gives that says no more than `agents: true`."""
    return AgentSettings(result=2_000, body=10_000)


@pytest.fixture
def port(bank: Bank, settings: AgentSettings) -> Iterator[int]:
    """A real server with the door."""
    own = ServerSettings(elsewhere=frozenset({settings.path}))
    app = application(bank, own, routes=routes(bank, settings))
    with running(app) as found:
        yield found


@pytest.fixture(params=ERAS)
def connect(port: int, request: pytest.FixtureRequest) -> Callable[[], Client]:
    """Makes the SDK's client, in both eras of the protocol."""
    from mcp import Client

    return lambda: Client(f"http://127.0.0.1:{port}/mcp", mode=request.param)


async def test_an_operation_is_a_tool_that_gives_its_data(
    connect: Callable[[], Client],
) -> None:
    """As structured content, and as the same JSON for a model to read."""
    async with connect() as client:
        result = await client.call_tool("customer", {"id": "7"})
        assert result.structured_content == {"customer": {"id": "7", "name": "Ada"}}
        assert json.loads(result.content[0].text) == result.structured_content
        assert not result.is_error
        few = await client.call_tool("customer", {"id": "7", "fields": ["name"]})
        assert few.structured_content == {"customer": {"name": "Ada"}}


async def test_tools_say_what_they_take_and_whether_they_change(
    connect: Callable[[], Client],
) -> None:
    """Mutations and free queries are not offered unless the deployment says so."""
    async with connect() as client:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        assert [*tools] == [
            "customer",
            "echo",
            "search_schema",
            "describe_type",
            "plan",
        ]
        taken = tools["customer"].input_schema
        assert taken["required"] == ["id"]
        assert taken["properties"]["id"] == {"type": "string"}
        assert tools["customer"].annotations is not None
        assert tools["customer"].annotations.read_only_hint is True


async def test_a_forbidden_tool_is_as_unknown_as_one_that_never_was(
    connect: Callable[[], Client], bank: Bank
) -> None:
    """What the caller may not have leaves no trace."""
    from mcp.shared.exceptions import MCPError

    async with connect() as client:
        told = []
        for name in ("rename", "query", "nosuch"):
            with pytest.raises(MCPError) as refused:
                await client.call_tool(name, {"id": "1", "name": "x"})
            told.append((refused.value.code, refused.value.message.replace(name, "*")))
        assert set(told) == {(-32602, "There is no tool '*' here.")}
        assert bank.ledger.calls == []


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({}, "'customer' needs the argument 'id'."),
        ({"id": "1", "nam": 1}, "'customer' has no argument 'nam'."),
        ({"id": "1", "fields": ["nam"]}, "Did you mean 'name'?"),
        ({"id": "1", "fields": ["name } } mutation { x"]}, "has no field"),
        ({"id": "1", "fields": ["name.x"]}, "'name' is a String"),
        ({"id": "1", "fields": ["." * 2_000]}, "more than 15 names"),
        ({"id": {"a": 1}}, "$id"),
    ],
)
async def test_arguments_that_do_not_fit_are_named(
    port: int, bank: Bank, arguments: dict[str, object], told: str
) -> None:
    """As the tool's result, which a model can put right; nothing is called."""
    from mcp import Client

    async with Client(f"http://127.0.0.1:{port}/mcp", mode=ERAS[1]) as client:
        result = await client.call_tool("customer", arguments)
    assert result.is_error
    (error,) = result.structured_content["errors"]
    assert told in error["message"]
    assert error["code"] == "BAD_USER_INPUT"
    assert bank.ledger.calls == []


async def test_mutations_are_tools_where_the_deployment_says_so(bank: Bank) -> None:
    """And say that they change something."""
    from mcp import Client

    settings = AgentSettings(result=2_000, body=10_000, mutations=True)
    own = ServerSettings(elsewhere=frozenset({settings.path}))
    app = application(bank, own, routes=routes(bank, settings))
    with running(app) as port:
        async with Client(f"http://127.0.0.1:{port}/mcp", mode=ERAS[1]) as client:
            tools = {tool.name: tool for tool in (await client.list_tools()).tools}
            hints = tools["rename"].annotations
            assert hints is not None
            assert (hints.read_only_hint, hints.destructive_hint) == (False, True)
            result = await client.call_tool("rename", {"id": "7", "name": "Bo"})
    assert not result.is_error, result.structured_content
    assert len(bank.ledger.calls) == 1


async def test_a_failure_is_a_result_with_its_code_and_without_secrets(
    connect: Callable[[], Client],
) -> None:
    """A bug of a source tells nothing of itself."""
    async with connect() as client:
        down = await client.call_tool("customer", {"id": "down"})
        assert down.is_error
        assert down.structured_content["errors"][0]["code"] == "UPSTREAM_UNREACHABLE"
        bug = await client.call_tool("customer", {"id": "bug"})
        assert bug.is_error
        assert "secret detail" not in bug.content[0].text


async def test_a_result_too_large_is_an_error_that_says_what_is(
    connect: Callable[[], Client],
) -> None:
    """Never JSON that ends in the middle."""
    async with connect() as client:
        result = await client.call_tool("echo", {"value": ["x" * 100] * 50})
        assert result.is_error
        (error,) = result.structured_content["errors"]
        assert error["code"] == "RESULT_TOO_LARGE"
        assert "echo (50 rows) 5 KB" in error["message"]


async def test_the_schema_is_searched_and_described(
    connect: Callable[[], Client],
) -> None:
    """Names first; mutations are not found where agents may only read."""
    async with connect() as client:
        found = await client.call_tool(
            "search_schema", {"query": "customers", "limit": 1}
        )
        assert found.structured_content["matches"] == [
            {
                "kind": "operation",
                "name": "customer",
                "sdl": "Query.customer(id: ID!): Customer",
                "tool": "customer",
            }
        ]
        none = await client.call_tool("search_schema", {"query": "rename"})
        assert none.structured_content == {"matches": []}
        type_ = await client.call_tool("describe_type", {"name": "Customer"})
        assert type_.content[0].text == "type Customer {\n  id: ID!\n  name: String!\n}"


async def test_plans_are_for_those_who_may_see_them(
    connect: Callable[[], Client], bank: Bank
) -> None:
    """For all others the tool does not exist; a reload decides at the next call."""
    from mcp.shared.exceptions import MCPError

    async with connect() as client:
        query = {"query": '{ customer(id: "7") { name } }'}
        plan = await client.call_tool("plan", query)
        assert plan.structured_content["plan"]["steps"][0]["status"] == "planned"
        bank.current = generation(2, source=bank.ledger, plans=Plans.NOBODY)
        assert "plan" not in [tool.name for tool in (await client.list_tools()).tools]
        with pytest.raises(MCPError, match="There is no tool 'plan' here"):
            await client.call_tool("plan", query)
        assert bank.ledger.calls == []


async def test_documentation_can_be_read(connect: Callable[[], Client]) -> None:
    """Of operations, of types, of all; and nothing else."""
    from mcp.shared.exceptions import MCPError

    async with connect() as client:
        listed = [str(one.uri) for one in (await client.list_resources()).resources]
        page = "headwater://operations/customer"
        assert listed == ["headwater://schema", page, "headwater://operations/echo"]
        read = await client.read_resource(page)
        assert "- `id` (required)" in read.contents[0].text
        with pytest.raises(MCPError, match="nothing to read"):
            await client.read_resource("headwater://operations/rename")
        prompt = await client.get_prompt("explore_operation", {"operation": "customer"})
        assert "# customer" in prompt.messages[0].content.text


async def test_who_goes_away_ends_the_call(port: int, bank: Bank) -> None:
    """The source's call is cancelled with the request."""
    call = {"name": "customer", "arguments": {"id": "slow"}}
    asked = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call}
    url = f"http://127.0.0.1:{port}/mcp"
    async with httpx.AsyncClient() as client:
        asking = asyncio.create_task(client.post(url, json=asked, headers=JSON))
        assert await asyncio.to_thread(bank.ledger.started.wait, 10)
        asking.cancel()
        assert await asyncio.to_thread(bank.ledger.cancelled.wait, 10)


PACKED = gzip.compress(b'{"jsonrpc":"2.0","id":1,"method":"ping"}', mtime=0)
BAD = [
    ("a batch", b"[{}]", {}, 400),
    ("no JSON", b"{", {}, 400),
    ("NaN", b'{"id": NaN}', {}, 400),
    ("an odd id", b'{"jsonrpc": "2.0", "id": 1.5, "method": "ping"}', {}, 400),
    ("a method without end", b'{"id":1,"method":"%s"}' % (b"x" * 9_000), {}, 400),
    ("too large", b" " * 10_001, {}, 413),
    ("no JSON by its type", b"{}", {"content-type": "text/plain"}, 415),
    ("compressed", PACKED,
     {"content-encoding": "gzip"}, 415),
    ("said to be compressed", b'{"jsonrpc":"2.0","id":1,"method":"ping"}',
     {"content-encoding": "x-gzip"}, 415),
    ("another page", b"{}", {"origin": "https://evil.example"}, 403),
    ("a page as if local", b"{}", {"origin": "http://localhost@evil.example"}, 403),
    ("another host", b"{}", {"host": "evil.example"}, 421),
    ("nothing said", b"{}", {}, 400),
    ("an older protocol", b'{"jsonrpc":"1.0","id":1,"method":"ping"}', {}, 400),
    ("no method", b'{"jsonrpc":"2.0","id":1,"method":{}}', {}, 400),
    ("a list", b'{"jsonrpc":"2.0","id":1,"method":"ping","params":[1]}', {}, 400),
    ("half an answer", b'{"jsonrpc":"2.0","id":1,"error":{"code":true}}', {}, 400),
    ("an answer to nothing", b'{"jsonrpc":"2.0","result":{}}', {}, 400),
    ("a version of nobody", b'{"jsonrpc":"2.0","id":1,"method":"ping"}',
     {"mcp-protocol-version": "1999-01-01"}, 400),
]  # fmt: skip


@pytest.mark.parametrize(("name", "body", "headers", "status"), BAD)
async def test_what_is_no_message_is_refused_in_the_protocols_words(
    port: int, name: str, body: bytes, headers: dict[str, str], status: int
) -> None:
    """And the next good one is answered."""
    url = f"http://127.0.0.1:{port}/mcp"
    async with httpx.AsyncClient() as client:
        said = await client.post(url, content=body, headers={**JSON, **headers})
        assert said.status_code == status, name
        assert set(said.json()) == {"jsonrpc", "id", "error"}
        assert len(said.content) < 1_000
        assert "pydantic" not in said.text
        ping = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
        good = await client.post(url, json=ping, headers=JSON)
        assert good.json()["result"] == {}


async def test_there_is_no_stream_to_hold(port: int) -> None:
    """GET would keep a connection that shutting down has to wait for."""
    async with httpx.AsyncClient() as client:
        said = await client.get(f"http://127.0.0.1:{port}/mcp")
    assert (said.status_code, said.headers["allow"]) == (405, "POST")


PROFILE = """
language: 1
operation: who
description: Says who asks.
args: {{ tone: String = "kind" }}
steps:
  - name: answer
    type: value
    value: "${{ {{'tenant': request.tenant, 'tone': tone}} }}"
    returns: Answer
{more}
"""
SDL = """
type Query { who(tone: String = "kind"): Who }
type Who { answer: Answer }
type Answer { tenant: String, tone: String }
"""


async def test_the_command_serves_an_agent_that_started_it(tmp_path: Path) -> None:
    """Saved operations are tools; the tenant is the option's; stdout is protocol."""
    from mcp import Client, StdioServerParameters

    config = write(
        tmp_path,
        {
            "headwater.yaml": "operations: ./operations\n"
            "agents: { operations: saved }\n",
            "profiles/who.yaml": PROFILE.format(more="").replace(
                'args: { tone: String = "kind" }\n', ""
            ).replace("description: Says who asks.\n", ""),
            "schema/who.graphql": SDL,
            "operations/askWho.graphql": "# Who asks, and how.\n"
            'query askWho($tone: String = "dry") { who(tone: $tone)'
            " { answer { tenant tone } } }",
        },
    )  # fmt: skip
    arguments = ["-m", "gateway", "mcp", "-c", str(config), "--tenant", "acme"]
    started = StdioServerParameters(
        command=sys.executable,
        args=arguments,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
    )
    async with Client(started) as client:
        tools = (await client.list_tools()).tools
        assert [tool.name for tool in tools] == ["askWho", "plan"]
        assert tools[0].description == "Who asks, and how."
        assert tools[0].input_schema["properties"]["tone"]["default"] == "dry"
        result = await client.call_tool("askWho", {})
    assert result.structured_content == {
        "who": {"answer": {"tenant": "acme", "tone": "dry"}}
    }
