"""What only a real server and a real socket can show."""

from __future__ import annotations

import json
import socket

import httpx
import pytest

from gateway.schema.exchange import App
from gateway.schema.server import application
from gateway.schema.serving import ServerSettings
from gateway.telemetry.events import Crashed
from tests.serving import Bank, generation, raw, running

GOOD = json.dumps({"query": '{ customer(id: "7") { name } }'}).encode()
ANSWER = {"data": {"customer": {"name": "Ada"}}}
SLOW = json.dumps({"query": '{ customer(id: "slow") { name } }'}).encode()
WAIT = 10


def post(body: bytes, *headers: str, length: int | None = None) -> bytes:
    """A POST as it travels."""
    lines = [
        "POST /graphql HTTP/1.1",
        "host: bank",
        "content-type: application/json",
        f"content-length: {len(body) if length is None else length}",
        *headers,
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def body_of(answer: bytes) -> object:
    """The JSON of one HTTP answer."""
    return json.loads(answer.partition(b"\r\n\r\n")[2])


def complete(got: bytes) -> bool:
    """Whether one whole answer has come."""
    head, found, body = got.partition(b"\r\n\r\n")
    lengths = [
        int(line.split(b":")[1])
        for line in head.lower().split(b"\r\n")
        if line.startswith(b"content-length:")
    ]
    return bool(found) and len(body) >= (lengths or [0])[0]


def test_a_body_in_chunks_is_one_body(steady_port: int) -> None:
    """However it is cut."""
    chunks = b"".join(b"1\r\n%c\r\n" % byte for byte in GOOD) + b"0\r\n\r\n"
    sent = (
        b"POST /graphql HTTP/1.1\r\nhost: bank\r\ncontent-type: application/json\r\n"
        b"transfer-encoding: chunked\r\n\r\n" + chunks
    )
    assert body_of(raw(steady_port, sent, finish=complete)) == ANSWER


def test_requests_sent_together_are_answered_in_order(steady_port: int) -> None:
    """Pipelining: two questions, two answers, one connection."""
    second = json.dumps({"query": "{ __typename }"}).encode()
    got = raw(
        steady_port,
        post(GOOD) + post(second, "connection: close"),
        finish=lambda _: False,
    )
    assert got.count(b"HTTP/1.1 200 OK") == 2
    assert got.index(b'"Ada"') < got.index(b'"__typename"')


def test_a_body_beyond_the_limit_is_answered_before_it_came(steady_port: int) -> None:
    """The announced length is enough to refuse; the connection is not kept."""
    got = raw(steady_port, post(b"", length=50_000_000), finish=complete)
    assert got.startswith(b"HTTP/1.1 413 ")
    assert b"\r\nconnection: close\r\n" in got


def test_a_client_that_went_cancels_the_calls_made_for_it(
    port: int, bank: Bank
) -> None:
    """Nobody reads the answer, so no source works on it any more."""
    with socket.create_connection(("127.0.0.1", port), timeout=WAIT) as connection:
        connection.sendall(post(SLOW))
        assert bank.ledger.started.wait(WAIT)
    assert bank.ledger.cancelled.wait(WAIT)
    assert body_of(raw(port, post(GOOD), finish=complete)) == ANSWER
    assert bank.events[-1].verdict == "whole"  # type: ignore[union-attr]
    assert not [event for event in bank.events if isinstance(event, Crashed)]


def test_a_client_that_went_before_its_body_came_leaves_no_trace(
    port: int, bank: Bank
) -> None:
    """Half a body is no request."""
    with socket.create_connection(("127.0.0.1", port), timeout=WAIT) as connection:
        connection.sendall(post(GOOD[:10], length=len(GOOD)))
    assert body_of(raw(port, post(GOOD), finish=complete)) == ANSWER
    assert len(bank.ledger.calls) == 1
    assert not [event for event in bank.events if isinstance(event, Crashed)]


def test_a_client_that_only_listens_gets_its_answer(steady_port: int) -> None:
    """A half-closed socket can still read."""
    with socket.create_connection(
        ("127.0.0.1", steady_port), timeout=WAIT
    ) as connection:
        connection.sendall(post(GOOD, "connection: close"))
        got = b""
        while part := connection.recv(65536):
            got += part
    assert body_of(got) == ANSWER


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"GARBAGE\r\n\r\n", b"400"),
        (b"POST /graphql HTTP/1.1\r\nhost: bank\r\ncontent-length: x\r\n\r\n", b"400"),
        (b"POST /graphql HTTP/1.1\r\nhost: bank\r\n\r\n", b"415"),
        (b"GET /graphql HTTP/1.1\r\nhost: bank\r\n\r\n", b"400"),
        (b"GET /graphql?query=%zz HTTP/1.1\r\nhost: bank\r\n\r\n", b"200"),
        (b"BREW /graphql HTTP/1.1\r\nhost: bank\r\n\r\n", b"400"),
        (b"GET /graphql HTTP/1.1\r\nhost: bank\r\naccept: \xff\r\n\r\n", b"406"),
        (b"GET /nowhere HTTP/1.1\r\nhost: bank\r\n\r\n", b"404"),
    ],
)
def test_odd_requests_are_answered_and_the_next_is_fine(
    steady_port: int, sent: bytes, status: bytes
) -> None:
    """Never a 5xx, and never the end of the server."""
    assert raw(steady_port, sent, finish=complete).split()[1] == status
    assert body_of(raw(steady_port, post(GOOD), finish=complete)) == ANSWER


def test_a_reload_reaches_the_next_request(port: int, bank: Bank) -> None:
    """The generation is read once a request: the next one asks the new schema."""
    with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
        asked = {"query": "{ extra }"}
        before = client.post("/graphql", json=asked).json()
        bank.current = generation(
            2, source=bank.ledger, sdl="type Query { extra: Int echo: Int }"
        )
        after = client.post("/graphql", json=asked).json()
    assert before["errors"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
    assert after["errors"][0]["extensions"]["code"] == "PROFILE_UNAVAILABLE"


async def test_a_bug_of_ours_is_a_code_and_an_event(
    client: httpx.AsyncClient, bank: Bank
) -> None:
    """500, no trace, no words of the exception; the operators see it whole."""
    bank.pipeline.preparing = None  # type: ignore[assignment]
    response = await client.post(
        "/graphql", content=GOOD, headers={"content-type": "application/json"}
    )
    assert response.status_code == 500
    assert response.json() == {
        "errors": [
            {
                "message": "Internal error.",
                "extensions": {"code": "INTERNAL_SERVER_ERROR"},
            }
        ]
    }
    crashed = bank.events[-1]
    assert isinstance(crashed, Crashed)
    assert isinstance(crashed.error, AttributeError)
    assert crashed.request_id == response.headers["x-request-id"]


async def test_a_bug_of_a_source_costs_its_field_only(
    client: httpx.AsyncClient,
) -> None:
    """The rest of the answer is there, and says nothing of the exception."""
    query = '{ customer(id: "bug") { name } ok: __typename }'
    response = await client.post("/graphql", json={"query": query})
    assert response.status_code == 200
    assert response.json()["data"] == {"customer": None, "ok": "Query"}
    assert "secret" not in response.text


@pytest.fixture
def mounted(bank: Bank) -> App:
    """The app behind a proxy that puts a path in front."""
    return application(bank, ServerSettings())


def test_a_root_path_is_no_part_of_ours(mounted: App) -> None:
    """As a proxy gives it."""
    with running(mounted, root_path="/api") as port:
        got = raw(port, post(GOOD), finish=complete)
    assert body_of(got) == ANSWER
