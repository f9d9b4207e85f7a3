"""Every door asks who you are, and in the same words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from tests.identity.conftest import JWT, KEY, WHO, Asked, asking
from tests.identity.issuing import good

REFUSED = (401, "UNAUTHENTICATED")
NO_TENANT = (403, "FORBIDDEN")


def bearer(**claims: Any) -> dict[str, str]:
    return {"authorization": f"Bearer {good(**{'tenant': 'acme', **claims})}"}


def test_a_token_is_who_asks(asked: Asked) -> None:
    """Again and again, by the same connection and by others."""
    one, two = bearer(roles=["ops"]), bearer(sub="bob", tenant="beta")
    for _ in range(3):
        assert asked.who(**one) == ("ada", "acme", ["ops"])
        assert asked.who(**two) == ("bob", "beta", [])
        assert asked.who() == REFUSED
    assert asked.provider.asked == 1


def test_an_api_key_is_who_holds_it(asked: Asked) -> None:
    """In its header, or as a bearer token."""
    holder = ("partner", "acme", ["reader"])
    assert asked.who(x_api_key=KEY) == holder
    assert asked.who(authorization=f"Bearer {KEY}") == holder
    for wrong in (KEY[:-1], KEY + "x", "", "hw_", "x" * 10_000):
        assert asked.who(x_api_key=wrong) == REFUSED


def test_two_credentials_are_one_too_many(asked: Asked) -> None:
    """Whichever of them was meant."""
    assert asked.who(**bearer(), x_api_key=KEY) == REFUSED
    reply = asked.client.post(
        "/graphql",
        json={"query": WHO},
        headers=[*bearer().items(), *bearer(sub="eve").items()],
    )
    assert reply.status_code == 401


def test_a_tenant_that_is_not_served_is_refused(asked: Asked) -> None:
    """He has proven who he is, so it is no 401."""
    assert asked.who(**bearer(tenant="gamma")) == NO_TENANT
    assert asked.who(**bearer(tenant=None)) == NO_TENANT


def test_who_is_refused_learns_how_to_ask_and_nothing_else(asked: Asked) -> None:
    """A challenge, in the words of RFC 6750."""
    nothing = asked.client.post("/graphql", json={"query": WHO})
    wrong = asked.client.post("/graphql", json={"query": WHO}, headers=bearer(exp=1))
    assert nothing.headers["www-authenticate"] == 'Bearer realm="headwater"'
    assert wrong.headers["www-authenticate"] == (
        'Bearer realm="headwater", error="invalid_token"'
    )
    assert nothing.json() == {
        "errors": [
            {
                "message": "This needs credentials, and none came with it.",
                "extensions": {"code": "UNAUTHENTICATED"},
            }
        ]
    }
    message = wrong.json()["errors"][0]["message"]
    assert message == "The credentials are not accepted."
    assert nothing.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("method", "path", "body", "accept"),
    [
        ("POST", "/graphql", {"query": WHO}, "application/json"),
        ("POST", "/graphql", {"query": "{"}, "application/json"),
        ("POST", "/graphql", {"query": "{ __schema { types { name } } }"}, "*/*"),
        ("GET", "/graphql?query=%7B__typename%7D", None, "application/json"),
        ("POST", "/graphql", {"query": WHO}, "text/event-stream"),
        ("POST", "/graphql", {"query": WHO}, "multipart/mixed"),
        ("POST", "/graphql", {"query": WHO}, "image/png"),
        ("PUT", "/graphql", None, "*/*"),
        ("GET", "/api/me", None, "*/*"),
        ("GET", "/api/nothing", None, "*/*"),
        ("OPTIONS", "/api/me", None, "*/*"),
        ("GET", "/api/openapi.json", None, "*/*"),
        ("POST", "/mcp", {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}, "*/*"),
        ("GET", "/-/explain/me", None, "*/*"),
        ("POST", "/-/cache/invalidate", {"tags": ["a"]}, "*/*"),
    ],
)
def test_no_door_is_open_to_nobody(
    asked: Asked, method: str, path: str, body: Any, accept: str
) -> None:
    """And none says first what else it does not like about a request."""
    reply = asked.client.request(method, path, json=body, headers={"accept": accept})
    assert reply.status_code == 401
    assert reply.headers["www-authenticate"] == 'Bearer realm="headwater"'


@pytest.mark.parametrize("path", ["/health", "/health?live", "/readiness", "/metrics"])
def test_who_watches_the_process_needs_no_token(asked: Asked, path: str) -> None:
    """As the operations guide says."""
    assert asked.client.get(path).status_code == 200


def test_rest_and_agents_know_who_asks(asked: Asked) -> None:
    """By the same token."""
    reply = asked.client.get("/api/me", headers=bearer())
    assert reply.json()["told"]["subject"] == "ada"
    assert "authorization" in reply.headers["vary"]
    assert "x-api-key" in reply.headers["vary"]
    calling = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "tools/call",
        "params": {"name": "me", "arguments": {}},
    }
    headers = {**bearer(sub="bob"), "accept": "application/json, text/event-stream"}
    answer = asked.client.post("/mcp", json=calling, headers=headers)
    assert "bob" in answer.text


# -- sockets ----------


def socket(asked: Asked, init: Any, **headers: str) -> Any:
    """What a query over a socket comes to, or why the socket is closed."""
    with connect(
        f"ws://127.0.0.1:{asked.port}/graphql",
        subprotocols=[Subprotocol("graphql-transport-ws")],
        additional_headers=headers,
    ) as found:
        first = {"type": "connection_init", "payload": init}
        found.send(json.dumps(first))
        try:
            assert json.loads(found.recv(10)) == {"type": "connection_ack"}
            asking = {"id": "1", "type": "subscribe", "payload": {"query": WHO}}
            found.send(json.dumps(asking))
            message = json.loads(found.recv(10))
        except ConnectionClosed as closed:
            end = closed.rcvd
            return end and (end.code, end.reason.partition(" (request ")[0])
        return message["payload"]["data"]["me"]["told"]["subject"]


def test_a_socket_says_who_asks_by_its_handshake_or_its_first_message(
    asked: Asked,
) -> None:
    """A browser cannot set a header of a handshake."""
    assert socket(asked, {}, **bearer()) == "ada"
    assert socket(asked, bearer(sub="bob")) == "bob"
    assert socket(asked, {"headers": {"X-Api-Key": KEY}}) == "partner"
    assert socket(asked, bearer(sub="eve"), **bearer()) == "ada"


def test_a_socket_of_nobody_is_closed(asked: Asked) -> None:
    """Before an operation is looked at."""
    told = "This needs credentials, and none came with it."
    assert socket(asked, None) == (4403, told)
    assert socket(asked, {}) == (4403, told)
    masked = "The credentials are not accepted."
    assert socket(asked, bearer(exp=1)) == (4403, masked)
    assert socket(asked, {"authorization": "Bearer x"}) == (4403, masked)
    assert socket(asked, {"authorization": 5}) == (4403, told)


def test_pages_about_the_process_ask_too_where_that_is_wished(tmp_path: Path) -> None:
    """But for what balancers ask."""
    files = {
        "headwater.yaml": f"server: {{ pages: proven }}\nauth: {{ jwt: [{JWT}] }}\n"
    }
    with asking(tmp_path, "", files) as one:
        for path in ("/metrics", "/health", "/-/versions", "/health?verbose"):
            reply = one.client.get(path)
            assert reply.status_code == 401
            assert reply.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
            assert one.client.get(path, headers=bearer()).status_code == 200
        for path in ("/health?live", "/health?ready", "/healthcheck", "/readiness"):
            assert one.client.get(path).status_code == 200
