"""What a connection may take of the server: in size, in number, in time."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from gateway.schema.bounds import Bounds
from gateway.schema.peers import Peers
from gateway.schema.server import application
from gateway.schema.serving import ServerSettings
from tests.hygiene.wire import (
    ANSWER,
    GOOD,
    OPENING,
    chunked,
    get,
    is_answered,
    line,
    post,
)
from tests.serving import Bank, running

CHUNK = b"%x\r\n%s\r\n" % (len(GOOD), GOOD)
SOON = 0.05
TRICKLE = b'{"query":'


@contextmanager
def within(bounds: Bounds) -> Iterator[int]:
    """A gateway on a port of its own."""
    settings = ServerSettings(bounds=bounds)
    with running(application(Bank(), settings)) as port:
        yield port


# -- size ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        pytest.param(get(b"/graphql?query=" + b"a" * 1_000_000), 414, id="a URL"),
        pytest.param(get(b"/graphql?query=" + b"a" * 100_000), 414, id="in one piece"),
        pytest.param(
            post(more=b"x-a: %s\r\n" % (b"a" * 1_000_000)), 431, id="a header"
        ),
        pytest.param(
            post(more=b"x-a: %s\r\n" % (b"a" * 1_000) * 20_000), 431, id="20 MB of one"
        ),
        pytest.param(post(more=b"a: b\r\n" * 5_000), 431, id="5,000 headers"),
        pytest.param(post(more=b"a: b\r\n" * 101), 431, id="101 headers"),
        pytest.param(post(more=b"x" * 70_000 + b": b\r\n"), 431, id="a name"),
        pytest.param(
            chunked(
                CHUNK + b"0\r\n" + b"x-a: %s\r\n" % (b"a" * 1_000) * 1_000 + b"\r\n"
            ),
            431,
            id="trailers",
        ),
    ],
)
def test_a_head_beyond_its_bounds_is_refused(
    port: int, sent: bytes, status: int
) -> None:
    """While it comes; others are served meanwhile."""
    with line(port, sent) as bad:
        assert is_answered(port)
        said = bad.said()
        assert (said.status, said.code, said.closes) == (status, "HEAD_TOO_LARGE", True)
        assert bad.ends()


def test_a_head_that_never_ends_is_cut_at_its_bound() -> None:
    """However small the pieces in which it comes."""
    with (
        within(Bounds(head=1_000)) as port,
        line(port, b"POST /graphql HTTP/1.1\r\n") as bad,
    ):
        for _ in range(60):
            bad.send(b"x-a: %s\r\n" % (b"b" * 20))
        assert (bad.said().status, bad.ends()) == (431, True)


def test_usual_heads_are_far_within(port: int) -> None:
    """A token, cookies, what proxies add."""
    more = b"authorization: Bearer %s\r\ncookie: %s\r\n" % (b"a" * 8_000, b"b" * 16_000)
    more += b"".join(b"x-forwarded-%d: 10.0.0.1\r\n" % n for n in range(40))
    with line(port, post(more=more)) as usual:
        assert usual.said().json == ANSWER


# -- time ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "begun",
    [
        pytest.param(b"P", id="a letter"),
        pytest.param(post()[:60], id="half a head"),
        pytest.param(b"GET /graphql\r\n", id="HTTP/0.9"),
        pytest.param(post(TRICKLE, length=b"500"), id="a body"),
        pytest.param(
            post(TRICKLE, length=b"500").replace(b"POST", b"PUT"), id="no POST"
        ),
        pytest.param(chunked(b"9\r\n" + TRICKLE + b"\r\n"), id="chunks"),
        pytest.param(post() + post()[:60], id="the second of two"),
    ],
)
def test_who_does_not_end_what_he_began_is_told_and_left(begun: bytes) -> None:
    """After a time for all of it, not for each of its bytes."""
    with within(Bounds(receive=SOON)) as port, line(port, begun) as slow:
        assert is_answered(port)
        told = slow.said()
        while told.status in (200, 405):  # what could be answered before its end was
            told = slow.said()
        assert (told.status, told.code, told.closes) == (408, "REQUEST_TIMEOUT", True)
        assert slow.ends()


@pytest.mark.parametrize("sent", [b"", b"\r\n" * 50])
def test_who_never_says_anything_is_left_without_a_word(sent: bytes) -> None:
    """Browsers open connections that they may never need."""
    with within(Bounds(receive=SOON)) as port, line(port, sent) as silent:
        assert is_answered(port)
        assert silent.ends()


@pytest.mark.parametrize("again", [b"", b"\r\n"])
def test_a_connection_between_requests_is_left_after_a_while(again: bytes) -> None:
    """Empty lines are no sign of life."""
    with within(Bounds(idle=SOON)) as port, line(port, post()) as idle:
        assert idle.said().json == ANSWER
        assert idle.send(again).ends()


def test_a_request_in_time_costs_no_timer() -> None:
    """The next request has its time for itself."""
    with within(Bounds(receive=SOON, idle=20.0)) as port, line(port) as steady:
        for _ in range(3):
            assert steady.send(post()).said().json == ANSWER
            assert steady.send(post()[:60]).send(post()[60:]).said().json == ANSWER
        half = steady.send(post()[:60])
        assert half.said().status == 408


def test_who_does_not_take_his_answers_is_cut_off() -> None:
    """What was written for him is given back; others never notice."""
    large = b'{"query":"{ echo(value: \\"%s\\") }"}' % (b"a" * 300_000)
    with within(Bounds(send=SOON)) as port, line(port) as deaf:
        deaf.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        deaf.floods(post(large))
        assert is_answered(port)


# -- number ----------------------------------------------------------------------------


def test_there_are_so_many_connections_and_room_again() -> None:
    """Whoever comes too many is told to come back."""
    with within(Bounds(connections=3)) as port:
        with line(port, post()) as one, line(port, post()) as two, line(port) as three:
            assert one.said().json == two.said().json == ANSWER
            with line(port) as fourth:
                said = fourth.said()
                assert (said.status, said.code) == (503, "OVERLOADED")
                assert b"retry-after: 1" in said.head
                assert fourth.ends()
            assert three.send(post()).said().json == ANSWER
        _until_answered(port)


def test_one_address_has_so_many_connections_and_room_again() -> None:
    """WebSockets among them; who comes too many is told to come back, and counted."""
    bank = Bank()
    settings = ServerSettings(bounds=Bounds(per_client=2))
    with running(application(bank, settings)) as port:
        with line(port, get(b"/graphql", OPENING)) as one, line(port, post()) as two:
            assert (one.said().status, two.said().json) == (101, ANSWER)
            with line(port) as third:
                said = third.said()
                assert (said.status, said.code) == (503, "OVERLOADED")
                assert third.ends()
            assert two.send(post()).said().json == ANSWER
        _until_answered(port)


def test_a_proxys_connections_are_not_counted_by_its_address() -> None:
    """They are those of many clients."""
    here = (ipaddress.ip_network("127.0.0.0/8"),)
    with (
        within(Bounds(per_client=1, proxies=here)) as port,
        line(port, post()) as one,
        line(port, post()) as two,
    ):
        assert one.said().json == two.said().json == ANSWER


def test_connections_are_counted_by_household_and_refusals_are_told() -> None:
    """An IPv6 address' last half is its owner's to choose."""
    told: list[str] = []
    peers = Peers(
        Bounds(connections=9, per_client=1), lambda one: told.append(one.limit)
    )
    first, second = (peers.name((f"2001:db8::{one}", 1)) for one in (1, 2))
    assert first == second == "2001:db8::/64"
    assert peers.name(("::ffff:10.0.0.1", 1)) == "10.0.0.1"
    assert peers.name(None) is None
    peers.enter(first)
    assert peers.beyond(first, 1) is None
    peers.enter(second)
    assert peers.beyond(second, 2) is not None
    assert peers.beyond(None, 10) is not None
    assert told == ["connections_per_client", "connections"]
    peers.leave(first)
    assert peers.beyond(second, 1) is None


def _until_answered(port: int) -> None:
    """The server hears a little later that somebody has left."""
    while True:
        with line(port, post()) as next_one:
            if next_one.said().status == 200:
                return


@pytest.mark.parametrize("one", [post(), get(), post() + get()])
def test_requests_sent_ahead_are_answered_up_to_a_bound(port: int, one: bytes) -> None:
    """In order; the last one that is taken in ends the connection."""
    with line(port, one * 2_000) as ahead:
        assert is_answered(port)
        answered, closes = 0, False
        while not closes:
            said = ahead.said()
            assert said.json == ANSWER
            answered, closes = answered + 1, said.closes
        assert 100 <= answered <= 102
        assert ahead.ends()


def test_answers_come_before_the_refusal_of_what_follows(port: int) -> None:
    """A refusal is never taken for the answer of another request."""
    for good in (post(), get()):
        with line(port, good * 2 + b"\0\0\0\0") as mixed:
            assert [mixed.said().status for _ in range(3)] == [200, 200, 400]
            assert mixed.ends()
    broken = chunked(b"zz\r\n")
    with line(port, get() * 2 + broken) as mixed:
        assert [mixed.said().status for _ in range(3)] == [200, 200, 400]
        assert mixed.ends()


def test_nothing_behind_a_last_request_is_done() -> None:
    """Nobody would be told what came of it."""
    bank = Bank()
    rename = b'{"query":"mutation { rename(id: 1, name: \\"x\\") { id } }"}'
    ends = b"connection: close\r\n"
    with running(application(bank, ServerSettings())) as port:
        with line(port, post(more=ends) + post(rename)) as last:
            assert (last.said().json, last.ends()) == (ANSWER, True)
        assert is_answered(port)
    assert bank.ledger.calls == []
