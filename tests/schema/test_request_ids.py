"""Every answer says which request it was, by whichever door and however it ended."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from gateway.app import Gateway
from gateway.cli.listening import Wishes, asgi, built
from gateway.telemetry.events import Answered, Crashed, Event
from tests.project import write
from tests.serving import running

FILES = {
    "headwater.yaml": """
api: true
agents: true
cache: { invalidate: { when: "true" } }
""",
    "profiles/told.yaml": """
language: 1
operation: told
steps: [{ name: it, type: value, value: "${ 'x' }" }]
""",
    "profiles/broken.yaml": """
language: 1
operation: broken
steps: [{ name: it, type: value, value: "${ [1][7] }" }]
""",
}
ID = "theirs-17"
PARTS = "multipart/mixed"
LARGE = {"query": "{" + " " * 1_000_001 + "}"}
CALL = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}


class Served:
    """A gateway on a real port, and what it told its operators."""

    def __init__(self, folder: Path, heard: list[Event]) -> None:
        config = write(folder, FILES)
        self.heard = heard
        self.gateway: Gateway = built(Wishes(config=(str(config),)), heard.append)
        self.port = 0


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    found = Served(tmp_path_factory.mktemp("ids"), [])
    with running(asgi(found.gateway), lifespan="on") as found.port:
        yield found


@pytest.fixture(scope="module")
def client(served: Served) -> Iterator[httpx.Client]:
    url = f"http://127.0.0.1:{served.port}"
    with httpx.Client(base_url=url, trust_env=False) as made:
        yield made


@pytest.mark.parametrize(
    ("status", "method", "path", "more"),
    [
        (200, "POST", "/graphql", {"json": {"query": "{ told { it } }"}}),
        (200, "POST", "/graphql", {"json": {"query": "{ broken { it } }"}}),
        (200, "POST", "/graphql", {"json": {"query": "{ nothing }"}}),
        (200, "GET", "/graphql?query=%7B__typename%7D", {}),
        (400, "POST", "/graphql", {"json": 7}),
        (405, "DELETE", "/graphql", {}),
        (406, "GET", "/graphql", {"headers": {"accept": "image/png"}}),
        (413, "POST", "/graphql", {"json": LARGE}),
        (415, "POST", "/graphql", {"content": "x"}),
        (200, "POST", "/graphql", {"headers": {"accept": "text/event-stream"}}),
        (200, "POST", "/graphql", {"headers": {"accept": PARTS}}),
        (200, "GET", "/api/told", {}),
        (404, "GET", "/api/nothing", {}),
        (405, "PATCH", "/api/told", {}),
        (200, "GET", "/api/openapi.json", {}),
        (200, "POST", "/mcp", {"json": CALL}),
        (400, "POST", "/mcp", {"json": [CALL]}),
        (405, "GET", "/mcp", {}),
        (415, "POST", "/mcp", {"content": "x"}),
        (404, "POST", "/webhooks/nobody", {"json": {}}),
        (200, "GET", "/", {}),
        (404, "GET", "/nowhere", {}),
        (405, "POST", "/health", {}),
        (200, "GET", "/health", {}),
        (200, "GET", "/metrics", {}),
        (200, "GET", "/-/versions", {}),
        (403, "GET", "/-/explain/told", {}),
        (200, "POST", "/-/cache/invalidate", {"json": {"tags": ["a"]}}),
        (400, "POST", "/-/cache/invalidate", {"json": 7}),
    ],
)
def test_every_answer_over_http_has_the_id(
    client: httpx.Client, status: int, method: str, path: str, more: Any
) -> None:
    """The client's own where it is sane, else a new one; one header of the name."""
    asked = {"accept": "*/*", **more.get("headers", {})}
    if asked["accept"] in (PARTS, "text/event-stream"):
        more = {"json": {"query": "{ told { ... @defer { it } } }"}}
    if path == "/mcp":
        asked |= {"mcp-protocol-version": "2025-06-18"}
        asked |= {"accept": "application/json, text/event-stream"}
    for given, expected in ((ID, ID), ("not\tsane", None), (None, None)):
        headers = asked | ({} if given is None else {"x-request-id": given})
        reply = client.request(method, path, **{**more, "headers": headers})
        told = reply.headers.get_list("x-request-id")
        assert (reply.status_code, len(told)) == (status, 1)
        assert told == [expected] if expected else len(told[0]) == 32


def test_a_bug_of_ours_is_found_in_the_log_by_its_id(
    client: httpx.Client, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer says no more than that; the log has the rest under the same id."""

    def fails(*_: object) -> None:
        raise ValueError("zq-secret")

    monkeypatch.setattr(type(served.gateway.pipeline.preparing), "prepare", fails)
    reply = client.post("/graphql", json={"query": "{ told { it } } # new"})
    assert (reply.status_code, "zq-secret" in reply.text) == (500, False)
    crashed = [one for one in served.heard if isinstance(one, Crashed)][-1]
    assert crashed.request_id == reply.headers["x-request-id"]


def test_development_is_told_what_a_bug_says(tmp_path: Path) -> None:
    """Only there."""
    config = write(tmp_path, FILES)
    wishes = Wishes(config=(str(config),), dev=True)
    gateway = built(wishes, lambda _: None)
    with (
        running(asgi(gateway), lifespan="on") as port,
        httpx.Client(trust_env=False) as one,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr(type(gateway.pipeline.preparing), "prepare", None)
        url = f"http://127.0.0.1:{port}/graphql"
        (error,) = one.post(url, json={"query": "{ told { it } }"}).json()["errors"]
    assert error["message"] == "Internal error."
    assert error["extensions"]["detail"].startswith("TypeError: 'NoneType'")


def test_a_socket_has_an_id_and_its_errors_and_its_end_say_it(served: Served) -> None:
    """In the handshake, in what is refused, in errors, and in the reason of a close.

    A browser sees no header of a handshake. Operations are numbered under it.
    """
    with connect(
        f"ws://127.0.0.1:{served.port}/graphql",
        subprotocols=[Subprotocol("graphql-transport-ws")],
        additional_headers={"x-request-id": ID},
    ) as found:
        assert found.response is not None
        assert found.response.headers["x-request-id"] == ID

        def told(query: str, key: str) -> Any:
            frame = {"type": "subscribe", "id": key, "payload": {"query": query}}
            found.send(json.dumps(frame))
            return json.loads(found.recv(10))

        found.send('{"type": "connection_init"}')
        found.recv(10)
        assert "extensions" not in told("{ told { it } }", "1")["payload"]
        found.recv(10)
        partial = told("{ broken { it } }", "2")
        assert partial["payload"]["extensions"]["request_id"] == ID
        found.recv(10)
        refused = told("{ nothing }", "3")
        assert refused["type"] == "error"
        assert refused["payload"][0]["extensions"]["request_id"] == ID
        found.send("no frame")
        with pytest.raises(ConnectionClosed) as ended:
            found.recv(10)
    assert ended.value.rcvd is not None
    assert ended.value.rcvd.reason.endswith(f" (request {ID})")
    known = [one.request_id for one in served.heard if isinstance(one, Answered)]
    assert known[-1].startswith(f"{ID}-")
