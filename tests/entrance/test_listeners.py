"""Every listener, before anything is read: under which name, from which page."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Subprotocol

from tests.entrance.conftest import TOKEN, Listen, Listening
from tests.serving import raw

BOOK = {"query": "{ book(id: 1) { title } }"}
RATE = {"query": "mutation { rate { id } }"}
TOLD = {"data": {"book": {"title": "Middlemarch"}}}
EVERYWHERE = "0.0.0.0"  # noqa: S104 - only told so
APP = "https://app.example.com"
EVIL = "https://evil.example"
PAGES = ("/", "/health", "/metrics", "/-/versions", "/nowhere")


def ask(port: int, path: str, method: str = "GET", **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    url = f"http://127.0.0.1:{port}{path}"
    return httpx.request(method, url, headers=named, timeout=60)


def post(port: int, body: Any = None, path: str = "/graphql", **headers: str) -> Any:
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    url = f"http://127.0.0.1:{port}{path}"
    return httpx.post(url, json=body or BOOK, headers=named, timeout=60)


async def handshake(port: int, origin: str, **headers: str) -> int:
    """The status of a WebSocket's handshake."""
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    try:
        async with connect(
            f"ws://127.0.0.1:{port}/graphql",
            subprotocols=[Subprotocol("graphql-transport-ws")],
            additional_headers={"origin": origin, **named},
        ):
            return 101
    except InvalidStatus as refused:
        return refused.response.status_code


def test_on_loopback_no_foreign_name_leads_to_any_listener(listen: Listen) -> None:
    """DNS rebinding: each path of the main listener, agents, REST, and the admin's."""
    one = listen()
    bearer = f"Bearer {TOKEN}"
    for host in ("evil.example", "localhost.evil.example", "a, b"):
        told = [post(one.main, host=host), post(one.main, path="/mcp", host=host)]
        told += [ask(one.main, path, host=host) for path in (*PAGES, "/api/book?id=1")]
        told.append(ask(one.admin, "/v1/status", host=host, authorization=bearer))
        assert {answer.status_code for answer in told} == {421}
        assert "'server.hosts'" in told[0].json()["errors"][0]["message"]
        assert "'admin.hosts'" in told[-1].json()["errors"][0]["message"]
        assert all("x-request-id" in answer.headers for answer in told)
    assert one.calls.calls == []


def test_on_loopback_its_own_names_and_addresses_do(listen: Listen) -> None:
    """A probe asks by an address, and no address can be made to lead elsewhere."""
    one = listen()
    for host in ("localhost:4000", "127.0.0.1", "[::1]:80", "10.1.2.3", "a.localhost"):
        assert post(one.main, host=host).json() == TOLD
        assert ask(one.main, "/readiness", host=host).status_code == 200
        assert ask(one.admin, "/v1/status", host=host).status_code == 401


def test_names_are_listed_for_each_listener(listen: Listen) -> None:
    """With those of whatever is below a name; addresses need none."""
    hosts = "server: { hosts: [api.example.com, '*.shop.example'] }"
    one = listen(hosts, ", hosts: ops.example.com", host=EVERYWHERE)
    for host in ("api.example.com", "API.example.com:443", "a.b.shop.example"):
        assert post(one.main, host=host).json() == TOLD
    for host in (
        "shop.example",
        "xshop.example",
        "ops.example.com",
        "api.example.com.x",
    ):
        assert post(one.main, host=host).status_code == 421
    assert ask(one.admin, "/v1/status", host="ops.example.com").status_code == 401
    assert ask(one.admin, "/v1/status", host="api.example.com").status_code == 421


def test_beyond_loopback_any_name_leads_there_unless_some_are_listed(
    listen: Listen,
) -> None:
    """And `*` is any, on loopback too; two names at once are none."""
    assert post(listen(host=EVERYWHERE).main, host="any.example").json() == TOLD
    port = listen("server: { hosts: '*' }").main
    assert post(port, host="any.example").json() == TOLD
    twice = b"GET /health HTTP/1.1\r\nhost: a.example\r\nhost: b.example\r\n\r\n"
    assert raw(port, twice).startswith(b"HTTP/1.1 400 ")


def test_a_page_of_another_origin_changes_nothing(listen: Listen) -> None:
    """By the origin, or by what its browser says of the site; with or without JSON."""
    one = listen()
    for headers in (
        {"origin": EVIL},
        {"origin": "null"},
        {"origin": "http://localhost:3000"},
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site", "origin": f"http://127.0.0.1:{one.main + 1}"},
    ):
        assert post(one.main, RATE, **headers).status_code == 403, headers
        assert post(one.main, {}, "/api/rate", **headers).status_code == 403, headers
        told = post(one.main, {"tags": []}, "/-/cache/invalidate", **headers)
        assert told.status_code == 403, headers
        assert "access-control-allow-origin" not in told.headers
        plain = ask(one.main, "/graphql", "POST", content_type="text/plain", **headers)
        assert plain.status_code == 403
    assert one.calls.calls == []


def test_a_simple_request_is_refused_even_without_an_origin(listen: Listen) -> None:
    """What a browser sends without asking first is never read as a request."""
    one = listen()
    for kind in ("text/plain", "application/x-www-form-urlencoded"):
        for path in ("/graphql", "/-/cache/invalidate", "/mcp"):
            told = ask(one.main, path, "POST", content_type=kind)
            assert told.status_code == 415, path
    assert one.calls.calls == []


