"""Requests that two readers could take for different ones are taken by neither."""

from __future__ import annotations

import socket

import pytest

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

CHUNK = b"%x\r\n%s\r\n" % (len(GOOD), GOOD)
WHOLE = CHUNK + b"0\r\n\r\n"
TE = b"transfer-encoding: "
SIZE = b"%d" % len(GOOD)


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        pytest.param(post(more=TE + b"chunked\r\n"), 400, id="chunks and a length"),
        pytest.param(
            chunked(WHOLE, TE + b"chunked\r\ncontent-length: 4\r\n"), 400, id="the same"
        ),
        pytest.param(post(more=b"content-length: 3\r\n"), 400, id="two lengths"),
        pytest.param(post(more=b"content-length: %s\r\n" % SIZE), 400, id="equal ones"),
        pytest.param(post(length=SIZE + b", " + SIZE), 400, id="a list of lengths"),
        pytest.param(post(length=b"+" + SIZE), 400, id="a length with a sign"),
        pytest.param(post(length=b"-1"), 400, id="a negative length"),
        pytest.param(post(length=b"9" * 30), 400, id="a length beyond counting"),
        pytest.param(post().replace(b"length:", b"length :"), 400, id="length, space"),
        pytest.param(chunked(WHOLE, TE + b"xchunked\r\n"), 501, id="xchunked"),
        pytest.param(
            chunked(WHOLE, TE + b"gzip, chunked\r\n"), 501, id="gzip, chunked"
        ),
        pytest.param(
            chunked(WHOLE, TE + b"chunked, identity\r\n"), 400, id="chunked, identity"
        ),
        pytest.param(
            chunked(WHOLE, (TE + b"chunked\r\n") * 2), 400, id="chunked twice"
        ),
        pytest.param(
            chunked(WHOLE, TE + b"\x0bchunked\r\n"), 400, id="control, chunked"
        ),
        pytest.param(chunked(b"zz\r\n" + WHOLE), 400, id="a chunk of no size"),
        pytest.param(chunked(b"-1\r\n" + WHOLE), 400, id="a chunk of negative size"),
        pytest.param(chunked(b"f" * 17 + b"\r\n" + WHOLE), 400, id="an endless chunk"),
        pytest.param(chunked(WHOLE.replace(b"\r\n", b"\n")), 400, id="chunks by LF"),
        pytest.param(
            chunked(CHUNK + b"0\r\ncontent-length: 5\r\n\r\n"),
            400,
            id="a length behind",
        ),
        pytest.param(post(more=b"x-a: b\r\n  c: d\r\n"), 400, id="a folded header"),
        pytest.param(post().replace(b"\r\n", b"\n"), 400, id="lines by LF"),
        pytest.param(post().replace(b"\r\n", b"\r"), 400, id="lines by CR"),
        pytest.param(post(more=b"x-a: b\0c\r\n"), 400, id="NUL in a header"),
        pytest.param(post(more=b"x-a: b\x01c\r\n"), 400, id="control in a header"),
        pytest.param(post(more=b"x a: b\r\n"), 400, id="a space in a name"),
        pytest.param(post(more=b"host: y\r\n"), 400, id="two hosts"),
        pytest.param(post().replace(b"/1.1", b"/9.9"), 400, id="HTTP/9.9"),
        pytest.param(post().replace(b"/1.1", b"/2.0"), 505, id="HTTP/2.0"),
        pytest.param(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400, id="HTTP/2"),
        pytest.param(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400, id="TLS"),
        pytest.param(bytes(range(256)), 400, id="bytes"),
        pytest.param(get().replace(b"GET", b"FOO"), 400, id="no method"),
        pytest.param(b"CONNECT x:443 HTTP/1.1\r\nhost: x\r\n\r\n", 400, id="CONNECT"),
        pytest.param(post().replace(b"/graphql", b"/\xff"), 400, id="bytes in a URL"),
        pytest.param(
            post(more=OPENING), 400, id="a WebSocket by POST, with a body behind it"
        ),
        pytest.param(
            get(b"/graphql", OPENING + b"content-length: 9\r\n") + b"GET / HTT",
            400,
            id="a WebSocket with a body",
        ),
    ],
)
def test_what_could_be_read_in_two_ways_is_refused(
    port: int, sent: bytes, status: int
) -> None:
    """In our own form; nothing behind it is read, and others are served meanwhile."""
    with line(port, sent + get(b"/smuggled")) as bad:
        assert is_answered(port)
        said = bad.said()
        assert (said.status, said.code, said.closes) == (status, "BAD_REQUEST", True)
        assert b"\r\nx-request-id: " in said.head
        assert bad.ends()


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(b"\r\n" * 3 + post(), id="empty lines before"),
        pytest.param(post(more=b"expect: 200-maybe\r\n"), id="another expectation"),
        pytest.param(post().replace(b"host: [::1]\r\n", b""), id="no host"),
        pytest.param(post().replace(b"/graphql", b"http://e/graphql"), id="absolute"),
        pytest.param(
            chunked(b";".join((b"1a", b"x" * 90_000)) + CHUNK[2:] + b"0\r\n\r\n"),
            id="x",
        ),
        pytest.param(post(more=b"range: bytes=0-1\r\n"), id="a range"),
        pytest.param(
            post(more=b"connection: upgrade\r\nupgrade: h2c\r\n"), id="HTTP/2, perhaps"
        ),
    ],
)
def test_what_is_odd_and_clear_is_answered(port: int, sent: bytes) -> None:
    """And the connection goes on with what comes next."""
    with line(port, sent) as odd:
        assert odd.said().json == ANSWER
        assert odd.send(post()).said().json == ANSWER


