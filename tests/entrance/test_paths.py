"""Paths that look like others: what is there, and what is not, at both listeners."""

from __future__ import annotations

import httpx
import pytest

from tests.entrance.conftest import TOKEN, Listen, Listening
from tests.serving import raw

BEARER = f"authorization: Bearer {TOKEN}"
ALIKE = (
    "/v1/../v1/versions",
    "/v1/%2e%2e/v1/versions",
    "//v1/versions",
    "/v1/versions/",
    "/v1/versions;x",
    "/V1/versions",
    "/v1/versions%00",
    "/" + "a" * 10_000,
)


@pytest.fixture
def one(listen: Listen) -> Listening:
    """A gateway with all its doors."""
    return listen()


def ask(port: int, line: str, *headers: str) -> tuple[int, bytes]:
    """The status and all of the answer, of a request line as it is written."""
    lines = [f"{line} HTTP/1.1", "host: localhost", "connection: close", *headers]
    said = raw(port, ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"))
    return int(said.split(b" ", 2)[1]), said


def test_a_slash_behind_a_path_leads_nowhere(one: Listening) -> None:
    """A redirect would name plain HTTP where TLS ended before us."""
    for path in ("/mcp/", "/health/", "/-/versions/", "/-/cache/invalidate/"):
        for method in ("GET", "POST"):
            url = f"http://127.0.0.1:{one.main}{path}"
            told = httpx.request(method, url, timeout=60)
            assert (told.status_code, told.headers.get("location")) == (404, None)


def test_no_spelling_of_a_path_asks_the_admin_api_without_a_token(
    one: Listening,
) -> None:
    """And with one there is only the path itself; the main listener has none of it."""
    for path in ALIKE:
        assert ask(one.admin, f"GET {path}")[0] == 401, path
        assert ask(one.admin, f"GET {path}", BEARER)[0] == 404, path
    for path in ("/v1/versions", "/v1/reload", *ALIKE):
        assert ask(one.main, f"GET {path}", BEARER)[0] == 404, path


def test_a_token_is_one_header_and_nothing_else(one: Listening) -> None:
    """Two may be read otherwise by who stands before us; none is taken from a URL."""
    line = "POST /v1/reload"
    before = one.gateway.current.number
    for headers in (
        [BEARER, "authorization: Bearer nobody"],
        ["authorization: Bearer nobody", BEARER],
        [f"cookie: token={TOKEN}"],
        [f"proxy-authorization: Bearer {TOKEN}"],
        [f"authorization: Token {TOKEN}"],
        [f"authorization: {TOKEN}"],
    ):
        status, said = ask(one.admin, line, *headers)
        assert (status, TOKEN.encode() in said) == (401, False), headers
    assert ask(one.admin, f"{line}?access_token={TOKEN}")[0] == 401
    override = "x-http-method-override: POST"
    assert ask(one.admin, "GET /v1/reload", BEARER, override)[0] == 405
    assert one.gateway.current.number == before


def test_no_header_makes_a_change_of_a_get(one: Listening) -> None:
    """A link is a GET, and so are those who follow it for others."""
    for name in ("x-http-method-override", "x-http-method", "x-method-override"):
        assert ask(one.main, "GET /api/rate", f"{name}: POST")[0] == 405
        assert ask(one.main, "GET /api/rate?_method=POST", f"{name}: POST")[0] >= 400
    for path in ("/api/../api/rate", "/api//rate", "/api/rate/", "/api/rate%00"):
        assert ask(one.main, f"POST {path}", "content-length: 0")[0] in (404, 415)
    assert one.calls.calls == []
