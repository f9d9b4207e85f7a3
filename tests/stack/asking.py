"""Asking a stack, or one of its gateways, as programs do; one connection a request."""

from __future__ import annotations

import http.client
import json
import urllib.parse
from contextlib import closing
from typing import Any

SCREEN = """{ customer360(customer_id: "42") {
  account { name branch { city } } risk { score segment exposure updatedOn }
} }"""
"""Two services and the warehouse."""
SHOWN = {
    "account": {"name": "Ada Lindqvist", "branch": {"city": "Göteborg"}},
    "risk": {
        "score": 0.063,
        "segment": "LOW",
        "exposure": "2267.62",
        "updatedOn": "2026-10-29",
    },
}


def get(url: str, path: str) -> tuple[int, str]:
    """Status and text of a GET."""
    return _asked(url, "GET", path, None)


def ask(url: str, query: str = SCREEN) -> dict[str, Any]:
    """The answer to a query."""
    status, text = _asked(url, "POST", "/graphql", json.dumps({"query": query}))
    assert status == http.client.OK, text
    answer: dict[str, Any] = json.loads(text)
    return answer


def status(url: str, query: str) -> int:
    """The status of the answer to a query."""
    return _asked(url, "POST", "/graphql", json.dumps({"query": query}))[0]


def post(url: str, path: str, body: object = None) -> str:
    """What a POST of JSON is answered."""
    status, text = _asked(url, "POST", path, json.dumps(body))
    assert status in (http.client.OK, http.client.NO_CONTENT), text
    return text


def workers(url: str, wanted: int = 2, most: int = 400) -> set[int]:
    """The processes that answer there; asked until as many are known as are wanted."""
    found: set[int] = set()
    for _ in range(most):
        found.add(json.loads(get(url, "/health")[1])["worker"]["pid"])
        if len(found) == wanted:
            break
    return found


def _asked(url: str, method: str, path: str, body: str | None) -> tuple[int, str]:
    address = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(address.netloc, timeout=20)
    with closing(connection):
        headers = {"content-type": "application/json"} if body else {}
        connection.request(method, path, body, headers)
        reply = connection.getresponse()
        return reply.status, reply.read().decode()