def test_the_own_page_and_programs_ask_as_they_like(listen: Listen) -> None:
    """GraphiQL by its browser, also behind a proxy that renames the host; a program."""
    port = listen().main
    own = f"http://127.0.0.1:{port}"
    for headers in (
        {},
        {"origin": own},
        {"origin": "https://api.example.com", "sec_fetch_site": "same-origin"},
        {"sec_fetch_site": "none"},
    ):
        assert post(port, **headers).json() == TOLD
    assert asyncio.run(handshake(port, own)) == 101


def test_a_get_may_come_from_anywhere_and_only_reads(listen: Listen) -> None:
    """A link is a GET too; the page that made it cannot see what came of it."""
    one = listen()
    asked = "/graphql?query={book(id:1){title}}"
    told = ask(one.main, asked, origin=EVIL, sec_fetch_site="cross-site")
    assert told.json() == TOLD
    assert not [name for name in told.headers if name.startswith("access-control")]
    assert ask(one.main, "/graphql?query=mutation{rate{id}}").status_code == 405
    assert len(one.calls.calls) == 1


def test_listed_origins_may_ask_and_read(listen: Listen) -> None:
    """A preflight, then the request, its way short or long; and by WebSocket."""
    port = listen(f"cors: {{ origins: [{APP}], max_age: 5m }}").main
    asked = {
        "access_control_request_method": "POST",
        "access_control_request_headers": "content-type,x-app",
    }
    told = ask(port, "/graphql", "OPTIONS", origin=APP, **asked)
    assert (told.status_code, told.content) == (204, b"")
    assert told.headers["access-control-allow-origin"] == APP
    assert told.headers["access-control-allow-headers"] == "content-type,x-app"
    assert told.headers["access-control-max-age"] == "300"
    assert "access-control-allow-credentials" not in told.headers
    for _ in range(2):
        for answer in (
            post(port, origin=APP, sec_fetch_site="cross-site"),
            ask(port, "/graphql?query={book(id:1){title}}", origin=APP),
        ):
            assert answer.json() == TOLD
            assert answer.headers["access-control-allow-origin"] == APP
            assert answer.headers["vary"] == "origin"
            assert "x-request-id" in answer.headers["access-control-expose-headers"]
    varies = ask(port, "/api/book?id=1", origin=APP).headers.get_list("vary")
    assert varies[-1] == "origin"
    assert asyncio.run(handshake(port, APP)) == 101
    refused = ask(port, "/graphql", "OPTIONS", origin=EVIL, **asked)
    assert refused.status_code == 405
    assert "access-control-allow-origin" not in refused.headers
    assert asyncio.run(handshake(port, EVIL)) == 403


def test_credentials_and_any_origin(listen: Listen) -> None:
    """Each as it is written; both at once do not load."""
    port = listen(f"cors: {{ origins: {APP}, credentials: true }}").main
    told = post(port, origin=APP)
    assert told.headers["access-control-allow-credentials"] == "true"
    port = listen("cors: { origins: '*' }").main
    told = post(port, origin=EVIL)
    assert (told.json(), told.headers["access-control-allow-origin"]) == (TOLD, EVIL)


def test_in_development_pages_of_this_machine_may_ask(listen: Listen) -> None:
    """A front-end on another port of it; nobody else's."""
    port = listen(dev=True).main
    own = "http://localhost:3000"
    told = post(port, origin=own, sec_fetch_site="same-site")
    assert told.json() == TOLD
    assert told.headers["access-control-allow-origin"] == own
    for odd in (EVIL, "http://localhost.evil.example", "null", "http://[", "localhost"):
        assert post(port, origin=odd).status_code == 403, odd


def test_an_operators_browser_is_no_way_into_the_admin_api(listen: Listen) -> None:
    """A page of another origin is refused, whatever token it has."""
    one = listen()
    bearer = f"Bearer {TOKEN}"
    url = f"http://127.0.0.1:{one.admin}/v1/reload"
    for headers in ({"origin": EVIL}, {"sec-fetch-site": "cross-site"}):
        told = httpx.post(url, headers={**headers, "authorization": bearer}, timeout=60)
        assert told.status_code == 403
    assert httpx.post(url, headers={"authorization": bearer}).status_code == 200


def test_each_answer_has_the_headers_that_none_may_lack(listen: Listen) -> None:
    """Found or not, refused or not, at every listener; types with their charset."""
    one: Listening = listen()
    told = [ask(one.main, path) for path in (*PAGES, "/api/book?id=1", "/mcp")]
    told += [ask(one.admin, "/v1/status"), ask(one.admin, "/")]
    told += [post(one.main), post(one.main, {"query": "{"})]
    for answer in told:
        assert answer.headers["x-content-type-options"] == "nosniff", answer.url
        kind = answer.headers["content-type"]
        assert "charset=utf-8" in kind or "json" in kind, kind
        assert "no-" in answer.headers["cache-control"], answer.url
    for answer in told[:-2]:
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["referrer-policy"] == "no-referrer"
    page = told[0].headers["content-security-policy"]
    assert "unsafe-inline" not in page
    assert "script-src 'self'" in page
