"""The bytes of a request by the lean transport; no sockets."""

from __future__ import annotations

import pytest

from gateway.connectors.rest_request import Request
from gateway.connectors.transport.lean.writing import RequestWriter
from gateway.errors import ErrorClass, UpstreamError


def written(
    request: Request, base: str = "http://accounts.internal:8080/api"
) -> list[str]:
    """The lines of a request, its body last."""
    return RequestWriter(base).written(request).decode().split("\r\n")


def test_a_request_is_written_in_one_piece() -> None:
    """Line, host, headers as they are, length, body."""
    request = Request("POST", "/x?q=%C3%A9", {"x-a": "1", "x-b": "é"}, b"[1]")
    assert written(request) == [
        "POST /api/x?q=%C3%A9 HTTP/1.1",
        "host: accounts.internal:8080",
        "x-a: 1",
        "x-b: é",
        "content-length: 3",
        "",
        "[1]",
    ]


@pytest.mark.parametrize(
    ("base", "host"),
    [
        ("http://a.internal", "a.internal"),
        ("http://a.internal:80", "a.internal"),
        ("https://a.internal:443", "a.internal"),
        ("https://a.internal:80", "a.internal:80"),
        ("http://[::1]:9", "[::1]:9"),
        ("http://[::1]", "[::1]"),
        ("http://bücher.example", "xn--bcher-kva.example"),
    ],
)
def test_the_host_is_named_as_everybody_does(base: str, host: str) -> None:
    """With its port where that is not the usual one."""
    assert written(Request("GET", "/", {}), base)[1] == f"host: {host}"


@pytest.mark.parametrize(
    ("base", "url", "target"),
    [
        ("http://h", "/a", "/a"),
        ("http://h", "?a=1", "/?a=1"),
        ("http://h/b", "?a=1", "/b?a=1"),
        ("http://h/b é", "/a b?é=\x7f", "/b%20%C3%A9/a%20b?%C3%A9=%7F"),
        ("http://h", "/a\r\nx-evil: 1", "/a%0D%0Ax-evil:%201"),
    ],
)
def test_a_target_is_one_word(base: str, url: str, target: str) -> None:
    """Whatever was not encoded before is encoded here."""
    assert written(Request("GET", url, {}), base)[0] == f"GET {target} HTTP/1.1"


def test_a_body_that_is_not_there_is_said_to_be_empty() -> None:
    """Where one is expected; elsewhere nothing is said."""
    for method in ("POST", "PUT", "PATCH"):
        assert "content-length: 0" in written(Request(method, "/", {}))
    for method in ("GET", "HEAD", "DELETE", "OPTIONS"):
        assert written(Request(method, "/", {}))[2:] == ["", ""]


def test_where_a_request_ends_is_not_for_others_to_say() -> None:
    """Neither a length nor an encoding is taken from outside; a host is."""
    said = {"content-length": "9", "transfer-encoding": "chunked", "host": "b"}
    assert written(Request("POST", "/", {**said, "connection": "close"}, b"{}")) == [
        "POST /api/ HTTP/1.1",
        "host: b",
        "content-length: 2",
        "",
        "{}",
    ]


@pytest.mark.parametrize(
    "request_",
    [
        Request("GET", "/", {"x": "a\r\ny: b"}),
        Request("GET", "/", {"x": "a\nb"}),
        Request("GET", "/", {"x": "a\rb"}),
        Request("GET", "/", {"x\r\ny": "b"}),
        Request("GET", "/", {"x": "a\0b"}),
        Request("GET /x HTTP/1.1\r\n", "/", {}),
        Request("", "/", {}),
    ],
)
def test_a_value_never_becomes_a_line(request_: Request) -> None:
    """What would is not sent at all, every time anew."""
    writer = RequestWriter("http://h")
    for _ in range(2):
        with pytest.raises(UpstreamError) as caught:
            writer.written(request_)
        assert (caught.value.kind, caught.value.message) == (
            ErrorClass.REJECTED,
            "The request cannot be sent as it is.",
        )


def test_headers_of_one_request_are_not_anothers() -> None:
    """The same map is written once; another map is another."""
    writer = RequestWriter("http://h")
    mine, yours = {"authorization": "mine"}, {"authorization": "yours"}
    for headers in (mine, yours, mine, {}, mine):
        wire = writer.written(Request("GET", "/", headers)).decode()
        assert [word for word in ("mine", "yours") if word in wire] == [
            *headers.values()
        ]
