"""Whichever way a request comes in, the same caller is given the same release."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from gateway.cli.listening import asgi
from gateway.release.model import Bundle, bundle_of
from gateway.release.terms import Terms
from tests.release.kit import FACTS
from tests.serving import running
from tests.trying.kit import HALF, Fleet, version
from tests.trying.shadow_kit import A, Core, Shadowing
from tests.trying.test_canary import somebody

ONE, TWO = version(1), version(2)
QUERY = "{ v { n } }"
PEOPLE = range(30)
Served = tuple[httpx.Client, int, list[int]]
"""A client of a gateway, its port, and which version each of the people is given."""
TRANSPORT = [Subprotocol("graphql-transport-ws")]


@pytest.fixture
def split(on_disk: Fleet) -> Iterator[Served]:
    """A gateway on a real port, and which version each of the people is given."""
    on_disk.activate(ONE)
    on_disk.tries(TWO, HALF)
    gateway = on_disk.gateway()
    asyncio.run(gateway.take_release())
    with (
        running(asgi(gateway)) as number,
        httpx.Client(base_url=f"http://127.0.0.1:{number}") as client,
    ):
        yield client, number, [given(client, somebody(n)) for n in PEOPLE]


def given(
    client: httpx.Client,
    headers: dict[str, str],
    *,
    chunked: bool = False,
    query: str = QUERY,
) -> int:
    """The version that answers one POST, as the answer's header has it, too."""
    body = json.dumps({"query": query}).encode()
    said = client.post(
        "/graphql",
        content=iter([body]) if chunked else body,
        headers={**headers, "content-type": "application/json"},
    )
    n: int = said.json()["data"]["v"]["n"]
    assert said.headers["headwater-release"] == (ONE, TWO)[n - 1].id[:12]
    return n


@contextmanager
def opened(port: int, headers: dict[str, str]) -> Iterator[ClientConnection]:
    with connect(
        f"ws://127.0.0.1:{port}/graphql",
        subprotocols=TRANSPORT,
        additional_headers=headers,
    ) as socket:
        socket.send(json.dumps({"type": "connection_init"}))
        assert json.loads(socket.recv(10))["type"] == "connection_ack"
        yield socket


def asked(socket: ClientConnection, id_: str, query: str) -> Any:
    """The first answer to an operation."""
    payload = {"query": query}
    socket.send(json.dumps({"type": "subscribe", "id": id_, "payload": payload}))
    while True:
        said = json.loads(socket.recv(10))
        assert said["type"] != "error", said
        if (said["type"], said.get("id")) == ("next", id_):
            return said["payload"]["data"]


def test_the_short_way_and_the_long_one_give_the_same(
    split: Served,
) -> None:
    """A plain body is answered without ASGI once it is known, a chunked one never."""
    client, _, first = split
    assert 5 <= first.count(2) <= 25
    for _ in range(2):
        assert [given(client, somebody(n)) for n in PEOPLE] == first
    assert [given(client, somebody(n), chunked=True) for n in PEOPLE] == first
    other = "{ v { again: n n } }"
    assert [given(client, somebody(n), query=other) for n in PEOPLE] == first


def test_a_socket_is_given_what_its_caller_is(split: Served) -> None:
    """Every operation on it, and on the next one of the same caller."""
    _, number, first = split
    for n in PEOPLE[:10]:
        for _ in range(2):
            with opened(number, somebody(n)) as socket:
                said = [asked(socket, id_, QUERY) for id_ in "ab"]
            assert said == [{"v": {"n": first[n]}}] * 2


def test_operations_of_a_socket_without_a_key_are_each_for_themselves(
    on_disk: Fleet,
) -> None:
    """Its header gives the candidate to all of them."""
    on_disk.activate(ONE)
    on_disk.tries(TWO, Terms(0.0, header=("x-canary", "1")))
    gateway = on_disk.gateway()
    asyncio.run(gateway.take_release())
    with running(asgi(gateway)) as number:
        for headers, n in (({"x-canary": "1"}, 2), ({}, 1), ({"x-canary": "0"}, 1)):
            with opened(number, headers) as socket:
                said = [asked(socket, id_, QUERY) for id_ in "abc"]
            assert said == [{"v": {"n": n}}] * 3


SUBSCRIBED = """
language: 1
operation: scored
kind: subscription
steps:
  - { name: score, type: stream, source: core, every: 100ms,
      poll: { endpoint: "/PATH/7" }, provides: [score] }
"""


def streaming(path: str) -> Bundle:
    """The project with a subscription that polls a path, and a query of the same."""
    sdl = A.files["schema/person.graphql"]
    sdl += "type Subscription { scored: Scored }\ntype Scored { score: Int }\n"
    person = A.files["profiles/person.yaml"].replace("/scores", f"/{path}")
    return bundle_of(
        {
            **A.files,
            "schema/person.graphql": sdl,
            "profiles/person.yaml": person,
            "profiles/scored.yaml": SUBSCRIBED.replace("PATH", path),
        },
        FACTS,
    )


def test_a_subscription_stays_with_what_serves(
    shadowing: Shadowing, served: tuple[Core, int]
) -> None:
    """While a query beside it on the same socket is the candidate's."""
    fleet, core = shadowing.fleet, served[0]
    fleet.activate(streaming("scores"))
    terms = Terms(0.0, header=("x-canary", "1"))
    fleet.tries(streaming("newer"), terms)
    gateway = fleet.gateway()
    asyncio.run(gateway.take_release())
    assert gateway.current.problems == ()
    with (
        running(asgi(gateway), lifespan="on") as number,
        opened(number, {"x-canary": "1"}) as socket,
    ):
        said = asked(socket, "a", "subscription { scored { score } }")
        assert said == {"scored": {"score": 5}}
        assert {path for _, path, _ in core.calls} == {"/scores/7"}
        said = asked(socket, "b", '{ person(id: "7") { score } }')
        assert said == {"person": {"score": 6}}
