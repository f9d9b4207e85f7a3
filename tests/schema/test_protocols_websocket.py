"""GraphQL over WebSocket: graphql-transport-ws on a real socket."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from gateway.schema.server import application
from gateway.schema.serving import ServerSettings
from tests.serving import Bank, generation, running

PROTOCOL = Subprotocol("graphql-transport-ws")
TWO = (
    "mutation R($n: String!) { rename(id: 7, name: $n) { name } }"
    " query Q { a: __typename }"
)
GOOD = '{ customer(id: "7") { id name } }'


@contextmanager
def opened(port: int, **options: Any) -> Iterator[ClientConnection]:
    """A socket that has not yet said who it is."""
    options.setdefault("subprotocols", [PROTOCOL])
    with connect(f"ws://127.0.0.1:{port}/graphql", **options) as found:
        yield found


@contextmanager
def greeted(port: int, **options: Any) -> Iterator[ClientConnection]:
    """A socket that is ready for operations."""
    with opened(port, **options) as found:
        found.send(json.dumps({"type": "connection_init"}))
        assert json.loads(found.recv(10)) == {"type": "connection_ack"}
        yield found


def ask(found: ClientConnection, query: object, key: str = "1", **rest: object) -> None:
    """Send one operation."""
    payload = {"query": query, **rest}
    found.send(json.dumps({"type": "subscribe", "id": key, "payload": payload}))


def told(found: ClientConnection) -> dict[str, Any]:
    """The next message."""
    message: dict[str, Any] = json.loads(found.recv(10))
    return message


def closed(found: ClientConnection) -> tuple[int, str]:
    """Code and reason of the end."""
    with pytest.raises(ConnectionClosed) as raised:
        found.recv(10)
    assert raised.value.rcvd is not None
    reason, _, _ = raised.value.rcvd.reason.partition(" (request ")
    return raised.value.rcvd.code, reason


def test_queries_and_mutations_are_answered(steady_port: int) -> None:
    """One next, one complete; variables and names as over HTTP."""
    with greeted(steady_port) as found:
        ask(found, GOOD)
        data = {"customer": {"id": "7", "name": "Ada"}}
        assert told(found) == {"type": "next", "id": "1", "payload": {"data": data}}
        assert told(found) == {"type": "complete", "id": "1"}
        ask(
            found,
            TWO,
            key="2",
            variables={"n": "Eve"},
            operationName="R",
        )
        data = {"rename": {"name": "Eve"}}
        assert told(found) == {"type": "next", "id": "2", "payload": {"data": data}}
        assert told(found) == {"type": "complete", "id": "2"}


def test_an_open_socket_asks_the_generation_of_the_moment(
    port: int, bank: Bank
) -> None:
    """A reload needs no new connection."""
    with greeted(port) as found:
        ask(found, "{ extra: echo(value: 1) }")
        assert told(found)["payload"] == {"data": {"extra": 1}}
        assert told(found)["type"] == "complete"
        bank.current = generation(
            2, source=bank.ledger, sdl="type Query { echo(value: Int): String }"
        )
        ask(found, "{ extra: echo(value: 1) }", key="2")
        assert told(found)["payload"] == {"data": {"extra": "1"}}


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("{ nope }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { renamed { id } }", "PROFILE_UNAVAILABLE"),
        ("", "BAD_REQUEST"),
        (7, "BAD_REQUEST"),
        (
            "query A { __typename } query B { __typename }",
            "OPERATION_RESOLUTION_FAILURE",
        ),
    ],
)
def test_an_operation_that_cannot_run_is_an_error_message(
    steady_port: int, query: object, code: str
) -> None:
    """The operation ends; the socket lives."""
    with greeted(steady_port) as found:
        ask(found, query)
        message = told(found)
        assert (message["type"], message["id"]) == ("error", "1")
        assert [e["extensions"]["code"] for e in message["payload"]] == [code]
        ask(found, GOOD)
        assert told(found)["type"] == "next"


def test_a_failed_field_has_its_code_and_path(steady_port: int) -> None:
    """As over HTTP."""
    with greeted(steady_port) as found:
        ask(found, '{ customer(id: "down") { name } }')
        payload = told(found)["payload"]
        assert payload["data"] == {"customer": None}
        assert [(e["path"], e["extensions"]["code"]) for e in payload["errors"]] == [
            (["customer"], "UPSTREAM_UNREACHABLE")
        ]


def test_the_handshakes_headers_hold_for_every_operation(port: int, bank: Bank) -> None:
    """A dry run asked for once is a dry run each time."""
    with greeted(port, additional_headers={"headwater-plan": "dry-run"}) as found:
        ask(found, GOOD)
        payload = told(found)["payload"]
        assert payload["data"] is None
        assert [step["step"] for step in payload["extensions"]["plan"]["steps"]] == [
            "customer"
        ]
    assert bank.ledger.calls == []


@pytest.mark.parametrize(
    "frame",
    [
        "not json",
        "[]",
        "42",
        "null",
        '"x"',
        "{}",
        '{"type": 7}',
        '{"type": "what"}',
        '{"type": "subscribe", "payload": {"query": "{a}"}}',
        '{"type": "subscribe", "id": {}, "payload": {"query": "{a}"}}',
        '{"type": "subscribe", "id": "1", "payload": "{a}"}',
        '{"type": "subscribe", "id": "1", "payload": {}}',
        '{"type": "complete", "id": []}',
        '{"type": "ping", "x": NaN}',
        "[" * 5_000,
    ],
)
def test_a_frame_that_is_none_closes_the_socket(steady_port: int, frame: str) -> None:
    """4400 as the protocol says, and nothing else is disturbed."""
    with greeted(steady_port) as found:
        found.send(frame)
        assert closed(found)[0] == 4400
    with greeted(steady_port) as found:
        ask(found, GOOD)
        assert told(found)["type"] == "next"


def test_a_binary_frame_closes_the_socket(steady_port: int) -> None:
    """The protocol is text."""
    with greeted(steady_port) as found:
        found.send(b"{}")
        assert closed(found)[0] == 4400


def test_a_message_over_the_body_limit_closes_the_socket(steady_port: int) -> None:
    """The limit of HTTP is the limit here."""
    with greeted(steady_port) as found:
        ask(found, "{ __typename }" + " " * 20_000)
        assert closed(found)[0] == 1009


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1"])
def test_a_page_of_another_origin_is_refused(steady_port: int, origin: str) -> None:
    """Before anything of it is read; another steady_port is another origin."""
    with pytest.raises(InvalidStatus) as raised, opened(steady_port, origin=origin):
        pass
    assert raised.value.response.status_code == 403


def test_a_page_of_the_same_origin_is_welcome(steady_port: int) -> None:
    """Host and steady_port are those of the request."""
    with greeted(steady_port, origin=f"http://127.0.0.1:{steady_port}") as found:
        ask(found, GOOD)
        assert told(found)["type"] == "next"


def test_the_old_protocol_is_not_spoken(steady_port: int) -> None:
    """Nobody accepts graphql-ws any more."""
    with opened(steady_port, subprotocols=[Subprotocol("graphql-ws")]) as found:
        assert closed(found)[0] == 4406


def test_operations_before_the_greeting_are_unauthorized(steady_port: int) -> None:
    """4401 as the protocol says."""
    with opened(steady_port) as found:
        ask(found, GOOD)
        assert closed(found) == (4401, "Unauthorized")


def test_a_socket_that_says_nothing_is_closed(bank: Bank) -> None:
    """4408 after the time to introduce itself."""
    app = application(bank, ServerSettings(init_timeout=0.01))
    with running(app) as port, opened(port) as found:
        assert closed(found)[0] == 4408


def test_completing_an_operation_cancels_its_calls(port: int, bank: Bank) -> None:
    """The socket stays, the source is free."""
    with greeted(port) as found:
        ask(found, '{ customer(id: "slow") { name } }')
        assert bank.ledger.started.wait(60)
        found.send(json.dumps({"type": "complete", "id": "1"}))
        assert bank.ledger.cancelled.wait(60)
        ask(found, GOOD, key="2")
        assert told(found)["id"] == "2"


def test_a_socket_that_went_cancels_its_calls(port: int, bank: Bank) -> None:
    """All of them."""
    with greeted(port) as found:
        ask(found, '{ customer(id: "slow") { name } }')
        assert bank.ledger.started.wait(60)
    assert bank.ledger.cancelled.wait(60)


def test_a_socket_has_so_many_operations_at_a_time(bank: Bank) -> None:
    """One more is an error message, not the end of the socket."""
    settings = ServerSettings(operations_per_socket=1)
    with running(application(bank, settings)) as port, greeted(port) as found:
        ask(found, '{ customer(id: "slow") { name } }')
        assert bank.ledger.started.wait(60)
        ask(found, GOOD, key="2")
        message = told(found)
        assert (message["type"], message["id"]) == ("error", "2")


def test_a_handshake_elsewhere_is_refused(steady_port: int) -> None:
    """Only the GraphQL path speaks it."""
    with (
        pytest.raises(InvalidStatus) as raised,
        connect(f"ws://127.0.0.1:{steady_port}/x"),
    ):
        pass
    assert raised.value.response.status_code == 403
