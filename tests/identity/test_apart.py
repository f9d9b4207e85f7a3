"""Callers by their tokens: no cache and no share gives one what another was told."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from gateway.cli.listening import asgi, server_config
from tests.identity.conftest import JWT, Asked, asking
from tests.identity.issuing import ISSUER, good

PARTNER = "https://partner.test"
DEPLOYMENT = f"""
sources:
  default:
    url: URL
    headers: {{ x-who: "${{ request.claims.sub }}" }}
    forward_headers: [x-client-dn]
  house: {{ url: URL, headers: {{ x-who: "${{ request.tenant }}" }} }}
auth:
  jwt: [{JWT}, {JWT.replace(ISSUER, PARTNER)}]
  tenant: request.claims.tenant
  proxy: {{ from: 10.9.9.9, header: x-client-dn }}
"""
SDL = """
type Query { me(n: Int): Me }
type Me { kept: String  tenants: String  shared: String }
"""
PROFILE = """
language: 1
operation: me
steps:
  - { name: kept, endpoint: /kept, cache: { ttl: 10m, scope: caller } }
  - name: tenants
    source: house
    endpoint: /tenants
    cache: { ttl: 10m, scope: tenant }
  - { name: shared, endpoint: /shared, share: all }
"""
QUERY = "query Q($n: Int) { me(n: $n) { kept tenants shared } }"
PEOPLE = [("ada", "acme"), ("bob", "acme"), ("ada", "beta"), ("eve", "beta")]


@dataclass
class Echo:
    """A source that says who asked, by the header that the gateway sets."""

    url: str = ""
    asked: list[tuple[str, str | None]] = field(default_factory=list)


@contextmanager
def echo() -> Iterator[Echo]:
    made = Echo()

    class Saying(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            made.asked.append((self.path, self.headers["x-client-dn"]))
            body = json.dumps(self.headers["x-who"]).encode()
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nobody reads it."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Saying)
    server.daemon_threads = True
    made.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def office(folder: Path) -> Iterator[tuple[Asked, Echo]]:
    """A gateway whose every answer is of who asks."""
    with echo() as source:
        files = {
            "headwater.yaml": DEPLOYMENT.replace("URL", source.url),
            "schema/s.graphql": SDL,
            "profiles/me.yaml": PROFILE,
        }
        with asking(folder, "", files) as asked:
            yield asked, source


def token(sub: str, tenant: str, issuer: str = ISSUER) -> dict[str, str]:
    return {"authorization": f"Bearer {good(sub=sub, tenant=tenant, iss=issuer)}"}


def test_two_callers_never_have_each_others_answers(tmp_path: Path) -> None:
    """However they are mixed: kept for a caller or a tenant, shared, known by head.

    What a source is told of a caller is part of the call, so it tells them apart.
    """
    with office(tmp_path) as (asked, source):
        tokens = {who: token(*who) for who in PEOPLE}

        def told(number: int) -> tuple[tuple[str, str], object]:
            who = PEOPLE[number % len(PEOPLE)]
            reply = asked.client.post(
                "/graphql",
                json={"query": QUERY, "variables": {"n": number % 3}},
                headers=tokens[who],
            )
            return who, reply.json()

        with ThreadPoolExecutor(8) as pool:
            for (name, tenant), answer in pool.map(told, range(64)):
                mine = {"kept": name, "tenants": tenant, "shared": name}
                assert answer == {"data": {"me": mine}}
        kept = [path for path, _ in source.asked if path != "/shared"]
        assert len(kept) <= 2 * len(PEOPLE)


def test_a_subject_of_another_issuer_is_another_caller(tmp_path: Path) -> None:
    """What is kept for one is asked anew for the other, in one tenant too.

    Who is believed to say who his people are chooses their names.
    """
    with office(tmp_path) as (asked, source):
        for issuer in (ISSUER, PARTNER, ISSUER, PARTNER):
            reply = asked.client.post(
                "/graphql",
                json={"query": "{ me { kept tenants } }"},
                headers=token("ada", "acme", issuer),
            )
            mine = {"kept": "ada", "tenants": "acme"}
            assert reply.json() == {"data": {"me": mine}}
        paths = sorted(path for path, _ in source.asked)
        assert paths == ["/kept", "/kept", "/tenants"]


def test_a_proxys_header_from_elsewhere_goes_nowhere(tmp_path: Path) -> None:
    """Whoever is no proxy is refused, with a token too, and no source hears of it.

    Nor is he one who says where he comes from himself.
    """
    with office(tmp_path) as (asked, source):
        served = server_config(asgi(asked.gateway), asked.gateway)
        assert not served.proxy_headers
        for own in ({}, token("ada", "acme")):
            for name in ("x-client-dn", "X-Client-DN"):
                reply = asked.client.post(
                    "/graphql",
                    json={"query": QUERY},
                    headers={**own, name: "CN=admin", "x-forwarded-for": "10.9.9.9"},
                )
                assert reply.status_code == 401
        assert source.asked == []
        reply = asked.client.post(
            "/graphql", json={"query": QUERY}, headers=token("ada", "acme")
        )
        assert reply.json()["data"]["me"]["shared"] == "ada"
        assert {header for _, header in source.asked} == {None}