def test_the_body_of_a_request_for_an_upgrade_is_its_body(port: int) -> None:
    """Never a request of its own, which nobody in front of us has seen."""
    hidden = get(b"/smuggled")
    wish = b"connection: upgrade\r\nupgrade: h2c\r\n"
    for body in (hidden, post() + hidden):
        with line(port, post(body, wish)) as odd:
            assert odd.said().code == "BAD_REQUEST"
            assert odd.send(post(more=wish) + post(more=wish)).said().json == ANSWER
            assert odd.said().json == ANSWER


def test_what_follows_a_body_is_no_header(port: int) -> None:
    """A proxy that takes a header away looks at the head alone."""
    trailer = b"x-request-id: brought-behind\r\n"
    with line(port, chunked(CHUNK + b"0\r\n" + trailer + b"\r\n")) as odd:
        said = odd.said()
        assert (said.json, b"brought-behind" in said.head) == (ANSWER, False)
    with line(port, chunked(WHOLE, TE + b"chunked\r\n" + trailer)) as plain:
        assert b"brought-behind" in plain.said().head


def test_http_1_0_gets_one_answer(port: int) -> None:
    """And the end of the connection, whatever it asks for besides."""
    sent = post(more=b"connection: keep-alive\r\n").replace(b"/1.1", b"/1.0")
    with line(port, sent) as old:
        said = old.said()
        assert (said.json, said.closes, old.ends()) == (ANSWER, True, True)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        (b"HEAD", b"/health", 200),
        (b"HEAD", b"/graphql", 405),
        (b"OPTIONS", b"/graphql", 405),
        (b"OPTIONS", b"*", 404),
        (b"TRACE", b"/graphql", 405),
        (b"DELETE", b"/graphql", 405),
        (b"GET", b"//evil/graphql", 404),
        (b"GET", b"/%00%0d%0aset-cookie:a", 404),
        (b"GET", b"/../../etc/passwd", 404),
    ],
)
def test_other_methods_and_paths_are_told_so(
    port: int, method: bytes, path: bytes, status: int
) -> None:
    """The connection goes on: nothing of them is left over."""
    with line(port, b"%s %s HTTP/1.1\r\nhost: [::1]\r\n\r\n" % (method, path)) as odd:
        if method == b"HEAD":
            while b"\r\n\r\n" not in odd.rest:
                odd._more()
            head, _, odd.rest = odd.rest.partition(b"\r\n\r\n")
            assert int(head.split()[1]) == status
        else:
            said = odd.said()
            assert (said.status, b"set-cookie" in said.head) == (status, False)
        assert odd.send(post()).said().json == ANSWER


def test_a_client_that_waits_for_leave_is_given_it_or_refused(port: int) -> None:
    """Before its body, where that would be too large."""
    waits = b"expect: 100-continue\r\n"
    with line(port, post(b"", waits, length=SIZE)) as polite:
        assert polite.said().status == 100
        assert polite.send(GOOD).said().json == ANSWER
    for length in (b"2000000", b"18446744073709551615"):
        with line(port, post(b"", waits, length=length)) as too_much:
            assert (too_much.said().status, too_much.ends()) == (413, True)


def test_a_client_that_says_no_more_is_answered_what_it_said(port: int) -> None:
    """And one that leaves in the middle is forgotten."""
    with line(port, post()) as half:
        half.socket.shutdown(socket.SHUT_WR)
        assert (half.said().json, half.ends()) == (ANSWER, True)
    with line(port, post()[:-5]) as less:
        less.socket.shutdown(socket.SHUT_WR)
        assert less.ends()
    assert is_answered(port)
